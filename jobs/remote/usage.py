"""What a connection did and cost, by the day in UTC, and whether its budget is used up.

Credits are counted when a document is sent, by the vendor's published price a page, and put right once the vendor says
what it took: a cap that only looked at answers would be passed by everything that is still under way."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from classifyhub.clock import database_now
from jobs.models import ConnectionDay, Job
from jobs.providers.wire import Call
from rules.capabilities import capabilities_of
from rules.models import Connection

STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # seconds; one more count for what took longer


def note(connection: Connection, call: Call) -> None:
    """Count one call."""
    with transaction.atomic():
        day = _today(connection)
        counts = day.latencies or [0] * (len(STEPS) + 1)
        counts[bisect_left(STEPS, call.seconds)] += 1
        ConnectionDay.objects.filter(pk=day.pk).update(
            requests=F("requests") + 1,
            failures=F("failures") + (1 if call.reason else 0),
            seconds=F("seconds") + call.seconds,
            latencies=counts,
        )


def reserve(connection: Connection, job: Job) -> None:
    """Count a document that is about to be sent."""
    _add(connection, credits=estimate(job, connection.provider), jobs=1)


def settle(connection: Connection, job: Job, credits_used: Decimal | None) -> None:
    """Put the count right once the vendor said what it took; where it does not, the estimate stays."""
    if credits_used is not None:
        _add(connection, credits=credits_used - estimate(job, connection.provider))


def estimate(job: Job, provider: str) -> Decimal:
    """Credits by the published price, of the pages that will be read."""
    record, version = capabilities_of(provider), job.version
    limits = (record.pages_read, version.max_pages, job.document.page_count or 1)
    return Decimal(str(record.credits_per_page)) * min(limit for limit in limits if limit is not None)


def is_over_cap(connection: Connection) -> bool:
    """Whether today's budget is used up."""
    if connection.daily_cap is None:
        return False
    spent = ConnectionDay.objects.filter(connection=connection, day=_date()).values_list("credits", flat=True).first()
    return spent is not None and spent >= connection.daily_cap


def seconds_to_midnight() -> float:
    """How long until a new day's budget, in UTC."""
    now = database_now()
    return 86_400 - (now.hour * 3_600 + now.minute * 60 + now.second)


def credits_this_month(connection: Connection) -> Decimal:
    """Since the first of the month, in UTC."""
    days = ConnectionDay.objects.filter(connection=connection, day__gte=_date().replace(day=1))
    return days.aggregate(total=Sum("credits"))["total"] or Decimal(0)


def _add(connection: Connection, *, credits: Decimal, jobs: int = 0) -> None:  # noqa: A002  # the field's word
    with transaction.atomic():
        day = _today(connection)
        ConnectionDay.objects.filter(pk=day.pk).update(credits=F("credits") + credits, jobs=F("jobs") + jobs)


def _today(connection: Connection) -> ConnectionDay:
    """Today's row, locked."""
    day = _date()
    ConnectionDay.objects.bulk_create([ConnectionDay(connection=connection, day=day)], ignore_conflicts=True)
    return ConnectionDay.objects.select_for_update().get(connection=connection, day=day)


def _date() -> date:
    return database_now().date()
