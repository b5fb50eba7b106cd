"""Forgetting: one verb removes a document everywhere, and a tombstone keeps counts and the audit trail true.

The order makes it safe against whoever works on the document meanwhile, and against a crash half-way. First the row
lets go of its bytes, and its tombstone remembers which those are: a job taken from here on finds none. Then its jobs
are stopped: an answer that comes later is fenced off. Then what was answered before is blanked, and the bytes go. Only
then the tombstone is finished. Whoever writes a page image or a reading looks afterwards whether the bytes are still
there. What cannot be removed keeps no other document: the tombstone says why, and ``finish`` tries again every hour.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, Now
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
BROKEN_OFF_SECONDS = 600  # what was taken away later than that is most likely being erased right now

# Taken away from everybody, and not yet gone from every place.
_UNFINISHED = Q(deleted_at__isnull=False) & (Q(tombstone__isnull=True) | Q(tombstone__has_key="sha256"))
_KEPT = Q(tombstone__has_key="why")


class CopiesLeftError(Exception):
    """A provider still keeps something."""

    def __init__(self) -> None:
        super().__init__(_("A provider is still to remove what it keeps of this desk. Try again in a minute."))


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that could not be erased yet: a job of it, to find it by, and why."""

    job: Job
    why: str


def erase_document(document: Document, *, by: User | None) -> bool:
    """Remove the bytes, page images, what was read, quotes, raw answers, comments, and the provider's copy where it
    can; keep uid, final type, times and deciders. Returns whether all of it is gone; what is not is tried again. Safe
    to call twice: the second finishes what the first did not."""
    if is_finished(document):
        return True
    done = _try_to_erase(document, by=by)
    _forget_freed_pages()
    return done


def erase_unpacked(document: Document) -> None:
    """Let go of an archive whose documents are all staged. Nothing that anybody handed in is lost by it."""
    _try_to_erase(document, by=None, verb="document.unpacked")


def is_finished(document: Document) -> bool:
    """Whether nothing of a document is left anywhere on this desk."""
    return document.tombstone is not None and "sha256" not in document.tombstone


def tell_kept(document: Document) -> str:
    """Why a document that was taken away could not be erased yet, in a sentence; empty where nothing went wrong."""
    words = _(
        "Nobody can see it any more, but not all of it could be removed: %(why)s. That is tried again every hour."
    )
    return words % {"why": why} if (why := _why(document)) else ""


def erase_run(run: Run, *, by: User) -> int:
    """Take every document of a run away from everybody at once, and stop what is queued; ``stop_taken_away`` and
    ``go_on_erasing`` do the rest, in a worker. Returns how many there were."""
    present = Document.objects.present().filter(pk__in=run.jobs.values("document"))
    with transaction.atomic():
        taken = _take_away(present)
        if taken:
            audit.record("run.erased", run, by=by, project=run.project, after={"documents": taken})
    states.cancel_queued(run.pk, by=by)
    runs.finish_if_done(run.pk)
    return taken


def stop_taken_away(run: Run, *, by: User | None) -> set[int]:
    """Stop every job of the documents of a run that were taken away, before the first is erased: providers can only be
    told of what is cancelled. Returns the runs in which there was one, for the caller to withdraw."""
    open_jobs = Job.objects.open().filter(document__in=_taken_away(run))
    found = set(open_jobs.values_list("run_id", flat=True))
    _stop(open_jobs, by=by)
    for run_id in found:
        runs.finish_if_done(run_id)
    return found


def go_on_erasing(run: Run, *, by: User | None, after: int = 0) -> int | None:
    """Erase the next documents of a run that were taken away, those past the key ``after``. One that cannot be erased
    does not keep the others. Returns where to go on, none at the end."""
    left = _taken_away(run).filter(pk__gt=after).select_related("project").order_by("pk")
    documents = list(left[:ERASED_AT_ONCE])
    for document in documents:
        _try_to_erase(document, by=by)
    runs.finish_if_done(run.pk)
    _forget_freed_pages()
    return documents[-1].pk if len(documents) == ERASED_AT_ONCE else None


def count_taken_away(run: Run) -> int:
    """How many documents of a run are still to be erased; without those that could not be."""
    return _taken_away(run).exclude(_KEPT).count()


def kept(run: Run) -> list[Kept]:
    """The documents of a run that could not be erased yet."""
    found = Job.objects.filter(run=run, document__in=_taken_away(run).filter(_KEPT)).select_related("document")
    return [Kept(job, _why(job.document)) for job in found.order_by("pk")]


