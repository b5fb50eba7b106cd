"""The net under everything: finds what is due and unclaimed, what lost its worker, and what should be polled.

Runs every ten seconds from the clock. The broker may lose or double any message; nothing depends on it but speed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import pipeline, providers_registry, runs, states
from jobs.models import Job, Reason, Run, Status, WorkerBeat
from rules.capabilities import capabilities_of

ENQUEUE_LIMIT = 200
# A message that was sent this long ago and led to nothing is taken for lost.
MESSAGE_LOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sweep:
    """What to enqueue: ``(job id, queue)`` pairs, and the connections to poll."""

    due: tuple[tuple[int, str], ...]
    connections: tuple[tuple[str, int | None], ...]


def sweep() -> Sweep:
    """Mend what can be mended in the database; the caller sends the messages."""
    for job in lost():
        recover(job)
    _finish_runs()
    _beat()
    return Sweep(due=due_jobs(), connections=connections_to_poll())


def lost() -> list[Job]:
    """RUNNING jobs whose worker let the lease run out."""
    gone = Job.objects.filter(status=Status.RUNNING, lease_until__lt=Now())
    return list(gone.select_related("document", "version", "submission", "run")[:ENQUEUE_LIMIT])


def recover(job: Job) -> None:
    """Accepted already: poll on. Before any intent, or with a provider that knows our key: another attempt. An intent
    without an answer and without a key is looked up, else a person is asked."""
    try:
        if job.submission is not None and job.submission.remote_id:
            states.hand_over(job)
        elif job.submission is None or capabilities_of(job.version.provider).idempotent:
            states.postpone(job, reason=Reason.WORKER_LOST, message="Its worker was lost.")
        else:
            _look_up(job)
    except states.LostRaceError:
        return
    runs.finish_if_done(job.run_id)


def _look_up(job: Job) -> None:
    assert job.submission is not None  # noqa: S101  # recover() calls this only with an intent
    found = providers_registry.provider_for(job).find(job.submission.idempotency_key)
    if found:
        pipeline.accept(job, found)
    else:
        states.fail(
            job, reason=Reason.OUTCOME_UNKNOWN, message="The worker was lost while sending. The provider may have it."
        )


def due_jobs() -> tuple[tuple[int, str], ...]:
    """Due PENDING jobs that no live message stands for, stamped so that the next sweep leaves them alone."""
    due = Job.objects.filter(status=Status.PENDING, next_action_at__lte=Now()).filter(
        Q(enqueued_at__isnull=True) | Q(enqueued_at__lt=in_seconds(-MESSAGE_LOST_SECONDS))
    )
    found = tuple(due.order_by("next_action_at").values_list("pk", "queue")[:ENQUEUE_LIMIT])
    Job.objects.filter(pk__in=[job_id for job_id, _ in found]).update(enqueued_at=Now())
    return found


def connections_to_poll() -> tuple[tuple[str, int | None], ...]:
    """The connections with an accepted job that is due."""
    due = Job.objects.filter(
        status=Status.RUNNING, lease_until__isnull=True, next_action_at__lte=Now(), submission__isnull=False
    )
    return tuple(due.values_list("version__provider", "submission__connection_id").distinct()[:50])


def _finish_runs() -> None:
    for run_id in Run.objects.live().filter(sealed_at__isnull=False).values_list("pk", flat=True)[:ENQUEUE_LIMIT]:
        runs.finish_if_done(run_id)


def _beat() -> None:
    WorkerBeat.objects.update_or_create(name="clock", defaults={"queue": "clock", "seen_at": Now()})
