"""API keys: the list, and beside it the form for a new one or the chosen key."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifyhub.accounts import keys as api_keys
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.forms import KeyForm
from classifyhub.accounts.models import ApiKey, Project, Role


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.ADMIN)
def keys(request: DeskRequest, project: Project) -> HttpResponse:
    """The list with the key named by ``?key=`` chosen, else the form for a new one; a POST makes it and shows the
    secret in the answer, the only time it can be seen."""
    if request.method == "POST":
        return _create(request, project)
    chosen = request.GET.get("key")
    return _page(request, project, chosen=_find(project, chosen) if chosen else None)


@require_POST
@project_view(Role.ADMIN)
def revoke(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Refuse the key for ever."""
    key = _find(project, uid)
    api_keys.revoke(key, by=request.user)
    messages.success(request, _("%(name)s revoked") % {"name": key.name})
    return redirect("settings_keys", project=project.slug)


def _create(request: DeskRequest, project: Project) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form=form)
    name, expires_at = form.cleaned_data["name"], form.expires_at()
    key, secret = api_keys.create_key(project, name, by=request.user, expires_at=expires_at)
    return _page(request, project, chosen=_find(project, key.uid), secret=secret)


def _page(
    request: DeskRequest,
    project: Project,
    *,
    chosen: ApiKey | None = None,
    form: KeyForm | None = None,
    secret: str | None = None,
) -> HttpResponse:
    ordered = project.api_keys.order_by(F("revoked_at").desc(nulls_first=True), "-created_at")
    context = {
        "project": project,
        "keys": ordered,
        "chosen": chosen,
        "form": form or KeyForm(),
        "secret": secret,
    }
    return render(request, "accounts/settings_keys.html", context, status=422 if form else 200)


def _find(project: Project, uid: uuid.UUID | str) -> ApiKey:
    try:
        wanted = uuid.UUID(str(uid))
    except ValueError:
        wanted = uuid.UUID(int=0)  # nobody's
    return get_object_or_404(project.api_keys.select_related("created_by"), uid=wanted)
