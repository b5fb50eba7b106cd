"""What a connection did and cost, by the day in UTC, and whether its budget is used up.

Credits are counted when a document is sent, by the vendor's published price a page, and put right once the vendor says
what it took: a cap that only looked at answers would be passed by everything that is still under way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date
from decimal import Decimal
from itertools import accumulate

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now, TruncDate

from classifyhub.clock import database_now
from jobs.models import ConnectionDay, Job, Reason
from jobs.plans import Plan
from jobs.providers.base import Call, HeldBackError
from rules.models import Connection

STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # seconds; one more count for what took longer
TODAY = TruncDate(Now(), tzinfo=UTC)


def note(connection: Connection, call: Call) -> None:
    """Count one call."""
    with transaction.atomic():
        day = _locked(connection)
        counts = day.latencies or [0] * (len(STEPS) + 1)
        counts[bisect_left(STEPS, call.seconds)] += 1
        ConnectionDay.objects.filter(pk=day.pk).update(
            requests=F("requests") + 1,
            failures=F("failures") + (1 if call.reason else 0),
            seconds=F("seconds") + call.seconds,
            latencies=counts,
        )


def reserve(connection: Connection, *jobs: Job) -> None:
    """Count documents that are about to be sent. Raises ``HeldBackError`` when others used up the day's budget since it
    was looked at."""
    with transaction.atomic():
        day = _locked(connection)
        if connection.daily_cap is not None and day.credits >= connection.daily_cap:
            raise used_up(retry_after=seconds_to_midnight())
        _add(day, credits=_price(connection, jobs), jobs=len(jobs))


def give_back(connection: Connection, *jobs: Job) -> None:
    """The vendor took none of these, which were all reserved together."""
    with transaction.atomic():
        day = _locked(connection, _day_of(jobs[0]))
        _add(day, credits=-_price(connection, jobs), jobs=-min(len(jobs), day.jobs))


def settle(connection: Connection, job: Job, credits_used: Decimal | None) -> None:
    """Put the count right once the vendor said what it took, on the day that it was sent; where it does not say, the
    estimate stays."""
    if credits_used is not None:
        with transaction.atomic():
            day = _locked(connection, _day_of(job))
            _add(day, credits=credits_used - estimate(job, connection.provider))


def has_answered(connection: Connection) -> bool:
    """Whether it ever answered as it should."""
    return ConnectionDay.objects.filter(connection=connection, requests__gt=F("failures")).exists()


def note_quota(connection: Connection, left: int) -> None:
    """Keep what the vendor said that the account has left."""
    with transaction.atomic():
        ConnectionDay.objects.filter(pk=_locked(connection).pk).update(quota_left=left)


def quota_left(connection: Connection) -> int | None:
    """What it said last; null where it never said anything."""
    said = ConnectionDay.objects.filter(connection=connection, quota_left__isnull=False).order_by("-day")
    return said.values_list("quota_left", flat=True).first()


def used_up(*, retry_after: float) -> HeldBackError:
    """The day's budget does not carry it."""
    said = "Today's budget of the connection is used up."
    return HeldBackError(said, reason=Reason.OUT_OF_CREDIT, retry_after=retry_after)


def count_affordable(connection: Connection, jobs: Sequence[Job]) -> int:
    """How many of these, from the first, may be sent before the day's budget is reached; one at least."""
    if connection.daily_cap is None:
        return len(jobs)
    left = connection.daily_cap - _spent(connection)
    spent = accumulate(estimate(job, connection.provider) for job in jobs)
    return max(1, sum(before < left for before in (Decimal(0), *spent)[: len(jobs)]))


def estimate(job: Job, provider: str) -> Decimal:
    """Credits by the published price in the version's mode, of the pages that will be read."""
    plan, document = Plan(job.version, provider), job.document
    return Decimal(str(plan.price)) * plan.count_pages(document.page_count or 1, media_type=document.media_type)


def is_over_cap(connection: Connection) -> bool:
    """Whether today's budget is used up."""
    return connection.daily_cap is not None and _spent(connection) >= connection.daily_cap


def seconds_to_midnight() -> float:
    """How long until a new day's budget, in UTC."""
    now = database_now()
    return 86_400 - (now.hour * 3_600 + now.minute * 60 + now.second)


def _spent(connection: Connection) -> Decimal:
    today = ConnectionDay.objects.filter(connection=connection, day=TODAY)
    return today.values_list("credits", flat=True).first() or Decimal(0)


def _price(connection: Connection, jobs: Sequence[Job]) -> Decimal:
    return sum((estimate(job, connection.provider) for job in jobs), Decimal(0))


def _day_of(job: Job) -> date | None:
    """The day that its budget was taken from; null for today."""
    return job.submission.intent_at.date() if job.submission else None


def _add(day: ConnectionDay, *, credits: Decimal, jobs: int = 0) -> None:  # noqa: A002  # the field's word
    ConnectionDay.objects.filter(pk=day.pk).update(credits=F("credits") + credits, jobs=F("jobs") + jobs)


def _locked(connection: Connection, day: date | None = None) -> ConnectionDay:
    """That day's row, or today's, locked."""
    rows = ConnectionDay.objects.select_for_update()
    found = rows.filter(connection=connection, day=day or TODAY).first()
    if found is None:  # the first of its day
        day = day or _date()
        ConnectionDay.objects.bulk_create([ConnectionDay(connection=connection, day=day)], ignore_conflicts=True)
        found = rows.get(connection=connection, day=day)
    return found


def _date() -> date:
    return database_now().date()
