"""Bringing answers home: one loop per connection asks for everything that is due, up to 100 documents a call.

Nobody holds a worker while a provider thinks. The loop ends when nothing is due soon; the sweeper starts it again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Now

from classifyhub.clock import database_now, in_seconds
from jobs import failpoints, pipeline, providers_registry, runs, states
from jobs.models import Job, Poller, Status
from jobs.providers.base import Outcome, ProviderError, Reply, StillWaiting

BATCH = 100
LOOP_SECONDS = 25
LEASE_SECONDS = 60
SLOWEST_SECONDS = 30


def poll(provider: str, connection_id: int | None) -> None:
    """Poll this connection until nothing is due within two seconds or 25 s have gone by. Does nothing where another
    worker already does it."""
    key = f"{provider}:{connection_id or '-'}"
    if not _take_lease(key):
        return
    try:
        _loop(provider, connection_id)
    finally:
        Poller.objects.filter(key=key).update(lease_until=Now())


def waiting_jobs(provider: str, connection_id: int | None) -> Sequence[tuple[int, str]]:
    """The due jobs of a connection that a provider has accepted: ``(job id, remote id)``."""
    due = Job.objects.filter(
        status=Status.RUNNING,
        lease_until__isnull=True,
        next_action_at__lte=Now(),
        submission__remote_id__isnull=False,
        version__provider=provider,
        submission__connection_id=connection_id,
    )
    return list(due.order_by("next_action_at").values_list("pk", "submission__remote_id")[:BATCH])  # type: ignore[arg-type]


def _take_lease(key: str) -> bool:
    Poller.objects.bulk_create([Poller(key=key, lease_until=in_seconds(-1))], ignore_conflicts=True)
    free = Poller.objects.filter(key=key, lease_until__lte=Now())
    return bool(free.update(lease_until=in_seconds(LEASE_SECONDS)))


def _loop(provider: str, connection_id: int | None) -> None:
    ends_at = time.monotonic() + LOOP_SECONDS
    while time.monotonic() < ends_at:
        due = waiting_jobs(provider, connection_id)
        if due:
            _poll_batch(due)
        elif not _more_soon(provider, connection_id):
            return
        time.sleep(0.25 if due else 0.5)


def _more_soon(provider: str, connection_id: int | None) -> bool:
    soon = Job.objects.filter(
        status=Status.RUNNING,
        lease_until__isnull=True,
        next_action_at__lte=in_seconds(2),
        version__provider=provider,
        submission__connection_id=connection_id,
    )
    return soon.exists()


def _poll_batch(due: Sequence[tuple[int, str]]) -> None:
    jobs = Job.objects.select_related("document__blob", "version", "project", "submission", "run").in_bulk(
        [job_id for job_id, _ in due]
    )
    by_remote = {remote_id: jobs[job_id] for job_id, remote_id in due if job_id in jobs}
    first = next(iter(by_remote.values()), None)
    if first is None:
        return
    try:
        outcomes = providers_registry.provider_for(first).poll(list(by_remote))
    except ProviderError as error:
        outcomes = {remote_id: StillWaiting(retry_after=error.retry_after) for remote_id in by_remote}
    for remote_id, job in by_remote.items():
        _take(job, outcomes.get(remote_id, StillWaiting()))
    for run_id in {job.run_id for job in by_remote.values()}:
        runs.finish_if_done(run_id)


def _take(job: Job, outcome: Outcome) -> None:
    try:
        if isinstance(outcome, Reply):
            failpoints.hit("before_store")
            pipeline.store_reply(job, outcome)
            failpoints.hit("after_store")
        elif isinstance(outcome, StillWaiting):
            _look_again(job, outcome.retry_after)
        else:
            pipeline.record_failure(job, outcome)
    except states.LostRaceError:
        return  # cancelled or answered meanwhile


def _look_again(job: Job, retry_after: float | None) -> None:
    """Wait a quarter of the time it has taken so far, between one second and thirty, or as long as the vendor asks."""
    elapsed = (database_now() - job.started_at).total_seconds() if job.started_at else 0.0
    seconds = max(min(elapsed / 4, SLOWEST_SECONDS), 1.0, retry_after or 0.0)
    Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempt=F("attempt")).update(
        next_action_at=in_seconds(seconds)
    )
