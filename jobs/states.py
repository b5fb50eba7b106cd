"""The only module that writes a job's status.

::

    PENDING ──claim──▶ RUNNING ──complete──▶ COMPLETED
       ▲  │               │ ├─────fail─────▶ FAILED ──retry──▶ PENDING
       │  │               │ └───postpone───▶ PENDING (attempt + 1) or, past its limit, FAILED
       │  └──cancel───────┴─────cancel─────▶ CANCELLED

Every move is one conditional UPDATE: where it hits no row somebody else was first, and ``LostRaceError`` says so. Moves
out of RUNNING carry the attempt they were made under, so that the late answer of a worker that was given up changes
nothing. The event row is written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from classifyhub.accounts.models import User
from classifyhub.clock import database_now, in_seconds
from classifyhub.text import clean_line
from jobs.models import Job, JobEvent, Reason, Run, Status, Submission
from jobs.models.runs import FINAL

MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        (Status.PENDING, Status.RUNNING),
        (Status.PENDING, Status.CANCELLED),
        (Status.RUNNING, Status.COMPLETED),
        (Status.RUNNING, Status.FAILED),
        (Status.RUNNING, Status.PENDING),
        (Status.RUNNING, Status.CANCELLED),
        (Status.FAILED, Status.PENDING),
    }
)
ATTEMPTS = 5
# Seconds before the 2nd, 3rd, 4th and 5th attempt; a provider's Retry-After wins when it is longer.
BACKOFF = (2, 8, 30, 120)
FIRST_POLL_SECONDS = 1
BATCH = 500
# What the work on a job looks at.
RELATED = (
    "document__blob",
    "document__project",
    "project",
    "run",
    "submission__connection",
    "version__connection",
    "version__fallback_connection",
)


class LostRaceError(Exception):
    """The job is no longer where this move starts from: another worker or person was first."""


def claim(job_id: int, *, worker: str, lease_seconds: float) -> Job | None:
    """Take a due PENDING job for this worker, or none when it is not due, taken or gone. The lease must outlive the
    work or be renewed, else the sweeper gives the job to somebody else."""
    due = Job.objects.filter(pk=job_id, status=Status.PENDING, next_action_at__lte=Now())
    with transaction.atomic():
        if not due.update(**_claimed(worker, in_seconds(lease_seconds))):
            return None
        job = Job.objects.select_related(*RELATED).get(pk=job_id)
        _log(job, Status.PENDING, Status.RUNNING, job.reason, f"worker {worker}")
    return job


def _claimed(worker: str, lease_until: Any) -> dict[str, Any]:
    return {
        "status": Status.RUNNING,
        "client_status": Status.RUNNING,
        "reason": Case(When(queue=Job.Queue.LOCAL, then=Value(Reason.READING)), default=Value(Reason.SUBMITTING)),
        "worker": worker[:100],
        "started_at": Now(),
        "lease_until": lease_until,
        "next_action_at": lease_until,
    }


def claim_like(job: Job, *, most: int, worker: str) -> list[Job]:
    """Take up to ``most`` other due jobs that never went out, of the same version and on the same queue, for as long as
    ``job`` itself is held."""
    due = Job.objects.filter(
        project_id=job.project_id,  # with the due time an index of open jobs alone
        version_id=job.version_id,
        queue=job.queue,
        status=Status.PENDING,
        next_action_at__lte=Now(),
        submission__isnull=True,
    )
    lease_until = Job.objects.values_list("lease_until", flat=True).get(pk=job.pk)
    if lease_until is None:
        return []
    with transaction.atomic():
        free = due.exclude(pk=job.pk).select_for_update(skip_locked=True)  # SQLite lets in one writer at a time anyway
        keys = list(free.order_by("next_action_at").values_list("pk", flat=True)[:most])
        Job.objects.filter(pk__in=keys).update(**_claimed(worker, lease_until))
        jobs = Job.objects.select_related(*RELATED).in_bulk(keys)
        taken = [jobs[key] for key in keys]
        _log_all(taken, Status.PENDING, Status.RUNNING, note=f"worker {worker}")
    return taken


def renew(job: Job, *, lease_seconds: float) -> None:
    """Hold on to a claimed job for longer; ``LostRaceError`` when it was given up meanwhile."""
    held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempt=job.attempt)
    if not held.update(lease_until=in_seconds(lease_seconds), next_action_at=in_seconds(lease_seconds)):
        raise LostRaceError


def renew_all(submission_id: int, *, lease_seconds: float) -> None:
    """The same for all claimed jobs that go out with one submission; those given up meanwhile stay so."""
    held = Job.objects.filter(submission_id=submission_id, status=Status.RUNNING, lease_until__isnull=False)
    held.update(lease_until=in_seconds(lease_seconds), next_action_at=in_seconds(lease_seconds))


def attach(job: Job, submission: Submission, *, lease_seconds: float) -> None:
    """The claimed job goes out with ``submission``, and is held for as long as that may take; ``LostRaceError`` when it
    was given up meanwhile."""
    held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempt=job.attempt)
    if not held.update(
        submission=submission, lease_until=in_seconds(lease_seconds), next_action_at=in_seconds(lease_seconds)
    ):
        raise LostRaceError(f"job {job.uid} is in other hands")
    job.submission = submission


def hand_over(job: Job, *, seconds: float = FIRST_POLL_SECONDS) -> None:
    """The provider has accepted: let go of the lease and look again in ``seconds``. The status stays RUNNING."""
    held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempt=job.attempt)
    if not held.update(lease_until=None, next_action_at=in_seconds(seconds), reason=Reason.WAITING):
        raise LostRaceError
    job.reason = Reason.WAITING


def complete(job: Job, *, held: bool, reason: str = Reason.NONE, **fields: Any) -> None:
    """Make it COMPLETED inside the caller's transaction, which also stores the result. ``held`` keeps it RUNNING in
    the eyes of an API client until ``release``."""
    _move(job, Status.RUNNING, Status.COMPLETED, reason=reason, changes=_completed(held=held, **fields))


def complete_all(jobs: Sequence[Job], *, attempt: int, held: bool, reason: str, **fields: Any) -> None:
    """The same for several jobs that are all in this attempt, in two statements. ``LostRaceError`` when any of them was
    given up or cancelled meanwhile; the caller's transaction must then be undone."""
    changes = _fields(Status.COMPLETED, reason=reason, changes=_completed(held=held, **fields))
    open_jobs = Job.objects.filter(pk__in=[job.pk for job in jobs], status=Status.RUNNING, attempt=attempt)
    if open_jobs.update(**changes) != len(jobs):
        raise LostRaceError(f"one of {len(jobs)} jobs left {Status.RUNNING} or attempt {attempt}")
    _log_all(jobs, Status.RUNNING, Status.COMPLETED, reason=reason)


