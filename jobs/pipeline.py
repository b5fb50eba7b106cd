"""One job from claim to answer. Called by the tasks; runs in a worker.

Local work answers within the claim. A remote call is split: the intent is written, the document sent, the acceptance
written, and the job let go; ``jobs.polling`` brings the answer home. The named failpoints are where a crash is most
telling; tests stop a worker there.
"""

from __future__ import annotations

import logging
import math
import os
import random
import socket
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal

from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from jobs import failpoints, outcomes, providers_registry, runs, sending, states, storage
from jobs.models import Job, Reason, Status, Submission
from jobs.providers.base import Accepted, HeldBackError, MisconfiguredError, ProviderError, Reply
from jobs.remote import copies, routing, usage
from jobs.remote.routing import Route

logger = logging.getLogger(__name__)

LOCAL_LEASE_SECONDS = 120  # above the hard time limit of a `local` task, so that a live worker never loses its job
CALL_LEASE_SECONDS = 300
MOST_WAITING = 2_000  # that are counted to tell how long the queue is


def run(job_id: int, *, lease_seconds: float = LOCAL_LEASE_SECONDS) -> Job | None:
    """Take one due job as far as it goes now; the job as it was left, none when there was nothing to claim, as in the
    second of two calls. An error that nobody expected costs the job an attempt and is raised again, for the log."""
    failpoints.hit("before_claim")
    job = states.claim(job_id, worker=worker_name(), lease_seconds=lease_seconds)
    if job is None:
        return None
    failpoints.hit("after_claim")
    try:
        _work(job, lease_seconds=lease_seconds)
    except states.LostRaceError:
        logger.info("job given up meanwhile", extra={"job": str(job.uid)})
    except Exception as error:
        recover(job, reason=Reason.INTERNAL, message=type(error).__name__)
        raise
    finally:
        runs.finish_if_done(job.run_id)
    return job


def recover(job: Job, *, reason: str, message: str) -> None:
    """What becomes of a claimed job whose work broke off. Accepted already: poll on. Before any intent, or with a
    provider that knows our key: another attempt. An intent without an answer and without a key is looked up, else a
    person is asked. A job that is in other hands by now is left alone."""
    try:
        if job.submission is not None and job.submission.remote_id:
            states.hand_over(job)
        elif job.submission is None or not job.submission.is_uncertain or routing.route_of(job).capabilities.idempotent:
            states.postpone(job, reason=reason, message=message)
        else:
            _look_up(job, job.submission)
    except states.LostRaceError:
        return


def worker_name() -> str:
    """Host and process, as the events and the operator page show it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _work(job: Job, *, lease_seconds: float) -> None:
    try:
        route = routing.choose(job)
        if route.capabilities.group_size > 1:
            _work_group(job, route, lease_seconds=lease_seconds)
            return
        request = sending.request_for(job, route)
        provider = providers_registry.build(route, job)
        if route.capabilities.in_process and route == routing.first_route(job.version):
            outcome: Accepted | Reply = provider.submit(request)
        else:
            outcome = sending.send(job, provider, request, route, lease_seconds=lease_seconds)
    except FileNotFoundError:
        outcomes.store_failure(job, reason=Reason.UNREADABLE, message="The document's bytes are gone.")
        return
    except ProviderError as error:
        record_failure(job, error)
        return
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        store_reply(job, outcome)
        failpoints.hit("after_store")


def _work_group(first: Job, route: Route, *, lease_seconds: float) -> None:
    """Take along what else is due under the same version, as far as one call carries it. A document that was sent
    alone before, with an outcome in doubt, is not claimed here: it waits for a person."""
    jobs = _with_bytes([first, *states.claim_like(first, most=route.capabilities.group_size - 1, worker=worker_name())])
    if not jobs:
        return
    try:
        provider = providers_registry.build(route, first)
        refused = sending.send_group(jobs, provider, route, lease_seconds=lease_seconds)
    except ProviderError as error:
        refused = dict.fromkeys((job.pk for job in jobs), error)
    for job in jobs:
        if job.pk in refused:
            with suppress(states.LostRaceError):
                record_failure(job, refused[job.pk])
    for run_id in {job.run_id for job in jobs}:
        runs.finish_if_done(run_id)


def _with_bytes(jobs: Iterable[Job]) -> list[Job]:
    present = []
    for job in jobs:
        try:
            storage.document_path(job.document)
        except FileNotFoundError:
            outcomes.store_failure(job, reason=Reason.UNREADABLE, message="The document's bytes are gone.")
        else:
            present.append(job)
    return present


def store_reply(job: Job, reply: Reply) -> None:
    """Keep a final answer; one that cannot be kept fails the job instead. What it cost is written down also when it
    came too late, and then ``LostRaceError`` is raised."""
    if job.submission is not None:
        _close(job, job.submission, outcomes.credits_of(reply))
        copies.let_go(job, job.submission.connection)
    objection = outcomes.objection_to(reply, job.version)
    if objection:
        outcomes.store_failure(job, reason=Reason.CONTRACT_BROKEN, message=objection)
    else:
        outcomes.store(job, reply)


def _close(job: Job, submission: Submission, credits_used: Decimal | None) -> None:
    """An answer is in. A submission of several documents costs what all of them cost."""
    known = F("credits") + credits_used if credits_used is not None else F("credits")
    cost = Case(When(credits__isnull=True, then=Value(credits_used)), default=known)
    Submission.objects.filter(pk=submission.pk).update(closed_at=Now(), credits=cost)
    if submission.connection is not None:
        usage.settle(submission.connection, job, credits_used)


def record_failure(job: Job, error: ProviderError) -> None:
    """An error while sending becomes the job's next state: later, outcome unknown, elsewhere, or failed."""
    if isinstance(error, HeldBackError):
        seconds = _spread(job, error)
        states.hold_back(job, reason=error.reason, message=str(error), seconds=seconds)
    elif error.was_sent is None and not routing.route_of(job).capabilities.idempotent:
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=str(error))
    elif error.is_transient or (isinstance(error, MisconfiguredError) and routing.can_go_elsewhere(job)):
        states.postpone(job, reason=error.reason, message=str(error), retry_after=error.retry_after)
    else:
        outcomes.store_failure(job, reason=error.reason, message=str(error))


def _spread(job: Job, error: HeldBackError) -> float:
    """When to ask again: not all who wait at the same moment, but as the connection will take them."""
    connection = routing.route_of(job).connection
    limits = connection.limits if connection else {}
    a_second = min(limits.get("calls_per_minute", 0) / 60 or math.inf, limits.get("calls_at_once", 0) * 2 or math.inf)
    waiting = Job.objects.filter(version_id=job.version_id, status=Status.PENDING)[:MOST_WAITING].count()
    return (error.retry_after or 1.0) + random.uniform(0, 1 + waiting / a_second)  # noqa: S311  # spreads, hides nothing


def _look_up(job: Job, submission: Submission) -> None:
    try:
        found = providers_registry.provider_for(job).find(submission.idempotency_key)
    except ProviderError:
        found = None  # a person looks again once the provider answers
    if found:
        sending.accept(job, found)
    else:
        message = "It broke off while sending. The provider may have it."
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=message)
