"""The net under everything: finds what is due and unclaimed, what lost its worker, and what should be polled.

Runs every ten seconds from the clock. The broker may lose or double any message; nothing depends on it but speed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import pipeline, runs, states
from jobs.models import Job, Reason, Status, WorkerBeat

logger = logging.getLogger(__name__)

ENQUEUE_LIMIT = 200
# A message that was sent this long ago and led to nothing is taken for lost.
MESSAGE_LOST_SECONDS = 60
# A provider that was asked what became of a submission is asked again after that; twice at once does no harm.
LOOK_UP_SECONDS = 45


@dataclass(frozen=True, slots=True)
class Sweep:
    """What to enqueue: ``(job id, queue)`` pairs, the connections to poll, and the submissions to look up."""

    due: tuple[tuple[int, str], ...]
    connections: tuple[tuple[str, int | None], ...]
    doubts: tuple[int, ...]


def sweep() -> Sweep:
    """Mend what can be mended in the database; the caller sends the messages."""
    _beat()
    doubts = {submission_id for job in lost() if (submission_id := _recover(job)) is not None}
    for submission_id in doubts:  # held meanwhile, so that the next sweeps leave them to whoever asks the provider
        states.renew_all(submission_id, lease_seconds=LOOK_UP_SECONDS)
    runs.finish_all_done()
    return Sweep(due=due_jobs(), connections=connections_to_poll(), doubts=tuple(doubts))


def lost() -> list[Job]:
    """RUNNING jobs whose worker let the lease run out. A lease is a due time too, and those are indexed."""
    gone = Job.objects.filter(status=Status.RUNNING, next_action_at__lt=Now(), lease_until__lt=Now())
    return list(gone.order_by("next_action_at").select_related(*states.RELATED)[:ENQUEUE_LIMIT])


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
        status=Status.RUNNING,
        lease_until__isnull=True,
        next_action_at__lte=Now(),
        submission__remote_id__isnull=False,
    )
    return tuple(due.values_list("submission__provider", "submission__connection_id").distinct()[:50])


def _recover(job: Job) -> int | None:
    """Returns the submission to ask its provider about, where that decides. One job that cannot be mended must not keep
    the net from the others."""
    try:
        if job.submission is not None and pipeline.is_in_doubt(job, job.submission):
            return job.submission.pk
        pipeline.recover(job, reason=Reason.WORKER_LOST, message="Its worker was lost.")
    except Exception:
        logger.exception("lost job not recovered", extra={"job": str(job.uid)})
    return None


def _beat() -> None:
    WorkerBeat.objects.update_or_create(name="clock", defaults={"queue": "clock", "seen_at": Now()})
