"""Bringing answers home: one loop per connection asks for everything that is due, up to 100 documents a call.

Nobody waits for one document: one thread per connection waits for whatever is due next. The loop ends when that is not
before the next sweep, which starts it again.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from classifyhub.clock import database_now, in_seconds
from classifyhub.text import clean_line
from jobs import failpoints, leases, outcomes, pipeline, providers_registry, runs, sending, states, storing
from jobs.models import Job, Reason, Status
from jobs.models.runs import JobQuerySet
from jobs.providers.base import Outcome, Pending, ProviderError, Reply, StillWaiting, UnavailableError
from jobs.remote import copies, hooks, routing

logger = logging.getLogger(__name__)

BATCH = 100
LOOP_SECONDS = 25
LEASE_SECONDS = 60
SLOWEST_SECONDS = 30
# The loop waits for what is due by then; what comes later is left to the next sweep.
AHEAD_SECONDS = 10
PAUSES = (0.25, 0.5)  # the least keeps calls together, the most is how late what was put off elsewhere may find us
LISTEN_EVERY = 0.05  # for reports; each time is a query
# A provider that has not answered by then has lost the document, and a run must end some day.
GIVE_UP_SECONDS = 86_400
# What the jobs of a batch have in common. A join would build, and decrypt, it anew for every one of them.
SHARED = ("run", "version", "submission__connection")
# What is looked at in every job that is asked for, most of which are asked for again; the rest is loaded where needed.
LOOKED_AT = (
    *("uid", "project_id", "run_id", "document_id", "version_id", "submission_id", "submission_number"),
    *("status", "reason", "attempt", "started_at"),
    *(f"document__{name}" for name in ("name", "media_type", "page_count", "blob_id", "deleted_at")),
    "document__blob__sha256",
    *(f"submission__{name}" for name in ("provider", "connection_id", "remote_id")),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a provider said of one document that it has had for ``age`` seconds."""

    job: Job
    outcome: Outcome
    age: float

    @property
    def is_open(self) -> bool:
        """Whether to look again."""
        is_over = isinstance(self.outcome, Reply) or (
            isinstance(self.outcome, ProviderError) and not self.outcome.is_transient
        )
        return not is_over and self.age <= GIVE_UP_SECONDS


def poll(provider: str, connection_id: int | None) -> bool:
    """Poll this connection until nothing is due before the next sweep or 25 s have gone by; whether there is more to
    poll at once. Does nothing where another worker already does it."""
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


def interval_at(age: float) -> float:
    """Seconds until the next look at a document that the provider has had for ``age`` seconds: a quarter of that,
    between one second and thirty."""
    return max(1.0, min(age / 4, SLOWEST_SECONDS))


def _loop(provider: str, connection_id: int | None) -> bool:
    ends_at = time.monotonic() + LOOP_SECONDS
    while time.monotonic() < ends_at:
        reported = hooks.last_report(connection_id)
        due = waiting_jobs(provider, connection_id)
        poll_batch(due)
        if len(due) == BATCH:
            continue  # there are more
        seconds = _seconds_to_next(provider, connection_id)
        if seconds is None or seconds > AHEAD_SECONDS:
            return False
        _rest(min(max(seconds, PAUSES[0]), PAUSES[1]), connection_id, reported)
    return True


def _rest(seconds: float, connection_id: int | None, reported: int | None) -> None:
    """Wait, where a vendor reports until its next word at most: documents that are sent together are done together, and
    the reports of all but the first come while the first is brought home."""
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        if reported is not None and hooks.last_report(connection_id) != reported:
            return
        time.sleep(left if reported is None else min(left, LISTEN_EVERY))


def _seconds_to_next(provider: str, connection_id: int | None) -> float | None:
    """Until something is due, negative when it is already; none when nothing is accepted."""
    dues = _accepted(provider, connection_id).order_by("next_action_at").values_list("next_action_at", flat=True)
    due = dues.first()
    return None if due is None else (due - database_now()).total_seconds()


def _accepted(provider: str, connection_id: Any) -> JobQuerySet:
    return Job.objects.filter(
        status=Status.RUNNING,
        lease_until__isnull=True,
        submission__remote_id__isnull=False,
        submission__provider=provider,
        submission__connection_id=connection_id,
    )


