"""Forgetting: one verb removes a document everywhere, and a tombstone keeps counts and the audit trail true.

The order makes it safe against whoever works on the document meanwhile, and against a crash half-way. First the row
lets go of its bytes: a job taken from here on finds none. Then its jobs are stopped: an answer that comes later is
fenced off. Then what was answered before is blanked, and only that writes the tombstone. Whoever writes a page image
or a reading looks afterwards whether the bytes are still there. Every night ``prune`` finishes what broke off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from classifyhub.accounts import audit, housekeeping
from classifyhub.accounts.models import Project, User
from classifyhub.clock import in_seconds
from jobs import runs, states, storage
from jobs.models import (
    Blob,
    Document,
    Errand,
    Job,
    JobEvent,
    MemoryEntry,
    PageResult,
    Result,
    Review,
    ReviewClaim,
    ReviewItem,
    Run,
)
from jobs.remote import copies, hooks

logger = logging.getLogger(__name__)

DAY_SECONDS = 86_400
STAGED_DAYS = 7
ERASED_AT_ONCE = 100  # well within the time limit of a task


class CopiesLeftError(Exception):
    """A provider still keeps something."""

    def __init__(self) -> None:
        super().__init__(_("A provider is still to remove what it keeps of this desk. Try again in a minute."))


def erase_document(document: Document, *, by: User | None) -> None:
    """Remove the bytes, page images, what was read, quotes, raw answers, comments, and the provider's copy where it
    can; keep uid, final type, times and deciders. Safe to call twice: the second finishes what the first did not."""
    if document.tombstone is None:
        _erase(document, by=by)
        _forget_freed_pages()


def erase_unpacked(document: Document) -> None:
    """Let go of an archive whose documents are all staged. Nothing that anybody handed in is lost by it."""
    _erase(document, by=None, verb="document.unpacked")


def erase_run(run: Run, *, by: User) -> int:
    """Take every document of a run away from everybody at once, and stop what is queued; ``go_on_erasing`` does the
    rest, in a worker. Returns how many there were."""
    present = Document.objects.present().filter(pk__in=run.jobs.values("document"))
    with transaction.atomic():
        taken = present.update(**_emptied())
        if taken:
            audit.record("run.erased", run, by=by, project=run.project, after={"documents": taken})
    states.cancel_queued(run.pk, by=by)
    runs.finish_if_done(run.pk)
    return taken


def go_on_erasing(run: Run, *, by: User | None) -> bool:
    """Erase the next documents of a run that were taken away. Returns whether some are left."""
    documents = list(_taken_away(run).select_related("project").order_by("pk")[:ERASED_AT_ONCE])
    for document in documents:
        _erase(document, by=by)
    blobs = list(_orphans().filter(project=run.project)[:ERASED_AT_ONCE])
    for blob in blobs:
        _remove_bytes(blob, run.project)
    runs.finish_if_done(run.pk)
    _forget_freed_pages()
    return ERASED_AT_ONCE in {len(documents), len(blobs)}


def count_taken_away(run: Run) -> int:
    """How many documents of a run are not erased in every place yet."""
    return _taken_away(run).count()


def _taken_away(run: Run) -> QuerySet[Document]:
    unfinished = Document.objects.filter(deleted_at__isnull=False, tombstone__isnull=True)
    return unfinished.filter(pk__in=run.jobs.values("document"))


def remove_project(project: Project, *, by: User) -> None:
    """Remove a whole project with all it holds, such as the sample desk. ``CopiesLeftError`` while a provider keeps
    something of it that it can be asked to remove, which then is under way: afterwards nobody would know of it."""
    _stop(Job.objects.filter(project=project), by=by)
    if copies.let_go_of_project(project):
        raise CopiesLeftError
    with transaction.atomic():
        # Undecided first: a decided item without its review is what a constraint is there to refuse.
        ReviewItem.objects.filter(project=project).update(status=ReviewItem.State.WAITING, effective_review=None)
        ReviewItem.objects.filter(project=project).delete()
        Job.objects.filter(project=project).delete()
        audit.record("project.removed", project, by=by, project=None, before={"name": project.name})
        project.delete()
    storage.remove_project(project.uid)
    _forget_freed_pages()


def prune() -> int:
    """Erase what is past its project's retention or its own expiry, and uploads nobody launched in a week; finish what
    broke off. What cannot be erased tonight is logged and does not keep the rest. Returns how many documents were."""
    housekeeping.forget_expired()
    hooks.forget_old()
    ReviewClaim.objects.filter(expires_at__lt=in_seconds(-DAY_SECONDS)).delete()
    erased = sum(_or_log(partial(_erase, document, by=None), str(document.uid)) for document in _to_erase())
    for blob in _orphans().select_related("project"):
        _or_log(partial(_remove_bytes, blob, blob.project), blob.sha256)
    _forget_freed_pages()
    return erased


def _orphans() -> QuerySet[Blob]:
    return Blob.objects.filter(~Exists(Document.objects.filter(blob=OuterRef("pk"))))


def _or_log(action: Callable[[], None], what: str) -> bool:
    try:
        action()
    except Exception:
        logger.exception("not erased", extra={"what": what})
        return False
    return True


def _to_erase() -> Iterable[Document]:
    """Past their time, cleared away before any launch, and those whose erasure broke off."""
    given_up = Q(batch__cleared_at__isnull=False) | Q(
        batch__isnull=False, created_at__lt=in_seconds(-STAGED_DAYS * DAY_SECONDS)
    )
    old = Q(expires_at__lt=Now()) | Q(~Exists(Job.objects.filter(document=OuterRef("pk"))), given_up)
    for project in Project.objects.filter(retention_days__isnull=False):
        old |= Q(project=project, created_at__lt=in_seconds(-(project.retention_days or 0) * DAY_SECONDS))
    unfinished = Q(deleted_at__isnull=False, tombstone__isnull=True)
    found = Document.objects.filter(unfinished | (Q(deleted_at__isnull=True) & old))
    return found.order_by("pk").select_related("blob", "project")


def _erase(document: Document, *, by: User | None, verb: str = "document.erased") -> None:
    blob = Blob.objects.filter(documents=document).first()
    Errand.objects.filter(document=document).delete()
    Document.objects.filter(pk=document.pk, deleted_at__isnull=True).update(**_emptied())
    _stop(document.jobs.all(), by=by)
    copies.let_go_of(document)  # what comes to a vendor later finds its job stopped, and lets go by itself
    with transaction.atomic():
        _blank_answers(document)
        if Document.objects.filter(pk=document.pk, tombstone__isnull=True).update(tombstone=_tombstone(document)):
            audit.record(verb, document, by=by, project=document.project)
        _empty_queue(document)
    if blob is not None:
        _remove_bytes(blob, document.project)
    document.refresh_from_db()


def _emptied() -> dict[str, Any]:
    """What is left of a document's row."""
    return {
        "blob": None,
        "name": "",
        "name_folded": "",
        "path": "",
        "check_detail": "",
        "external_file_id": None,
        "claimed_type": "",
        "deleted_at": Now(),
    }


