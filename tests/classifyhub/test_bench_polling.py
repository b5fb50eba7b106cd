"""What the benchmark of polling counts, and the vendor that it counts at. It runs as a whole in test_bench.py."""

from __future__ import annotations

import time

import pytest

from classifyhub.bench.figures import percentile
from classifyhub.bench.polling import Course, Spent, _figures
from classifyhub.bench.vendors import Times, running_vendor


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile(reversed(range(1, 101)), share) == value


def a_course(*, jobs=10, requests=10, processor=0.1, late=1.0) -> Course:
    """Jobs that took the vendor eight seconds each, brought home ``late`` seconds after."""
    times = {str(number): Times(accepted_at=100.0, ended_at=108.0) for number in range(jobs)}
    home = dict.fromkeys(times, 108.0 + late)
    return Course(jobs, Spent(processor=processor, wall=9.0, home=home), requests, times)


def test_what_came_home_is_late_by_our_interval_at_the_age_it_had():
    assert list(a_course(jobs=1, late=3.0).late()) == [(3.0, 1.5)]


def test_what_was_through_before_anybody_asked_is_not_waited_for():
    course = a_course(jobs=1)
    at_once = Course(1, course.spent, 1, {"0": Times(accepted_at=100.0, ended_at=100.01)})
    assert list(at_once.late()) == []


@pytest.mark.parametrize(("requests", "verdict"), [(2, True), (3, False)])
def test_the_aims_are_held_against_the_sdk_as_it_is_meant(requests, verdict):
    ours, sdk = a_course(requests=requests), a_course(requests=100)
    found = list(_figures(ours, ours, alone=a_course(), each=sdk, pool=a_course()))
    judged = [figure.is_met for figure in found if figure.name == "requests a job"]
    assert judged == [verdict, None, None]


def test_the_vendor_says_when_its_jobs_were_through_and_how_often_it_was_asked():
    with running_vendor("llamacloud", latency=0.0) as vendor:
        ids = vendor.launch(5, least=0.2, most=0.4, ready=0.4)
        while any(times.ended_at is None for times in vendor.times().values()):
            time.sleep(0.05)
        own = {job: times.own for job, times in vendor.times().items()}
        assert set(own) == set(ids)
        assert min(own.values()) < 0.2 <= max(own.values())
        assert vendor.requests() == 0
        again = vendor.launch(1, least=0.2, most=0.4, ready=0.4)
        assert set(vendor.times()) == set(again)