def _completed(*, held: bool, **fields: Any) -> dict[str, Any]:
    return {
        "client_status": Status.RUNNING if held else Status.COMPLETED,
        "released_at": None if held else Now(),
        "error_message": "",
        **fields,
    }


def fail(job: Job, *, reason: str, message: str = "") -> None:
    """Make it FAILED; only a person's retry leads out."""
    _move(
        job,
        Status.RUNNING,
        Status.FAILED,
        reason=reason,
        changes={"error_message": clean_line(message, max_length=500)},
    )


def postpone(job: Job, *, reason: str, message: str = "", retry_after: float | None = None) -> str:
    """Give a transient failure its next attempt, later; past the limit the job fails. Returns the new status."""
    if job.attempt >= job.attempt_limit:
        fail(job, reason=reason, message=message)
        return Status.FAILED
    used = ATTEMPTS - (job.attempt_limit - job.attempt) - 1
    wait = max(BACKOFF[min(max(used, 0), len(BACKOFF) - 1)], retry_after or 0)
    changes = {
        "attempt": F("attempt") + 1,
        "next_action_at": in_seconds(wait),
        "enqueued_at": None,  # the message was used up: the sweep that finds it due sends the next
        "error_message": clean_line(message, max_length=500),
    }
    _move(job, Status.RUNNING, Status.PENDING, reason=reason, changes=changes, note=f"next attempt in {wait:.0f} s")
    return Status.PENDING


def hold_back(job: Job, *, reason: str, message: str, seconds: float) -> None:
    """Nothing was sent, for the connection is not to be called right now: it waits, and no attempt is used up."""
    changes = {
        "next_action_at": in_seconds(seconds),
        "enqueued_at": None,
        "error_message": clean_line(message, max_length=500),
    }
    _move(job, Status.RUNNING, Status.PENDING, reason=reason, changes=changes, note=f"held back for {seconds:.0f} s")


def retry(job: Job, *, by: User) -> None:
    """A person wants a FAILED job tried again: a new submission number, so that a provider does not hand back the
    failure it remembers, and a fresh allowance of attempts."""
    changes = {
        "attempt": F("attempt") + 1,
        "attempt_limit": F("attempt") + ATTEMPTS,
        "submission_number": F("submission_number") + 1,
        "submission": None,
        "next_action_at": Now(),
        "enqueued_at": None,
        "error_message": "",
        "worker": "",
    }
    with transaction.atomic():
        _move(
            job,
            Status.FAILED,
            Status.PENDING,
            reason=Reason.QUEUED,
            changes=changes,
            note=f"retried by {by.display_name}",
        )
        Run.objects.filter(pk=job.run_id).update(finished_at=None)


