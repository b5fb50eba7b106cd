"""Bringing answers home: one loop per connection asks for everything that is due, up to 100 documents a call.

Nobody holds a worker while a provider thinks. The loop ends when nothing is due soon; the sweeper starts it again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models.functions import Now

from classifyhub.clock import database_now, in_seconds
from classifyhub.text import clean_line
from jobs import failpoints, leases, outcomes, pipeline, providers_registry, runs, sending, states
from jobs.models import Job, Reason, Status
from jobs.models.runs import JobQuerySet
from jobs.providers.base import Outcome, Pending, ProviderError, Reply, StillWaiting, UnavailableError
from jobs.remote import copies, routing

logger = logging.getLogger(__name__)

BATCH = 100
LOOP_SECONDS = 25
LEASE_SECONDS = 60
SLOWEST_SECONDS = 30
# A provider that has not answered by then has lost the document, and a run must end some day.
GIVE_UP_SECONDS = 86_400


def poll(provider: str, connection_id: int | None) -> bool:
    """Poll this connection until nothing is due within two seconds or 25 s have gone by; whether there is more to poll
    at once. Does nothing where another worker already does it."""
    key = f"{provider}:{connection_id or '-'}"
    if not leases.take(key, seconds=LEASE_SECONDS):
        return False
    try:
        return _loop(provider, connection_id)
    finally:
        leases.give_back(key)


def waiting_jobs(provider: str, connection_id: int | None) -> Sequence[tuple[int, str]]:
    """The due jobs of a connection that a provider has accepted: ``(job id, remote id)``."""
    due = _accepted(provider, connection_id).filter(next_action_at__lte=Now())
    return list(due.order_by("next_action_at").values_list("pk", "submission__remote_id")[:BATCH])  # type: ignore[arg-type]


def _loop(provider: str, connection_id: int | None) -> bool:
    ends_at = time.monotonic() + LOOP_SECONDS
    while time.monotonic() < ends_at:
        due = waiting_jobs(provider, connection_id)
        if due:
            _poll_batch(due)
        elif not _more_soon(provider, connection_id):
            return False
        time.sleep(0.25 if due else 0.5)
    return _more_soon(provider, connection_id)


def _more_soon(provider: str, connection_id: int | None) -> bool:
    return _accepted(provider, connection_id).filter(next_action_at__lte=in_seconds(2)).exists()


def _accepted(provider: str, connection_id: Any) -> JobQuerySet:
    return Job.objects.filter(
        status=Status.RUNNING,
        lease_until__isnull=True,
        submission__remote_id__isnull=False,
        submission__provider=provider,
        submission__connection_id=connection_id,
    )


def _poll_batch(due: Sequence[tuple[int, str]]) -> None:
    jobs = Job.objects.select_related(*states.RELATED).in_bulk([job_id for job_id, _remote_id in due])
    waiting = _pending(jobs, due)
    if not waiting:
        return
    answers, now = _ask(waiting), database_now()
    for job, pending in waiting:
        waited = (now - job.started_at).total_seconds() if job.started_at else 0.0
        _take(job, answers.get(pending.request.idempotency_key, StillWaiting()), waited=waited)
    for run_id in {job.run_id for job, _pending in waiting}:
        runs.finish_if_done(run_id)


def _pending(jobs: Mapping[int, Job], due: Sequence[tuple[int, str]]) -> list[tuple[Job, Pending]]:
    """The jobs of one connection with what each was asked; those that went meanwhile are left out."""
    present = [(jobs[job_id], remote_id) for job_id, remote_id in due if job_id in jobs]
    if not present:
        return []
    route = routing.route_of(present[0][0])
    uploaded = copies.known(jobs.values(), route.connection)
    return [
        (
            job,
            Pending(
                remote_id=remote_id,
                request=sending.request_for(job, route, was_sent=True, uploaded=uploaded.get(job.pk, "")),
            ),
        )
        for job, remote_id in present
    ]


def _ask(waiting: Sequence[tuple[Job, Pending]]) -> Mapping[str, Outcome]:
    """One call for all of them. One that fails as a whole says nothing about any document: the connection may be mended
    or the provider come back, so each of them waits on."""
    pending = [one for _job, one in waiting]
    try:
        return providers_registry.provider_for(waiting[0][0]).poll(pending)
    except ProviderError as error:
        waits = UnavailableError(str(error), reason=error.reason, retry_after=error.retry_after)
        return {one.request.idempotency_key: waits for one in pending}


def _take(job: Job, outcome: Outcome, *, waited: float) -> None:
    """One document's outcome. An error that nobody expected fails this one, not all that are polled with it."""
    try:
        _take_outcome(job, outcome, waited=waited)
    except states.LostRaceError:
        return  # cancelled or answered meanwhile
    except Exception as error:
        logger.exception("polled answer not stored", extra={"job": str(job.uid)})
        _fail(job, reason=Reason.INTERNAL, message=type(error).__name__)


def _take_outcome(job: Job, outcome: Outcome, *, waited: float) -> None:
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        pipeline.store_reply(job, outcome)
        failpoints.hit("after_store")
    elif isinstance(outcome, ProviderError) and not outcome.is_transient:
        copies.let_go(job, routing.route_of(job).connection)
        outcomes.store_failure(job, reason=outcome.reason, message=str(outcome))
    elif waited > GIVE_UP_SECONDS:
        outcomes.store_failure(job, reason=Reason.TIMED_OUT, message="The provider has not answered for a day.")
    else:
        _look_again(job, outcome, waited=waited)


def _look_again(job: Job, outcome: StillWaiting | ProviderError, *, waited: float) -> None:
    """Wait a quarter of the time it has taken so far, between one second and thirty, or as long as the vendor asks. It
    stays the same attempt; what keeps it is told to people."""
    reason, message = (
        (outcome.reason, str(outcome)) if isinstance(outcome, ProviderError) else (Reason.WAITING.value, "")
    )
    Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempt=job.attempt).update(
        next_action_at=in_seconds(max(min(waited / 4, SLOWEST_SECONDS), 1.0, outcome.retry_after or 0.0)),
        reason=reason,
        error_message=clean_line(message, max_length=500),
    )


def _fail(job: Job, *, reason: str, message: str) -> None:
    try:
        states.fail(job, reason=reason, message=message)
    except states.LostRaceError:
        return