def _stop(jobs: QuerySet[Job], *, by: User | None) -> None:
    """Nothing that is still to come may be stored. Providers are told by whoever tidies up after it: a call to them
    would keep waiting who erases."""
    for job in jobs.select_related(*states.RELATED):
        if not job.is_final:
            try:
                states.cancel(job, by=by)
            except states.LostRaceError:
                continue  # it just ended; its answer is blanked with the others


def _blank_answers(document: Document) -> None:
    results = Result.objects.filter(job__document=document)
    PageResult.objects.filter(result__in=results).update(reasoning=None, suggested_type="", error="")
    results.update(reasoning=None, candidates=[], evidence=[], contributions=[], raw=None, lesson=None)
    MemoryEntry.objects.filter(document=document).delete()
    Review.objects.filter(item__document=document).update(comment="")
    ReviewItem.objects.filter(document=document).update(note="")
    JobEvent.objects.filter(job__document=document).update(note="")
    Job.objects.filter(document=document).update(error_message="")


def _tombstone(document: Document) -> dict[str, object]:
    items = ReviewItem.objects.filter(document=document).values("preset_id", "status", "final_type")
    return {"media_type": document.media_type, "pages": document.page_count, "decided": list(items)}


def _empty_queue(document: Document) -> None:
    """Nobody decides what cannot be seen any more, also who holds it right now."""
    ReviewClaim.objects.filter(item__document=document).delete()
    ReviewItem.objects.filter(document=document, status__in=ReviewItem.OPEN).update(
        status=ReviewItem.State.SET_ASIDE, why=""
    )


def _remove_bytes(blob: Blob, project: Project) -> None:
    """Only when no other document has the same content. Inside the transaction: whoever uploads the same bytes at this
    moment waits for the row's end, and must then find no file that is about to go."""
    with transaction.atomic():
        locked = Blob.objects.select_for_update().filter(pk=blob.pk).first()
        if locked is None or Document.objects.filter(blob=locked).exists():
            return
        locked.delete()
        storage.remove_everything(project.uid, blob.sha256)


def _forget_freed_pages() -> None:
    """SQLite keeps old pages in its write-ahead log until a checkpoint; freed pages are zeroed by ``secure_delete``."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