def finish() -> int:
    """Go on with every erasure that broke off or could not be done. Returns how many are done now."""
    broken_off = Document.objects.filter(_UNFINISHED, deleted_at__lt=in_seconds(-BROKEN_OFF_SECONDS))
    done = sum(_try_to_erase(document, by=None) for document in broken_off.order_by("pk").select_related("project"))
    _forget_freed_pages()
    return done


def _taken_away(run: Run) -> QuerySet[Document]:
    return Document.objects.filter(_UNFINISHED, pk__in=run.jobs.values("document"))


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
    erased = sum(_try_to_erase(document, by=None) for document in _to_erase())
    for blob in _orphans().select_related("project"):
        try:
            _remove_bytes(blob, blob.project)
        except Exception:
            logger.exception("bytes not removed", extra={"blob": blob.pk})
    _forget_freed_pages()
    return erased


def _orphans() -> QuerySet[Blob]:
    return Blob.objects.filter(~Exists(Document.objects.filter(blob=OuterRef("pk"))))


def _try_to_erase(document: Document, *, by: User | None, verb: str = "document.erased") -> bool:
    """The one way to erase. Whatever goes wrong is logged and noted on the row, and keeps no other document."""
    try:
        _erase(document, by=by, verb=verb)
    except Exception as error:
        logger.exception("not erased", extra={"document": str(document.uid)})
        with suppress(DatabaseError):  # the same trouble, most likely
            _note_why(document, error)
    with suppress(Document.DoesNotExist, DatabaseError):
        document.refresh_from_db()
    return is_finished(document)


def _note_why(document: Document, error: Exception) -> None:
    unfinished = Document.objects.filter(_UNFINISHED, pk=document.pk)
    for tombstone in unfinished.values_list("tombstone", flat=True):
        unfinished.update(tombstone={"sha256": "", **(tombstone or {}), "why": _tell(error)})


def _why(document: Document) -> str:
    return str((document.tombstone or {}).get("why", ""))


def _tell(error: Exception) -> str:
    """In words, without a path: that might name what is being forgotten."""
    match error:
        case OSError(errno=int(number)):
            return os.strerror(number)
        case OperationalError():
            return _("The database was busy")
        case _:
            return _("An error of the desk; the log of its workers tells more")


def _to_erase() -> Iterable[Document]:
    """Past their time, cleared away before any launch, and those whose erasure broke off."""
    given_up = Q(batch__cleared_at__isnull=False) | Q(
        batch__isnull=False, created_at__lt=in_seconds(-STAGED_DAYS * DAY_SECONDS)
    )
    old = Q(expires_at__lt=Now()) | Q(~Exists(Job.objects.filter(document=OuterRef("pk"))), given_up)
    for project in Project.objects.filter(retention_days__isnull=False):
        old |= Q(project=project, created_at__lt=in_seconds(-(project.retention_days or 0) * DAY_SECONDS))
    found = Document.objects.filter(_UNFINISHED | (Q(deleted_at__isnull=True) & old))
    return found.order_by("pk").select_related("blob", "project")


def _erase(document: Document, *, by: User | None, verb: str) -> None:
    Errand.objects.filter(document=document).delete()
    _take_away(Document.objects.filter(pk=document.pk, deleted_at__isnull=True))
    _stop(document.jobs.all(), by=by)
    copies.let_go_of(document)  # what comes to a vendor later finds its job stopped, and lets go by itself
    with transaction.atomic():
        _blank_answers(document)
        _empty_queue(document)
    _remove_bytes_of(document)
    with transaction.atomic():
        if Document.objects.filter(_UNFINISHED, pk=document.pk).update(tombstone=_tombstone(document)):
            audit.record(verb, document, by=by, project=document.project)


def _take_away(documents: QuerySet[Document]) -> int:
    """From here on nobody finds them, nor their bytes, which only the tombstone still knows."""
    sha256 = Blob.objects.filter(pk=OuterRef("blob")).values("sha256")
    return documents.update(**_emptied(), tombstone=JSONObject(sha256=Coalesce(Subquery(sha256), Value(""))))


def _remove_bytes_of(document: Document) -> None:
    sha256 = Document.objects.filter(pk=document.pk).values_list("tombstone__sha256", flat=True).first()
    blob = Blob.objects.filter(project=document.project_id, sha256=sha256 or "").first()
    if blob is not None:
        _remove_bytes(blob, document.project)


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
