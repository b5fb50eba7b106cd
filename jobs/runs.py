"""Verbs on a whole run: create, count, finish, cancel, retry, classify again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub.accounts import audit
from classifyhub.accounts.models import Project, User
from classifyhub.text import clean_line
from jobs import reasons, states
from jobs.models import Document, Job, JobEvent, Reason, ReviewItem, Run, Status
from jobs.models.documents import DocumentQuerySet
from rules.capabilities import capabilities_of
from rules.models import PresetVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Where the jobs of a run are. ``settled`` is completed and not waiting for a person, and cancelled."""

    total: int = 0
    queued: int = 0
    running: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    waiting: int = 0

    @property
    def done(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def settled(self) -> int:
        return max(self.completed + self.cancelled - self.waiting, 0)

    @property
    def is_live(self) -> bool:
        return self.done < self.total


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a live run moves: documents a minute, and the seconds left at that speed; null before the first."""

    per_minute: float | None = None
    seconds_left: float | None = None


def pace(run: Run, counts: Counts) -> Pace:
    """Measured over the run so far; a run that waits for a provider has none until the first answer."""
    elapsed = ((run.finished_at or timezone.now()) - run.created_at).total_seconds()
    if not counts.done or elapsed <= 0:
        return Pace()
    per_second = counts.done / elapsed
    return Pace(per_minute=per_second * 60, seconds_left=(counts.total - counts.done) / per_second)


def create(
    project: Project,
    version: PresetVersion,
    documents: Iterable[Document],
    *,
    by: User,
    name: str,
    source: str = Run.Source.UPLOAD,
    client_uid: uuid.UUID | None = None,
) -> Run:
    """A sealed run with one PENDING job per document, in one transaction. The caller dispatches it after commit with
    ``tasks.dispatch``. ``IntegrityError`` when there is one with this ``client_uid`` and version already."""
    with transaction.atomic():
        run = Run.objects.create(
            project=project,
            version=version,
            by=by,
            name=clean_line(name, max_length=120),
            source=source,
            client_uid=client_uid,
        )
        add_jobs(run, documents)
        Run.objects.filter(pk=run.pk).update(sealed_at=Now())
        audit.record("run.started", run, by=by, project=project, after={"version": version.label, "source": source})
    finish_if_done(run.pk)  # a run of no documents is done at once
    return run


def add_jobs(run: Run, documents: Iterable[Document]) -> list[Job]:
    """One PENDING job and its first event per document."""
    queue = Job.Queue.LOCAL if capabilities_of(run.version.provider).in_process else Job.Queue.CALL
    jobs = Job.objects.bulk_create(
        (
            Job(project_id=run.project_id, run=run, document=document, version=run.version, queue=queue)
            for document in documents
        ),
        batch_size=500,
    )
    JobEvent.objects.bulk_create(
        (JobEvent(job=job, to_status=Status.PENDING, reason=Reason.QUEUED, attempt=1, note="queued") for job in jobs),
        batch_size=500,
    )
    return jobs


def count(run_ids: Iterable[int]) -> dict[int, Counts]:
    """The counts of each run, in one query over just their jobs."""
    open_item: Any = Exists(ReviewItem.objects.of_outer_job().filter(rank__isnull=False))
    rows: Any = (
        Job.objects.filter(run_id__in=list(run_ids))
        .values("run_id")
        .annotate(
            total=Count("pk"),
            queued=Count("pk", filter=Q(status=Status.PENDING)),
            running=Count("pk", filter=Q(status=Status.RUNNING)),
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            failed=Count("pk", filter=Q(status=Status.FAILED)),
            cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
            waiting=Count("pk", filter=Q(status=Status.COMPLETED) & open_item),
        )
    )
    return {row.pop("run_id"): Counts(**row) for row in rows}


def finish_if_done(run_id: int) -> bool:
    """Mark a sealed run finished once every job is final. Called after each job's own commit, so that of two jobs
    that end together the later one sees both; the sweeper is the net."""
    run = Run.objects.filter(pk=run_id)
    finished = bool(_done(run).update(finished_at=Now()))
    if finished:
        # A retry that committed while that statement ran was not seen by it; by this one it is.
        run.filter(Exists(_open_jobs())).update(finished_at=None)
    return finished


def finish_all_done() -> int:
    """The same for every run at once, for the sweeper. Returns how many there were."""
    return _done(Run.objects.all()).update(finished_at=Now())


def cancel(run: Run, *, by: User) -> int:
    """Stop what is not final. Returns how many jobs were stopped."""
    stopped = states.cancel_queued(run.pk, by=by)
    stopped += sum(_cancel_job(job, by=by) for job in run.jobs.open().order_by("pk"))
    audit.record("run.cancelled", run, by=by, project=run.project, after={"cancelled": stopped})
    finish_if_done(run.pk)
    return stopped


def retry_failed(run: Run, *, by: User) -> int:
    """Queue every FAILED job again that ``retryable`` finds. The caller dispatches the run."""
    retried = sum(_retry_job(job, by=by) for job in retryable(run))
    audit.record("run.retried", run, by=by, project=run.project, after={"retried": retried})
    return retried


def retryable(run: Run) -> QuerySet[Job]:
    """The FAILED jobs for which trying again may change something and costs nothing twice; not those of documents that
    were erased."""
    failed = run.jobs.filter(status=Status.FAILED, document__deleted_at__isnull=True)
    return failed.exclude(reason__in=reasons.NOT_RETRIED)


def retry_each(jobs: Iterable[Job], *, by: User) -> set[int]:
    """Queue these FAILED jobs again, whichever runs they are of. Returns the keys of those runs, for the caller to
    dispatch; a job that somebody else retried meanwhile is left to them."""
    return {job.run_id for job in jobs if _retry_job(job, by=by)}


def classify_again(
    documents: DocumentQuerySet,
    version: PresetVersion,
    *,
    by: User,
    name: str,
    client_uid: uuid.UUID | None = None,
) -> Run:
    """These documents of one project under another version, as a run of its own; erased ones are left out. Asked for
    twice with one ``client_uid``, it is made once."""
    project, source = version.project, Run.Source.AGAIN
    present = documents.present().filter(project=project).order_by("pk")
    try:
        return create(project, version, present, by=by, name=name, source=source, client_uid=client_uid)
    except IntegrityError:
        if client_uid is None:
            raise
        return Run.objects.get(project=project, version=version, client_uid=client_uid)


def documents_of(run: Run) -> DocumentQuerySet:
    """What the run was launched with."""
    return Document.objects.filter(pk__in=run.jobs.values("document"))


def _open_jobs() -> QuerySet[Job]:
    return Job.objects.open().filter(run=OuterRef("pk"))


def _done(found: QuerySet[Run]) -> QuerySet[Run]:
    return found.filter(~Exists(_open_jobs()), sealed_at__isnull=False, finished_at__isnull=True)


def _cancel_job(job: Job, *, by: User) -> bool:
    try:
        states.cancel(job, by=by)
    except states.LostRaceError:
        return False  # it ended by itself meanwhile
    return True


def _retry_job(job: Job, *, by: User) -> bool:
    try:
        states.retry(job, by=by)
    except states.LostRaceError:
        return False
    return True
