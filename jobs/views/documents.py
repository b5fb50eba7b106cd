"""A document's pages, text and original. Pages are shown as drawn images, text escaped, the original only as a
download: nothing a stranger sent is ever interpreted by the browser."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import erasure, rendering, showing, storage, tasks, texts
from jobs.models import Document


def find_document(project: Project, uid: uuid.UUID) -> Document:
    """A present document of this project; 404 otherwise."""
    documents = Document.objects.present().select_related("blob", "project")
    return get_object_or_404(documents, project=project, uid=uid)


@require_safe
@project_view(Role.VIEWER)
def page_image(request: DeskRequest, project: Project, uid: uuid.UUID, page: int) -> HttpResponseBase:
    """The image of one page; 404 where there is none."""
    return _image(request, find_document(project, uid), page=page, width=rendering.PAGE_WIDTH)


@require_safe
@project_view(Role.VIEWER)
def page_thumb(request: DeskRequest, project: Project, uid: uuid.UUID, page: int) -> HttpResponseBase:
    """The thumbnail of one page; 404 where there is none."""
    return _image(request, find_document(project, uid), page=page, width=rendering.THUMB_WIDTH)


@require_safe
@project_view(Role.VIEWER)
def document_text(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """What was read from the document, page by page, beginning where ``page`` says: in place of the page image, or as a
    page where scripts are off."""
    document = find_document(project, uid)
    page = showing.page_number(request.GET.get("page"))
    context = {"document": document, "pages": texts.pages_of(document), "shown_page": page}
    return render_page(request, "jobs/text.html", "jobs/_text.html", context)


@require_safe
@project_view(Role.VIEWER)
def document_original(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponseBase:
    """The bytes as they came, always as a download."""
    document = find_document(project, uid)
    etag = _etag(document, "original")
    if kept := get_conditional_response(request, etag=etag):
        return kept
    try:
        file = storage.document_path(document).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type="application/octet-stream")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=document.name) or "attachment"
    )
    response["ETag"] = etag
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@project_view(Role.ADMIN)
def document_erase(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Erase one document for good."""
    document = find_document(project, uid)
    is_gone = erasure.erase_document(document, by=request.user)
    for run_id in set(document.jobs.values_list("run_id", flat=True)):
        tasks.send_on_commit(tasks.withdraw, run_id)
    if is_gone:
        messages.success(request, _("Document erased"))
    else:
        messages.error(request, erasure.tell_kept(document))
    return redirect_htmx(request, reverse("runs", args=[project.slug]))


def _image(request: DeskRequest, document: Document, *, page: int, width: int) -> HttpResponseBase:
    etag = _etag(document, f"{page}-{width}")
    if kept := get_conditional_response(request, etag=etag):
        return kept
    try:
        image = rendering.page_image(document, page=page, width=width).open("rb")
    except (rendering.NoImageError, FileNotFoundError):  # the latter: erased in this very moment
        raise Http404 from None
    response = FileResponse(image, content_type="image/webp")
    response["ETag"] = etag
    return response


def _etag(document: Document, part: str) -> str:
    """The bytes behind an address never change while they are there. A browser asks each time all the same: what was
    erased, or is no longer theirs to see, is not shown out of its memory."""
    return f'"{document.blob.sha256}-{part}"' if document.blob else ""
