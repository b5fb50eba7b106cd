"""How often, and how many times at once, a connection is called by all workers together.

Counted in Redis where that is the broker, else in the database. The rate is a virtual schedule (GCRA): each call moves
the time at which the connection is free again, and may come a little before it, so that a short burst passes."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import CallSlot, RateLimit, Reason
from jobs.providers.base import HeldBackError
from rules.models import Connection

BURST_SECONDS = 3.0  # so much of the rate may be used at once
SLOT_WAIT = 1.0
STORE_AWAY_WAIT = 5.0
LONGEST_CALL = 480.0  # of any provider whose connection names no deadline
SLOT_SECONDS_MORE = 30  # beyond the longest call, after which a slot of a dead worker is free again


class StoreAwayError(Exception):
    """Where calls are counted cannot be reached."""


class Counter(Protocol):
    """Where calls are counted."""

    def wait_for_rate(self, connection: Connection, *, interval: float, ahead: float) -> float:
        """Count one call, and return 0; or count none, and return for how many seconds to wait."""

    def take_slot(self, connection: Connection, *, most: int, seconds: float) -> Any:
        """One of ``most`` calls at once; null when all are taken."""

    def free_slot(self, connection: Connection, slot: Any) -> None:
        """Give it back."""


@contextmanager
def held(connection: Connection) -> Iterator[None]:
    """One call within the limits of ``connection``. Raises ``HeldBackError`` when it has to wait."""
    most = connection.limits.get("calls_at_once")
    counter = _counter()
    slot = _take_slot(counter, connection, most) if most else None
    try:
        _count(counter, connection)
        yield
    finally:
        if slot is not None:
            _free(counter, connection, slot)


def _count(counter: Counter, connection: Connection) -> None:
    a_minute = connection.limits.get("calls_per_minute")
    if not a_minute:
        return
    interval = 60 / a_minute
    try:
        wait = counter.wait_for_rate(connection, interval=interval, ahead=max(0.0, BURST_SECONDS - interval))
    except StoreAwayError as error:
        raise _store_away() from error
    if wait:
        said = f"This connection is called at most {a_minute} times a minute."
        raise HeldBackError(said, reason=Reason.RATE_LIMITED, retry_after=wait)


def _take_slot(counter: Counter, connection: Connection, most: int) -> Any:
    try:
        slot = counter.take_slot(connection, most=most, seconds=_longest_call(connection) + SLOT_SECONDS_MORE)
    except StoreAwayError as error:
        raise _store_away() from error
    if slot is None:
        said = f"This connection has at most {most} calls at once."
        raise HeldBackError(said, reason=Reason.RATE_LIMITED, retry_after=SLOT_WAIT)
    return slot


def _free(counter: Counter, connection: Connection, slot: Any) -> None:
    try:
        counter.free_slot(connection, slot)
    except StoreAwayError:
        return  # it frees itself in time


def _store_away() -> HeldBackError:
    said = "Calls cannot be counted while Redis is away."
    return HeldBackError(said, reason=Reason.RATE_LIMITED, retry_after=STORE_AWAY_WAIT)


def _longest_call(connection: Connection) -> float:
    return float(connection.limits.get("deadline") or LONGEST_CALL)


class DatabaseCounter:
    """For an embedded desk: rows, moved by compare-and-set under the database's clock."""

    def wait_for_rate(self, connection: Connection, *, interval: float, ahead: float) -> float:
        while True:
            kept, now = self._free_at(connection)
            free = max(kept, now)
            wait = (free - now).total_seconds() - ahead
            if wait > 0:
                return wait
            moved = free + timedelta(seconds=interval)
            if RateLimit.objects.filter(connection=connection, free_at=kept).update(free_at=moved):
                return 0.0

    def _free_at(self, connection: Connection) -> tuple[datetime, datetime]:
        """When it is free again, and now."""
        times: Any = RateLimit.objects.filter(connection=connection).values_list("free_at", Now())
        found: tuple[datetime, datetime] | None = times.first()
        if found is None:  # its first call
            row = RateLimit(connection=connection, free_at=in_seconds(0))
            RateLimit.objects.bulk_create([row], ignore_conflicts=True)
            return times.get()  # type: ignore[no-any-return]
        return found

    def take_slot(self, connection: Connection, *, most: int, seconds: float) -> Any:
        slots = CallSlot.objects.filter(connection=connection, number__lt=most)
        slot = self._take(slots, seconds=seconds)
        if slot is None and self._make(slots, connection, most=most):
            slot = self._take(slots, seconds=seconds)
        return slot

    def _take(self, slots: QuerySet[CallSlot], *, seconds: float) -> Any:
        free: Any = slots.filter(until__lte=Now()).order_by("number").values_list("pk", "until", Now())
        for pk, was_until, now in free:
            until = now + timedelta(seconds=seconds)
            if CallSlot.objects.filter(pk=pk, until=was_until).update(until=until):
                return pk, until
        return None

    def _make(self, slots: QuerySet[CallSlot], connection: Connection, *, most: int) -> bool:
        """Whether there were fewer than there may be."""
        if slots.count() >= most:
            return False
        rows = [CallSlot(connection=connection, number=number, until=in_seconds(-1)) for number in range(most)]
        CallSlot.objects.bulk_create(rows, ignore_conflicts=True)
        return True

    def free_slot(self, connection: Connection, slot: Any) -> None:
        pk, until = slot
        CallSlot.objects.filter(pk=pk, until=until).update(until=in_seconds(-1))


def _counter() -> Counter:
    url = settings.CELERY_BROKER_URL
    return _redis_counter(url) if url.startswith(("redis://", "rediss://")) else DatabaseCounter()


@functools.cache
def _redis_counter(url: str) -> Counter:
    from jobs.remote.redis_counter import RedisCounter  # noqa: PLC0415 - an embedded desk never loads Redis: 6 MB each

    return RedisCounter(url)
