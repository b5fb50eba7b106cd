"""One job from claim to answer. Called by the tasks; runs in a worker.

Local work answers within the claim. A remote call is split: the intent is written, the document sent, the acceptance
written, and the job let go; ``jobs.polling`` brings the answer home. The named failpoints are where a crash is most
telling; tests stop a worker there.
"""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from jobs import failpoints, outcomes, providers_registry, runs, sending, states
from jobs.models import Job, Reason, Status, Submission
from jobs.models.runs import JobQuerySet
from jobs.providers.base import (
    Accepted,
    HeldBackError,
    MisconfiguredError,
    ProviderError,
    Reply,
    WrongAddressError,
)
from jobs.remote import circuits, copies, routing, usage
from jobs.remote.routing import Route
from rules.models import Connection

logger = logging.getLogger(__name__)

LOCAL_LEASE_SECONDS = 120  # above the hard time limit of a `local` task, so that a live worker never loses its job
CALL_LEASE_SECONDS = 300
MOST_WAITING = 2_000  # that are counted to tell how long the queue is
MOST_A_SECOND = 20  # of those that waited together, where the connection's own limits say nothing


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
        elif job.submission is not None and is_in_doubt(job, job.submission):
            _look_up(job, job.submission)
        elif states.postpone(job, reason=reason, message=message) == Status.FAILED:
            copies.let_go(job, routing.route_of(job).connection)
    except states.LostRaceError:
        return


def settle_doubt(submission_id: int) -> None:
    """Look up what became of a submission whose worker was lost, for all documents that went out with it. One that is
    settled already is left alone."""
    held = Job.objects.filter(submission_id=submission_id, status=Status.RUNNING, lease_until__isnull=False)
    job = held.select_related(*states.RELATED).first()
    if job is not None and job.submission is not None and is_in_doubt(job, job.submission):
        _look_up(job, job.submission)
        runs.finish_if_done(job.run_id)


def is_in_doubt(job: Job, submission: Submission) -> bool:
    """Whether the provider may have it, and would not know it again if it were sent once more."""
    return submission.is_uncertain and not submission.remote_id and not routing.route_of(job).capabilities.idempotent


def worker_name() -> str:
    """Host and process, as the events and the operator page show it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _work(job: Job, *, lease_seconds: float) -> None:
    route = None
    if job.submission is not None and is_in_doubt(job, job.submission):
        _look_up(job, job.submission)
        return
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
        record_failure(job, error, route=route)
        return
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        store_reply(job, outcome)
        failpoints.hit("after_store")


def _work_group(first: Job, route: Route, *, lease_seconds: float) -> None:
    """Take along what else is due under the same version, as far as one call carries it. A document that was sent
    alone before, with an outcome in doubt, is not claimed here: it waits for a person."""
    jobs = [first, *states.claim_like(first, most=route.capabilities.group_size - 1, worker=worker_name())]
    try:
        _send_group(jobs, route, lease_seconds=lease_seconds)
    except states.LostRaceError:
        logger.info("group given up meanwhile", extra={"job": str(first.uid)})
    except Exception as error:
        for job in jobs[1:]:  # whoever claimed the first looks after it
            recover(job, reason=Reason.INTERNAL, message=type(error).__name__)
        raise
    for run_id in {job.run_id for job in jobs}:
        runs.finish_if_done(run_id)


def _send_group(jobs: Sequence[Job], route: Route, *, lease_seconds: float) -> None:
    try:
        provider = providers_registry.build(route, jobs[0])
        refused = sending.send_group(jobs, provider, route, lease_seconds=lease_seconds)
    except ProviderError as error:
        refused = dict.fromkeys((job.pk for job in jobs), error)
    for job in jobs:
        if job.pk in refused:
            with suppress(states.LostRaceError):
                record_failure(job, refused[job.pk], route=route)


def store_reply(job: Job, reply: Reply) -> None:
    """Keep a final answer; one that cannot be kept fails the job instead. What it cost is written down with it, once,
    also when it came too late; then ``LostRaceError`` is raised."""
    was = job.status, job.reason
    try:
        with transaction.atomic():
            _close(job, reply)
            _store(job, reply)
    except states.LostRaceError:
        _close(job, reply)
        raise
    except Exception:
        job.status, job.reason = was  # undone with all the rest; who recovers the job goes by it
        raise


def _store(job: Job, reply: Reply) -> None:
    objection = outcomes.objection_to(reply, job.version)
    if objection:
        outcomes.store_failure(job, reason=Reason.CONTRACT_BROKEN, message=objection)
    else:
        outcomes.store(job, reply)


def _close(job: Job, reply: Reply) -> None:
    """An answer is in. A submission of several documents costs what all of them cost."""
    submission, credits_used = job.submission, outcomes.credits_of(reply)
    if submission is None:
        return
    known = F("credits") + credits_used if credits_used is not None else F("credits")
    cost = Case(When(credits__isnull=True, then=Value(credits_used)), default=known)
    Submission.objects.filter(pk=submission.pk).update(closed_at=Now(), credits=cost)
    copies.let_go(job, submission.connection)
    if submission.connection is not None:
        usage.settle(submission.connection, job, credits_used)


def record_failure(job: Job, error: ProviderError, *, route: Route | None = None) -> None:
    """An error on the way to a provider becomes the job's next state: later, outcome unknown, elsewhere, or failed."""
    route = route or routing.route_of(job)
    if isinstance(error, WrongAddressError) and route.connection is not None:
        error = _close_off(route.connection, error, idempotent=route.capabilities.idempotent)
    if isinstance(error, HeldBackError):
        seconds = _spread(job, error, route)
        states.hold_back(job, reason=error.reason, message=str(error), seconds=seconds)
    elif error.was_sent is None and not route.capabilities.idempotent:
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=str(error))
    elif error.is_transient or (isinstance(error, MisconfiguredError) and routing.can_go_elsewhere(job, route)):
        states.postpone(job, reason=error.reason, message=str(error), retry_after=error.retry_after)
    else:
        outcomes.store_failure(job, reason=error.reason, message=str(error))
    if job.status == Status.FAILED and job.reason != Reason.OUTCOME_UNKNOWN:  # whose copy may yet lead to it
        copies.let_go(job, route.connection)


