"""What scripts send files to: one request announces a drop, one carries each file, one tells where all of them are.

Answers are JSON with a ``code`` that the tray has words for. A session that has ended is told as such: a redirect to
the login page would look like success."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from jobs import habits, intake, tray, uploads
from jobs.models import Document, IntakeBatch
from jobs.views import values

REFUSALS: dict[type[Exception], tuple[str, int]] = {
    uploads.TooLargeError: ("too_large", 413),
    uploads.DiskFullError: ("disk_full", 507),
    uploads.CutShortError: ("cut_short", 400),
    intake.BatchClosedError: ("closed", 409),
}
View = Callable[..., HttpResponseBase]


def refuse(code: str, status: int) -> JsonResponse:
    """An answer that says why not."""
    return JsonResponse({"code": code}, status=status)


def for_scripts(view: View) -> View:
    """Answer 401 to somebody who is logged out, before anything else is looked at: a log-in in another tab brings a new
    token with it, so the old one is no use to them either."""
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return refuse("logged_out", 401)
        return checked(request, *args, **kwargs)

    return answered


@for_scripts
@require_POST
@project_view(Role.REVIEWER)
def intake_open(request: DeskRequest, project: Project) -> JsonResponse:
    """Announce a drop of ``expected`` files under the browser's own id ``drop``; the same drop twice counts once. The
    answer's ``batch`` is the address of its status, and each file goes to ``files/<its id>/`` below it."""
    drop, expected = values.uid(request.POST.get("drop")), values.count(request.POST.get("expected"))
    if drop is None or expected is None:
        return refuse("not_understood", 400)
    batch = intake.open_batch(project, by=request.user, expected=expected, drop=drop)
    address = reverse("intake_status", args=[project.slug, batch.uid])
    return JsonResponse({"batch": address, "launches": habits.launches_at_once(request.user)})


@for_scripts
@require_safe
@never_cache
@gzip_page
@project_view(Role.REVIEWER)
def intake_status(request: DeskRequest, project: Project, batch: uuid.UUID) -> JsonResponse:
    """Where every file of one batch is."""
    return JsonResponse(tray.snapshot(find_batch(request, project, batch)))


@for_scripts
@require_http_methods(["PUT"])
@project_view(Role.REVIEWER)
def intake_file(request: DeskRequest, project: Project, batch: uuid.UUID, client_uid: uuid.UUID) -> JsonResponse:
    """One file as the body of the request, its name and folder percent-encoded in ``X-File-Name`` and ``X-File-Path``.
    Sent again after a broken connection it is the same document."""
    found = find_batch(request, project, batch)
    document = intake.sent_before(found, client_uid)
    if document is not None:
        return _staged(document, 200)
    try:
        return _receive(request, found, client_uid)
    except tuple(REFUSALS) as error:
        return refuse(*REFUSALS[type(error)])


@for_scripts
@require_POST
@project_view(Role.REVIEWER)
def intake_too_large(request: DeskRequest, project: Project, batch: uuid.UUID, client_uid: uuid.UUID) -> JsonResponse:
    """List a file that was not sent because it is over the cap."""
    found = find_batch(request, project, batch)
    try:
        document = intake.note_too_large(
            found,
            client_uid=client_uid,
            name=request.POST.get("name", ""),
            path=request.POST.get("path", ""),
            size=values.number(request.POST.get("size")) or 0,
            by=request.user,
        )
    except intake.BatchClosedError:
        return refuse("closed", 409)
    return _staged(document, 201)


def find_batch(request: DeskRequest, project: Project, uid: uuid.UUID) -> IntakeBatch:
    """The person's own batch; ``Http404`` for anybody else's."""
    batches = IntakeBatch.objects.select_related("project", "by", "run__version")
    return get_object_or_404(batches, project=project, by=request.user, uid=uid)


def _receive(request: DeskRequest, batch: IntakeBatch, client_uid: uuid.UUID) -> JsonResponse:
    if not batch.is_open:
        raise intake.BatchClosedError  # said before the file is read, and again under the lock
    name, path = (unquote(request.headers.get(header, "")) for header in ("X-File-Name", "X-File-Path"))
    with uploads.receive_body(request, name=name) as upload:
        return _staged(intake.receive(batch, upload, client_uid=client_uid, path=path, by=request.user), 201)


def _staged(document: Document, status: int) -> JsonResponse:
    return JsonResponse({"document": document.uid, "check": document.check_state}, status=status)
