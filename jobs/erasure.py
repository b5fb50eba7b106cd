"""Forgetting: one verb removes a document everywhere, and a tombstone keeps counts and the audit trail true."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub.accounts import audit, housekeeping
from classifyhub.accounts.models import Project, User
from classifyhub.clock import in_seconds
from jobs import providers_registry, states, storage
from jobs.models import Blob, Document, Job, JobEvent, PageResult, Result, Review, ReviewClaim, ReviewItem, Run
from jobs.providers.base import ProviderError

STAGED_DAYS = 7


def erase_document(document: Document, *, by: User | None) -> None:
    """Remove the bytes, page images, what was read, quotes, raw answers, comments, and the provider's copy where it
    can; keep uid, final type, times and deciders. Safe to call twice."""
    if document.deleted_at is not None:
        return
    _stop_jobs(document, by=by)
    blob, project_uid = document.blob, document.project.uid
    with transaction.atomic():
        _blank_answers(document)
        _bury(document)
        audit.record("document.erased", document, by=by, project=document.project)
    if blob is not None:
        _remove_bytes(blob, project_uid)
    _forget_freed_pages()


def erase_run(run: Run, *, by: User) -> int:
    """Erase every document of a run. Returns how many there were."""
    documents = Document.objects.present().filter(jobs__run=run).select_related("blob", "project").distinct()
    erased = 0
    for document in documents:
        erase_document(document, by=by)
        erased += 1
    return erased


def remove_project(project: Project, *, by: User) -> None:
    """Remove a whole project with all it holds, such as the sample desk."""
    with transaction.atomic():
        Review.objects.filter(project=project).update(result_seen=None, version_seen=None)
        ReviewItem.objects.filter(project=project).delete()
        Job.objects.filter(project=project).delete()
        audit.record("project.removed", project, by=by, project=None, before={"name": project.name})
        project.delete()
    storage.remove_project(project.uid)
    _forget_freed_pages()


def prune() -> int:
    """Erase what is past its project's retention or its own expiry, and uploads nobody launched in a week."""
    housekeeping.forget_expired()
    ReviewClaim.objects.filter(expires_at__lt=in_seconds(-86_400)).delete()
    erased = 0
    for document in _expired():
        erase_document(document, by=None)
        erased += 1
    return erased


def _expired() -> list[Document]:
    now = timezone.now()
    old = Q(expires_at__lt=now) | Q(jobs__isnull=True, batch__isnull=False, created_at__lt=now - timedelta(STAGED_DAYS))
    for project in Project.objects.filter(retention_days__isnull=False):
        old |= Q(project=project, created_at__lt=now - timedelta(days=project.retention_days or 0))
    return list(Document.objects.present().filter(old).select_related("blob", "project").distinct())


def _stop_jobs(document: Document, *, by: User | None) -> None:
    for job in document.jobs.select_related("submission", "version", "document__blob", "project"):
        _forget_remote(job)
        if not job.is_final:
            try:
                states.cancel(job, by=by)
            except states.LostRaceError:
                continue  # it just ended; its answer is blanked below


def _forget_remote(job: Job) -> None:
    if job.submission is None or not job.submission.remote_id:
        return
    try:
        providers_registry.provider_for(job).cancel(job.submission.remote_id)
    except ProviderError:
        return  # the provider is away or keeps no copy; ours goes all the same


def _blank_answers(document: Document) -> None:
    results = Result.objects.filter(job__document=document)
    PageResult.objects.filter(result__in=results).update(reasoning=None, suggested_type="", error="")
    results.update(reasoning=None, candidates=[], evidence=[], contributions=[], raw=None)
    Review.objects.filter(item__document=document).update(comment="")
    ReviewItem.objects.filter(document=document).update(note="")
    JobEvent.objects.filter(job__document=document).update(note="")
    Job.objects.filter(document=document).update(error_message="")


def _bury(document: Document) -> None:
    items = ReviewItem.objects.filter(document=document).values("preset_id", "status", "final_type")
    Document.objects.filter(pk=document.pk).update(
        blob=None,
        name="",
        name_folded="",
        path="",
        check_detail="",
        external_file_id=None,
        claimed_type="",
        deleted_at=Now(),
        tombstone={"media_type": document.media_type, "pages": document.page_count, "decided": list(items)},
    )
    ReviewItem.objects.filter(document=document, status__in=ReviewItem.OPEN).update(
        status=ReviewItem.State.SET_ASIDE, why=""
    )
    document.refresh_from_db()


def _remove_bytes(blob: Blob, project_uid: object) -> None:
    """Only when no other document has the same content. Inside the transaction: whoever uploads the same bytes at this
    moment waits for the row's end, and must then find no file that is about to go."""
    with transaction.atomic():
        if Document.objects.filter(blob=blob).exists():
            return
        sha256 = blob.sha256
        blob.delete()
        storage.remove_everything(project_uid, sha256)  # type: ignore[arg-type]


def _forget_freed_pages() -> None:
    """SQLite keeps old pages in its write-ahead log until a checkpoint; freed pages are zeroed by ``secure_delete``."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
