"""The upload page: what is staged, what will happen to it, and the launch. Every action works as a plain form too."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page, wants_fragment
from jobs import fetching, habits, intake, staging, uploads
from jobs.models import Document, IntakeBatch
from jobs.plans import Plan
from jobs.remote import outlook
from jobs.views import entries, values
from rules.models import Preset, PresetVersion

# "Show all" draws so many rows of each group.
ALL_ROWS = 2_000


@require_safe
@project_view(Role.REVIEWER)
def upload(request: DeskRequest, project: Project) -> HttpResponse:
    """What is staged. A poll that has ``seen`` it as it is now gets nothing to swap."""
    context = _context(request, project)
    staged = context["staged"]
    if wants_fragment(request) and staged and request.GET.get("seen") == staged.seen:
        return HttpResponse(status=204)
    return render_page(request, "jobs/upload.html", "jobs/_staging.html", context)


@require_POST
@project_view(Role.REVIEWER)
def upload_choose(request: DeskRequest, project: Project) -> HttpResponse:
    """Take along or leave out: one document, or with ``all`` everything that needs a look."""
    choice = Document.Choice.TAKE if "take" in request.POST else Document.Choice.LEAVE
    asked = request.POST.get("take") or request.POST.get("leave")
    staged = _context(request, project)["staged"]
    if staged and asked == "all":
        intake.choose_many(staging.trouble_keys(staged), choice)
    elif staged:
        intake.choose_many([_find(staged.batch, asked).pk], choice)
    return _answer(request, project)


@require_POST
@project_view(Role.REVIEWER)
def upload_remove(request: DeskRequest, project: Project) -> HttpResponse:
    """Take one staged document off the list, and its bytes off the disk."""
    batch = _open_batch(request, project)
    if batch is not None:
        intake.remove(_find(batch, request.POST.get("remove")), by=request.user)
    return _answer(request, project)


@require_POST
@project_view(Role.REVIEWER)
def upload_settle(request: DeskRequest, project: Project) -> HttpResponse:
    """Go on without the files that never arrived."""
    batch = _open_batch(request, project)
    if batch is not None:
        intake.settle(batch)
    return _answer(request, project)


@require_POST
@project_view(Role.REVIEWER)
def upload_clear(request: DeskRequest, project: Project) -> HttpResponse:
    """Erase everything that is staged."""
    batch = _open_batch(request, project)
    if batch is not None:
        cleared = intake.clear(batch)
        messages.success(request, ngettext("Cleared %(n)d file", "Cleared %(n)d files", cleared) % {"n": cleared})
    return redirect_htmx(request, reverse("upload", args=[project.slug]))


@require_POST
@project_view(Role.REVIEWER)
def upload_switch(request: DeskRequest, project: Project) -> HttpResponse:
    """Remember whether to launch at once after the checks. What is checked already waits for its person."""
    habits.set_launch_at_once(request.user, on=bool(request.POST.get("on")))
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect_htmx(request, reverse("upload", args=[project.slug]))


@require_POST
@project_view(Role.REVIEWER)
def upload_launch(request: DeskRequest, project: Project) -> HttpResponse:
    """Start a run with what is taken, under the version that the page showed."""
    version = _by_uid(_versions(project), request.POST.get("version"))
    batch = _by_uid(IntakeBatch.objects.filter(project=project, by=request.user), request.POST.get("batch"))
    upload_page = reverse("upload", args=[project.slug])
    if version is None or batch is None:
        messages.warning(request, _("That preset or upload is gone. Look at what is here now."))
        return redirect_htmx(request, upload_page)
    try:
        run = intake.launch(batch, version, by=request.user)
    except intake.NothingToClassifyError:
        messages.warning(request, _("Every file is left out. Take at least one."))
        return redirect_htmx(request, upload_page)
    except intake.AlreadyLaunchedError as error:
        messages.info(request, _("It was launched already."))
        return redirect_htmx(request, _run_page(error.run) if error.run else upload_page)
    return redirect_htmx(request, _run_page(run))


@csrf_exempt  # its check reads the whole body; upload_form_checked makes it, once the person and the size are known
@require_POST
@project_view(Role.REVIEWER)
def upload_form(request: DeskRequest, project: Project) -> HttpResponseBase:
    """Files sent by a browser without scripts."""
    try:
        uploads.refuse_huge_form(request)
    except uploads.TooLargeError:
        return HttpResponse(_("That is too much at once. Go back and send fewer files."), status=413)
    return upload_form_checked(request, project)


@csrf_protect
def upload_form_checked(request: Any, project: Project) -> HttpResponse:
    """Stage each file of the form; one that cannot be kept does not stop the others."""
    files = request.FILES.getlist("files")
    if not files:
        messages.warning(request, _("No file was chosen."))
        return redirect_htmx(request, reverse("upload", args=[project.slug]))
    batch = intake.open_batch(project, by=request.user, expected=len(files))
    lost = [file.sent_name for file in files if not _stage_file(batch, file, request)]
    if lost:
        words = ngettext("The disk is full. Not kept: %(names)s.", "The disk is full. Not kept: %(names)s.", len(lost))
        messages.error(request, words % {"names": ", ".join(lost[:5])})
    return redirect_htmx(request, reverse("upload", args=[project.slug]))


@require_POST
@project_view(Role.REVIEWER)
def upload_addresses(request: DeskRequest, project: Project) -> HttpResponse:
    """Have documents fetched from the web addresses of a form. Those that are none stay in it, each with its reason."""
    upload_page = reverse("upload", args=[project.slug])
    entry = entries.read(request.POST.get("addresses", ""), rules=fetching.rules())
    if not entry.found and not entry.refused:
        messages.warning(request, _("No address was given."))
        return redirect_htmx(request, upload_page)
    if entry.found:
        # The same form sent twice is the same drop; sent again with other addresses it is another.
        drop = uuid.uuid5(values.uid(request.POST.get("drop")) or uuid.uuid4(), "\n".join(entry.found_texts))
        batch = intake.open_batch(project, by=request.user, expected=len(entry.found), drop=drop)
        intake.add_addresses(batch, entry.found, drop=drop, by=request.user)
    if entry.refused:
        context = _context(request, project) | {"entry": entry}
        response = render(request, "jobs/upload.html", context, status=422)
        response["HX-Push-Url"] = upload_page
        return response
    return redirect_htmx(request, upload_page)


def _stage_file(batch: IntakeBatch, file: uploads.ReceivedFile, request: DeskRequest) -> bool:
    try:
        intake.receive(batch, file, client_uid=uuid.uuid4(), by=request.user)
    except uploads.DiskFullError:
        return False
    return True


def _context(request: DeskRequest, project: Project) -> dict[str, Any]:
    batch = _open_batch(request, project)
    version = _chosen_version(request, project)
    most = ALL_ROWS if request.GET.get("rows") == "all" else staging.ROWS
    staged = staging.stage(batch, Plan(version) if version else None, most_rows=most) if batch else None
    if staged and not staged.items and not staged.missing:
        staged = None
    expected = outlook.of(version) if staged and version else None
    return {
        "staged": staged,
        "plan": staged.plan if staged else None,
        "outlook": expected,
        "passes_cap": bool(staged and expected and expected.passes_cap(staged.credits)),
        "version": version,
        "versions": list(_versions(project).order_by("preset__name_folded")) if staged else [],
        "shows_all": most == ALL_ROWS,
        "max_upload": settings.MAX_UPLOAD,
        "drop": uuid.uuid4(),
        "launches_at_once": habits.launches_at_once(request.user),
        "oob": wants_fragment(request),
    }


def _answer(request: DeskRequest, project: Project) -> HttpResponse:
    """The page after a change: its fragment to htmx, a redirect to a plain form."""
    if not wants_fragment(request):
        return redirect_htmx(request, reverse("upload", args=[project.slug]))
    return render_page(request, "jobs/upload.html", "jobs/_staging.html", _context(request, project))


def _open_batch(request: HttpRequest, project: Project) -> IntakeBatch | None:
    return IntakeBatch.objects.open().filter(project=project, by=request.user).first()  # type: ignore[misc]


def _versions(project: Project) -> QuerySet[PresetVersion]:
    """The published version of each preset that can be launched with."""
    current = Preset.objects.filter(project=project).usable().values("published")
    return PresetVersion.objects.filter(pk__in=current).select_related("preset", "connection", "fallback_connection")


def _chosen_version(request: DeskRequest, project: Project) -> PresetVersion | None:
    """The one chosen in the launch bar, else the person's habit."""
    asked = request.GET.get("version") or request.POST.get("version")
    chosen: PresetVersion | None = _by_uid(_versions(project), asked) if asked else None
    preset = None if chosen else habits.preset_for(project, by=request.user)
    return chosen or (preset.published if preset else None)


def _find(batch: IntakeBatch, uid: str | None) -> Document:
    document: Document | None = _by_uid(batch.documents.present(), uid)
    if document is None:
        raise Http404
    return document


def _by_uid(rows: QuerySet[Any], text: str | None) -> Any:
    """The row with this uid, or none; also none for what is no uid at all."""
    try:
        return rows.filter(uid=uuid.UUID(text or "")).first()
    except ValueError:
        return None


def _run_page(run: Any) -> str:
    return reverse("run", args=[run.project.slug, run.uid])