def resume(job: Job) -> None:
    """A job of unknown outcome was found at the provider: it runs again where it was, by way of PENDING, and nothing
    is submitted. The caller writes the acceptance in the same transaction."""
    if job.reason != Reason.OUTCOME_UNKNOWN:
        raise LostRaceError(f"job {job.uid} is not of unknown outcome")
    changes = {"next_action_at": in_seconds(FIRST_POLL_SECONDS), "error_message": ""}
    with transaction.atomic():
        _move(job, Status.FAILED, Status.PENDING, reason=Reason.WAITING, changes=changes, note="found at the provider")
        again = {"started_at": Now(), **changes}
        _move(job, Status.PENDING, Status.RUNNING, reason=Reason.WAITING, changes=again)
        Run.objects.filter(pk=job.run_id).update(finished_at=None)


def cancel(job: Job, *, by: User | None) -> None:
    """Stop a job, wherever it has got to meanwhile; ``LostRaceError`` once it is final. What the provider may still
    answer is fenced off."""
    changes, note = {"error_message": ""}, _cancelled_by(by)
    while True:
        try:
            return _move(job, Status(job.status), Status.CANCELLED, reason=Reason.CANCELLED, changes=changes, note=note)
        except LostRaceError:
            now = Job.objects.filter(pk=job.pk).values_list("status", "attempt").first()
            if now is None or now[0] in FINAL:
                raise
            job.status, job.attempt = now  # a worker took it, or gave it back, since it was loaded


def cancel_queued(run_id: int, *, by: User) -> int:
    """Stop every queued job of a run in a few statements, however many there are. Returns how many were stopped."""
    fields = _fields(Status.CANCELLED, reason=Reason.CANCELLED, changes={"error_message": ""})
    note = clean_line(_cancelled_by(by), max_length=300)
    with transaction.atomic():
        queued = Job.objects.select_for_update().filter(run_id=run_id, status=Status.PENDING).order_by("pk")
        attempts = dict(queued.values_list("pk", "attempt"))
        keys = list(attempts)
        for start in range(0, len(keys), BATCH):
            Job.objects.filter(pk__in=keys[start : start + BATCH]).update(**fields)
        moved = {"from_status": Status.PENDING, "to_status": Status.CANCELLED, "reason": Reason.CANCELLED, "note": note}
        events = (JobEvent(job_id=key, attempt=attempt, **moved) for key, attempt in attempts.items())
        JobEvent.objects.bulk_create(events, batch_size=BATCH)
    return len(attempts)


def release(job_ids: Iterable[int]) -> None:
    """Let API clients see held answers, for a person has decided."""
    held = Job.objects.filter(pk__in=list(job_ids), status=Status.COMPLETED, released_at__isnull=True)
    held.update(client_status=Status.COMPLETED, released_at=Now())


def _move(job: Job, came_from: Status, to: Status, *, reason: str, changes: dict[str, Any], note: str = "") -> None:
    if job.status != came_from or (came_from, to) not in MOVES:
        raise LostRaceError(f"{job.status} does not lead to {to} here")
    fields = _fields(to, reason=reason, changes=changes)
    with transaction.atomic(savepoint=False):  # nothing was written when it is left without a row
        moved = Job.objects.filter(pk=job.pk, status=came_from, attempt=job.attempt).update(**fields)
        if moved:
            _log(job, came_from, to, reason, note)
    if not moved:
        raise LostRaceError(f"job {job.uid} left {came_from} or attempt {job.attempt}")
    job.status, job.reason = to, reason


def _fields(to: Status, *, reason: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The columns of a job that has come to ``to``."""
    is_final = to in FINAL
    return {
        "status": to,
        "client_status": to,
        "reason": reason,
        "lease_until": None,
        "finished_at": Now() if is_final else None,
        **({"next_action_at": None} if is_final else {}),
        **changes,
    }


def _cancelled_by(by: User | None) -> str:
    return f"cancelled by {by.display_name if by else 'the desk'}"


def _log(job: Job, came_from: str, to: str, reason: str, note: str) -> None:
    JobEvent.objects.create(
        job=job,
        from_status=came_from,
        to_status=to,
        reason=reason,
        attempt=job.attempt,
        note=clean_line(note, max_length=300),
    )


def _log_all(jobs: Iterable[Job], came_from: str, to: str, *, reason: str | None = None, note: str = "") -> None:
    """The same for many in one statement; ``reason`` is each job's own unless given."""
    moved = {"from_status": came_from, "to_status": to, "note": clean_line(note, max_length=300)}
    now = database_now()  # once, where each row would ask for it
    JobEvent.objects.bulk_create(
        (
            JobEvent(
                job_id=job.pk, at=now, attempt=job.attempt, reason=job.reason if reason is None else reason, **moved
            )
            for job in jobs
        ),
        batch_size=BATCH,
    )
