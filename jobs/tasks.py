"""What workers run. A message only says "look at this": the database holds the truth, a message delivered twice does
no harm, and one that is lost is sent again by the sweeper."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from jobs import checks, erasure, pipeline, polling, sweeper
from jobs.models import Job, Status

logger = logging.getLogger(__name__)


@shared_task
def check_document(document_id: int) -> None:
    """Look into a staged document and draw its first page."""
    checks.check(document_id)


@shared_task
def run_job(job_id: int) -> None:
    """Classify on this machine (queue ``local``)."""
    pipeline.run(job_id)


@shared_task
def call_job(job_id: int) -> None:
    """Send to a provider (queue ``call``)."""
    pipeline.run(job_id)
    _poll_later(job_id)


@shared_task
def dispatch(run_id: int) -> None:
    """Send one message for every queued job of a run; called once after the launch, so that the launch is short."""
    queued = Job.objects.filter(run_id=run_id, status=Status.PENDING, enqueued_at__isnull=True)
    for job_id, queue in list(queued.values_list("pk", "queue").order_by("pk")):
        if not enqueue(job_id, queue):
            return
    queued.update(enqueued_at=Now())


@shared_task
def poll(provider: str, connection_id: int | None) -> None:
    """Ask one connection for everything that is due."""
    polling.poll(provider, connection_id)


@shared_task
def sweep() -> None:
    """Every ten seconds: mend, and send what is due."""
    found = sweeper.sweep()
    for job_id, queue in found.due:
        enqueue(job_id, queue)
    for provider, connection_id in found.connections:
        poll.delay(provider, connection_id)


@shared_task
def prune() -> None:
    """Once a day: erase what is past its retention, and what nobody launched."""
    erasure.prune()


def enqueue(job_id: int, queue: str) -> bool:
    """Say "look at job N" on its queue; false when the broker is away, which the sweeper makes up for."""
    task = run_job if queue == Job.Queue.LOCAL else call_job
    try:
        task.apply_async((job_id,), queue=queue)
    except OperationalError as error:
        logger.warning("broker away, the sweeper will enqueue", extra={"error": type(error).__name__})
        return False
    return True


def _poll_later(job_id: int) -> None:
    accepted = Job.objects.filter(pk=job_id, status=Status.RUNNING, submission__remote_id__isnull=False)
    found = accepted.values_list("version__provider", "submission__connection_id").first()
    if found:
        poll.apply_async(found, countdown=1)
