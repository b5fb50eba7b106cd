from __future__ import annotations

import threading
import time

import pytest

from jobs.providers.base import (
    ContractBrokenError,
    HeldBackError,
    MisconfiguredError,
    RejectedError,
    UnavailableError,
)
from jobs.providers.concurrent import ask_each, outcome_of


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