def _close_off(connection: Connection, error: WrongAddressError, *, idempotent: bool) -> ProviderError:
    """Where the address is wrong nobody is to call there, and no document is to suffer for it. A web page in place of
    an answer may also come from a proxy on the way: it tells only where nothing else ever came."""
    is_page = error.status is not None and error.status < HTTPStatus.MULTIPLE_CHOICES
    if is_page and usage.has_answered(connection):
        return error
    seconds = circuits.close_off(connection, str(error))
    if error.was_sent is None and not idempotent:
        return error
    return HeldBackError(str(error), reason=Reason.UNAVAILABLE, retry_after=seconds)


def _spread(job: Job, error: HeldBackError, route: Route) -> float:
    """When to ask again: not all who wait at the same moment, but as the connection will take them, or this desk."""
    limits = route.connection.limits if route.connection else {}
    by_rate, by_place = limits.get("calls_per_minute", 0) / 60, limits.get("calls_at_once", 0) * 2
    a_second = min(by_rate or MOST_A_SECOND, by_place or MOST_A_SECOND, MOST_A_SECOND)
    waiting = waiting_like(job)[:MOST_WAITING].count()
    return (error.retry_after or 1.0) + random.uniform(0, 1 + waiting / a_second)  # noqa: S311  # spreads, hides nothing


def waiting_like(job: Job) -> JobQuerySet:
    """The queued jobs of its version, found among the open ones alone."""
    return Job.objects.filter(
        project_id=job.project_id, next_action_at__isnull=False, version_id=job.version_id, status=Status.PENDING
    )


def _look_up(job: Job, submission: Submission) -> None:
    """Ask once for all documents of a submission; those that somebody settled meanwhile are left alone."""
    held = Job.objects.filter(submission=submission, status=Status.RUNNING, lease_until__isnull=False)
    jobs = list(held.select_related("submission"))
    if job.pk not in {one.pk for one in jobs}:
        return
    try:
        found = providers_registry.provider_for(job).find(submission.idempotency_key)
    except ProviderError:
        found = None  # a person looks again once the provider answers
    for one in jobs:
        with suppress(states.LostRaceError):
            _settle_doubt(one, found)


def _settle_doubt(job: Job, found: Accepted | None) -> None:
    if found:
        sending.accept(job, found)
    else:
        message = "It broke off while sending. The provider may have it."
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=message)
