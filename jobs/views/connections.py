"""Connections to providers: the list with state and money, and beside it the form for the chosen or a new one."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifyhub.accounts import audit
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from jobs import providers_registry, runs, tasks
from jobs.models import Reason
from jobs.providers.base import ProviderError
from jobs.remote import copies, health
from rules import connections as verbs
from rules.capabilities import CAPABILITIES, capabilities_of
from rules.connection_forms import ConnectionForm
from rules.facts import describe
from rules.models import Connection, Preset, ProviderName

OFFERED = tuple(name for name, record in CAPABILITIES.items() if record.needs_connection)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.ADMIN)
def connections(request: DeskRequest, project: Project) -> HttpResponse:
    """The list, with the connection named by ``?connection=`` chosen, or a new one to ``?provider=``. A POST saves, and
    tests what it saved."""
    chosen = _find(project, request.GET["connection"]) if "connection" in request.GET else None
    provider = chosen.provider if chosen else request.GET.get("provider", "")
    if provider and provider not in OFFERED:
        raise Http404
    if request.method == "POST" and provider:
        return _save(request, project, provider, chosen)
    form = _form(provider, chosen) if provider else None
    return _page(request, project, chosen=chosen, form=form)


@require_POST
@project_view(Role.ADMIN)
def test(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """One real call."""
    connection = _find(project, uid)
    _say_how_it_went(request, connection)
    return _to(connection)


@require_POST
@project_view(Role.ADMIN)
def retry(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Queue again what failed for want of a good key or of credit."""
    connection = _find(project, uid)
    failed = list(health.refused_jobs(connection))
    for run_id in runs.retry_each(failed, by=request.user):
        tasks.send_on_commit(tasks.dispatch, run_id)
    audit.record("connection.retried", connection, by=request.user, project=project, after={"jobs": len(failed)})
    words = ngettext("Retrying %(n)d document", "Retrying %(n)d documents", len(failed))
    messages.success(request, words % {"n": len(failed)})
    return _to(connection)


@require_POST
@project_view(Role.ADMIN)
def remove(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Take it out of use, unless presets need it or documents are under way through it: without the key their answers
    could not be fetched."""
    connection = _find(project, uid)
    open_jobs = health.open_jobs(connection).count()
    if open_jobs:
        words = ngettext("%(n)d document is still under way", "%(n)d documents are still under way", open_jobs)
        messages.error(request, words % {"n": open_jobs} + _(". Wait for it, or cancel its run."))
        return _to(connection)
    kept = copies.count_kept(connection)
    try:
        verbs.remove(connection, by=request.user)
    except verbs.ConnectionInUseError as error:
        names = _join(error.presets)
        messages.error(request, _("Still used by %(presets)s. Publish there with another first.") % {"presets": names})
        return _to(connection)
    messages.success(request, _("%(name)s removed") % {"name": connection.name})
    if kept:
        words = ngettext(
            "%(n)d copy stays at the provider. Without the key it can only be removed there.",
            "%(n)d copies stay at the provider. Without the key they can only be removed there.",
            kept,
        )
        messages.warning(request, words % {"n": kept})
    return redirect("settings_connections", project=project.slug)


def _save(request: DeskRequest, project: Project, provider: str, chosen: Connection | None) -> HttpResponse:
    form = _form(provider, chosen, data=request.POST)
    if not form.is_valid():
        return _page(request, project, chosen=chosen, form=form, status=422)
    secret, fields = form.cleaned_data["secret"], form.settings
    try:
        if chosen is None:
            chosen = verbs.add(project, provider, secret=secret, by=request.user, **fields)
        else:
            verbs.change(chosen, secret=secret, by=request.user, **fields)
    except IntegrityError:
        form.add_error("name", _("There is a connection of this name."))
        return _page(request, project, chosen=chosen, form=form, status=422)
    _say_how_it_went(request, chosen)
    return _to(chosen)


def _say_how_it_went(request: DeskRequest, connection: Connection) -> None:
    found = health.try_out(connection)
    if isinstance(found, ProviderError) and found.reason == Reason.TIMED_OUT:
        words = _("%(name)s did not answer within %(n)d seconds. Slow is not broken: try the test again in a minute.")
        messages.warning(request, words % {"name": connection.name, "n": providers_registry.TEST_SECONDS})
    elif isinstance(found, ProviderError):
        messages.error(request, _("%(name)s does not work yet: %(said)s") % {"name": connection.name, "said": found})
    else:
        messages.success(request, _("%(name)s works. %(said)s") % {"name": connection.name, "said": found.said})


def _page(
    request: DeskRequest,
    project: Project,
    *,
    chosen: Connection | None,
    form: ConnectionForm | None,
    status: int = 200,
) -> HttpResponse:
    provider = form.provider if form else ""
    record = capabilities_of(provider) if provider else None
    context = {
        "project": project,
        "rows": [(found, verbs.used_by(found.connection)) for found in health.of_project(project)],
        "local_presets": _presets_with_local_engine(project),
        "chosen": chosen,
        "health": health.of(chosen) if chosen else None,
        "refused": health.refused_jobs(chosen).count() if chosen else 0,
        "form": form,
        "provider": record,
        "facts": describe(record) if record else (),
        "offered": [capabilities_of(name) for name in OFFERED],
    }
    return render(request, "jobs/connections.html", context, status=status)


def _form(provider: str, chosen: Connection | None, *, data: object = None) -> ConnectionForm:
    usual = providers_registry.usual_address(provider)
    return ConnectionForm(data, provider=provider, usual_address=usual, connection=chosen)


def _presets_with_local_engine(project: Project) -> int:
    return Preset.objects.usable().filter(project=project, published__provider=ProviderName.LOCAL).count()


def _join(presets: list[Preset]) -> str:
    return ", ".join(preset.name for preset in presets)


def _to(connection: Connection) -> HttpResponseRedirect:
    address = reverse("settings_connections", args=[connection.project.slug])
    return HttpResponseRedirect(f"{address}?connection={connection.uid}#panel")


def _find(project: Project, uid: uuid.UUID | str) -> Connection:
    try:
        wanted = uuid.UUID(str(uid))
    except ValueError:
        wanted = uuid.UUID(int=0)  # nobody's
    return get_object_or_404(verbs.of_project(project).select_related("project", "state"), uid=wanted)
