"""How often, and how many times at once, all workers together call a connection. On PostgreSQL with Redis the same
tests count in Redis."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import redis as redis_client
from django.conf import settings

from classifyhub.clock import in_seconds
from jobs.models import CallSlot, RateLimit
from jobs.providers.base import HeldBackError
from jobs.remote import limits
from tests.support.factories import a_connection, a_project
from tests.support.races import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def limited(**numbers):
    return a_connection(a_project(), limits=numbers)


def call(connection) -> None:
    with limits.held(connection):
        pass


def test_a_connection_without_limits_is_called_freely():
    connection = limited()
    for _ in range(50):
        call(connection)
    assert not RateLimit.objects.exists()


def test_a_burst_passes_and_then_the_rate_holds():
    connection = limited(calls_per_minute=60)
    for _ in range(3):
        call(connection)
    with pytest.raises(HeldBackError) as caught:
        call(connection)
    assert caught.value.reason == "rate_limited"
    assert 0 < caught.value.retry_after <= 1


def test_a_slow_rate_lets_one_through_at_a_time():
    connection = limited(calls_per_minute=1)
    call(connection)
    with pytest.raises(HeldBackError) as caught:
        call(connection)
    assert 50 < caught.value.retry_after <= 60


def test_the_rates_of_two_connections_are_their_own():
    one, other = limited(calls_per_minute=1), limited(calls_per_minute=1)
    call(one)
    call(other)


def test_many_workers_at_once_do_not_exceed_the_rate():
    connection = limited(calls_per_minute=60)
    outcomes = race(*[lambda: call(connection)] * 12)
    assert [type(outcome) for outcome in outcomes if outcome].count(
        HeldBackError
    ) >= 12 - 4  # one may fall due meanwhile
    assert outcomes.count(None) >= 3


def test_as_many_calls_at_once_as_agreed_and_no_more():
    connection = limited(calls_at_once=2)
    with ExitStack() as open_calls:
        open_calls.enter_context(limits.held(connection))
        open_calls.enter_context(limits.held(connection))
        with pytest.raises(HeldBackError, match="at most 2 calls at once"):
            call(connection)
    call(connection)


def test_a_call_that_fails_gives_its_place_back():
    connection = limited(calls_at_once=1)
    with pytest.raises(ZeroDivisionError), limits.held(connection):
        raise ZeroDivisionError
    call(connection)


def test_a_call_that_is_refused_by_the_rate_gives_its_place_back():
    connection = limited(calls_at_once=1, calls_per_minute=1)
    call(connection)
    with pytest.raises(HeldBackError, match="times a minute"):
        call(connection)
    with pytest.raises(HeldBackError, match="times a minute"):
        call(connection)


def test_the_place_of_a_dead_worker_is_free_in_time():
    connection = limited(calls_at_once=1, deadline=10)
    never_left = limits.held(connection)
    never_left.__enter__()
    with pytest.raises(HeldBackError):
        call(connection)
    let_it_run_out(connection)
    call(connection)


def let_it_run_out(connection) -> None:
    if settings.CELERY_BROKER_URL.startswith("redis"):
        key = f"classifyhub:slots:{connection.uid}"
        client = redis_client.Redis.from_url(settings.CELERY_BROKER_URL)
        client.zadd(key, dict.fromkeys(client.zrange(key, 0, -1), 1))
        client.close()
    else:
        CallSlot.objects.update(until=in_seconds(-1))