def poll_batch(due: Sequence[tuple[int, str]]) -> None:
    """Ask for these, and keep what is said of each."""
    waiting = _pending(_load([job_id for job_id, _remote_id in due]), due)
    if not waiting:
        return
    looks = _look(waiting)
    _look_again([look for look in looks if look.is_open])  # first: their time runs from the vendor's word on
    for look in _store_together([look for look in looks if not look.is_open]):
        _take(look.job, look.outcome)
    for run_id in {look.job.run_id for look in looks if not look.is_open}:
        runs.finish_if_done(run_id)


def _load(keys: Sequence[int]) -> dict[int, Job]:
    jobs = Job.objects.select_related("document__blob", "submission")
    if len(keys) == 1:
        return jobs.select_related(*SHARED).in_bulk(keys)
    return jobs.prefetch_related(*SHARED).only(*LOOKED_AT).in_bulk(keys)


def _look(waiting: Sequence[tuple[Job, Pending]]) -> list[Look]:
    answers, now = _ask(waiting), database_now()
    return [
        Look(
            job,
            answers.get(pending.request.idempotency_key, StillWaiting()),
            (now - job.started_at).total_seconds() if job.started_at else 0.0,
        )
        for job, pending in waiting
    ]


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


def _store_together(over: Sequence[Look]) -> list[Look]:
    """Keep all plain answers at once; those that are left to be taken one by one."""
    replies = [(look.job, look.outcome) for look in over if isinstance(look.outcome, Reply)]
    together = {job.pk: (job, reply) for job, reply in storing.part(replies)[0]} if len(replies) > 1 else {}
    if not together:
        return list(over)
    failpoints.hit("before_store")
    try:
        storing.store(list(together.values()))
    except Exception as error:  # noqa: BLE001  # one by one it shows whose it is, and the others are kept
        logger.info("answers stored one by one", extra={"error": type(error).__name__})
        return list(over)
    failpoints.hit("after_store")
    return [look for look in over if look.job.pk not in together]


def _take(job: Job, outcome: Outcome) -> None:
    """One document's last word. An error that nobody expected fails this one, not all that are polled with it."""
    try:
        _take_outcome(job, outcome)
    except states.LostRaceError:
        return  # cancelled or answered meanwhile
    except Exception as error:
        logger.exception("polled answer not stored", extra={"job": str(job.uid)})
        _fail(job, reason=Reason.INTERNAL, message=type(error).__name__)


def _take_outcome(job: Job, outcome: Outcome) -> None:
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        pipeline.store_reply(job, outcome)
        failpoints.hit("after_store")
    elif isinstance(outcome, ProviderError) and not outcome.is_transient:
        copies.let_go(job, routing.route_of(job).connection)
        outcomes.store_failure(job, reason=outcome.reason, message=str(outcome))
    else:
        outcomes.store_failure(job, reason=Reason.TIMED_OUT, message="The provider has not answered for a day.")


def _look_again(looks: Sequence[Look]) -> None:
    """Wait as long as their age says, or the vendor asks. They stay the same attempt; what keeps them is told to
    people. Those that wait alike, to half a second, are written in one statement."""
    alike: defaultdict[tuple[float, str, str, int], list[int]] = defaultdict(list)
    for look in looks:
        outcome, is_error = look.outcome, isinstance(look.outcome, ProviderError)
        reason = outcome.reason if isinstance(outcome, ProviderError) else Reason.WAITING.value
        seconds = max(_round(interval_at(look.age)), getattr(outcome, "retry_after", None) or 0.0)
        alike[seconds, reason, str(outcome) if is_error else "", look.job.attempt].append(look.job.pk)
    for (seconds, reason, said, attempt), keys in alike.items():
        Job.objects.filter(pk__in=keys, status=Status.RUNNING, attempt=attempt).update(
            next_action_at=in_seconds(seconds), reason=reason, error_message=clean_line(said, max_length=500)
        )


def _round(seconds: float) -> float:
    return math.floor(seconds * 2) / 2


def _fail(job: Job, *, reason: str, message: str) -> None:
    """Whatever the work that broke off has made of ``job`` in memory: what counts is the row."""
    row = Job.objects.filter(pk=job.pk, attempt=job.attempt).first()
    if row is None:
        return
    with suppress(states.LostRaceError):
        states.fail(row, reason=reason, message=message)
