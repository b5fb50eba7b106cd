from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from jobs.providers.base import (
    ContractBrokenError,
    HeldBackError,
    MisconfiguredError,
    RejectedError,
    UnavailableError,
)
from jobs.providers.concurrent import ask_each, at_home, held_at_home, outcome_of


def test_every_item_comes_back_with_its_own_answer():
    assert dict(ask_each(lambda item: item * 2, range(50))) == {item: item * 2 for item in range(50)}


def test_no_more_are_asked_at_once_than_said():
    lock, now, most = threading.Lock(), [0], [0]

    def ask(_item: int) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1

    list(ask_each(ask, range(30), at_once=3))
    assert 1 < most[0] <= 3


def test_an_error_belongs_to_the_item_that_had_it():
    def ask(item: int) -> int:
        if item == 3:
            raise UnavailableError("down", reason="unavailable")
        return item

    found = dict(ask_each(ask, range(10)))
    assert isinstance(found.pop(3), UnavailableError)
    assert found == {item: item for item in range(10) if item != 3}


@pytest.mark.parametrize(
    "error",
    [
        MisconfiguredError("no key", reason="bad_credentials"),
        UnavailableError("slow down", reason="rate_limited", retry_after=7),
        HeldBackError("our own limit", reason="rate_limited"),
    ],
    ids=["key", "rate", "own limit"],
)
def test_an_error_that_speaks_for_all_ends_the_asking(error):
    asked = []

    def ask(item: int) -> int:
        asked.append(item)
        raise error

    found = dict(ask_each(ask, range(100), at_once=2))
    assert len(asked) <= 2
    assert list(found.values()) == [error] * 100


def test_answers_are_handed_over_in_the_thread_of_who_asked():
    threads = {threading.get_ident() for _item in ask_each(lambda item: item, range(9))}
    assert threads == {threading.get_ident()}


def test_what_a_call_asks_of_the_desk_is_done_in_the_thread_of_who_asked():
    threads = []

    @contextmanager
    def gate():
        threads.append(threading.get_ident())
        yield
        threads.append(threading.get_ident())

    def ask(item: int) -> int:
        with held_at_home(gate()):
            assert threading.get_ident() != first
        return at_home(lambda: threads.append(threading.get_ident()) or item)

    first = threading.get_ident()
    assert sorted(found for _item, found in ask_each(ask, range(20))) == list(range(20))
    assert threads == [first] * 60


def test_what_the_desk_refuses_is_an_error_of_the_item():
    @contextmanager
    def gate():
        raise HeldBackError("our own limit", reason="rate_limited")
        yield

    def ask(_item: int) -> None:
        with held_at_home(gate()):
            raise AssertionError

    assert {type(found) for _item, found in ask_each(ask, range(9))} == {HeldBackError}


def test_whoever_stops_listening_still_waits_for_those_who_are_at_it():
    begun, ended = [], []

    def ask(item: int) -> None:
        begun.append(item)
        time.sleep(0.01)
        at_home(lambda: ended.append(item))

    answers = ask_each(ask, range(100), at_once=4)
    next(answers)
    answers.close()
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 20


@pytest.mark.parametrize("count", [1, 5])
def test_a_mistake_of_ours_is_not_swallowed(count):
    with pytest.raises(ZeroDivisionError):
        list(ask_each(lambda item: item / 0, range(count)))


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (RejectedError("404", reason="rejected", status=404), RejectedError, "rejected"),
        (RejectedError("422", reason="rejected", status=422), UnavailableError, "rejected"),
        (MisconfiguredError("401", reason="bad_credentials", status=401), UnavailableError, "bad_credentials"),
        (UnavailableError("500", reason="unavailable", status=500), UnavailableError, "unavailable"),
        (ContractBrokenError("what", reason="contract_broken"), ContractBrokenError, "contract_broken"),
    ],
)
def test_only_a_job_that_is_gone_or_not_understood_ends_by_being_asked_for(error, kind, reason):
    outcome = outcome_of(error)
    assert (type(outcome), outcome.reason) == (kind, reason)
