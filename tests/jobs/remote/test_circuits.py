"""A connection in trouble is left alone for a while, then tried by one call."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import states
from jobs.models import ConnectionState, Job, Reason
from jobs.providers.base import Call, HeldBackError
from jobs.remote import circuits, limits
from jobs.remote.gates import ConnectionGate
from tests.support.factories import a_connection, a_job, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

OK = Call(verb="GET", seconds=0.1, status=200)
DOWN = Call(verb="GET", seconds=0.1, reason="unavailable", said="The provider answered 503.")
TOO_MANY = Call(verb="GET", seconds=0.1, reason="rate_limited", said="429", retry_after=40)
WRONG_KEY = Call(verb="GET", seconds=0.1, reason="bad_credentials", said="The provider answered 401.")
ODD_DOCUMENT = Call(verb="POST", seconds=0.1, reason="rejected", said="422")


@pytest.fixture
def connection():
    return a_connection(a_project())


def note(connection, *calls: Call) -> None:
    for call in calls:
        circuits.note(connection, call)


def call(connection) -> None:
    """What stands before each call."""
    circuits.try_out(circuits.check(connection))


def let_time_pass() -> None:
    ConnectionState.objects.update(open_until=in_seconds(-1))


def test_a_healthy_connection_leaves_no_trace(connection):
    note(connection, *[OK] * 10)
    call(connection)
    assert not ConnectionState.objects.exists()


def test_four_failures_are_borne_and_the_fifth_closes_it_off(connection):
    note(connection, *[DOWN] * 4)
    call(connection)
    note(connection, DOWN)
    with pytest.raises(HeldBackError, match="The provider answered 503") as caught:
        call(connection)
    assert 0 < caught.value.retry_after <= circuits.FIRST_COOLDOWN
    assert circuits.is_down(connection)


def test_one_good_call_in_between_starts_the_count_anew(connection):
    note(connection, *[DOWN] * 4, OK, *[DOWN] * 4)
    call(connection)


def test_after_the_cooldown_one_call_is_let_through_and_the_others_wait(connection):
    note(connection, *[DOWN] * 5)
    let_time_pass()
    call(connection)
    with pytest.raises(HeldBackError):
        call(connection)


def test_a_probe_that_succeeds_opens_it_for_all(connection):
    note(connection, *[DOWN] * 5)
    let_time_pass()
    call(connection)
    note(connection, OK)
    call(connection)
    call(connection)
    assert not circuits.is_down(connection)


def test_a_probe_that_fails_doubles_the_wait_up_to_ten_minutes(connection):
    note(connection, *[DOWN] * 5)
    cooldowns = []
    for _ in range(8):
        cooldowns.append(ConnectionState.objects.get().cooldown)
        let_time_pass()
        call(connection)
        note(connection, DOWN)
    assert cooldowns == [15, 30, 60, 120, 240, 480, 600, 600]


def test_a_probe_whose_worker_died_is_not_waited_for_for_ever(connection):
    note(connection, *[DOWN] * 5)
    let_time_pass()
    call(connection)
    ConnectionState.objects.update(probe_until=in_seconds(-1))
    call(connection)


def test_a_probe_that_the_limits_hold_back_is_left_to_the_next_call(connection):
    connection.limits = {"calls_at_once": 1}
    note(connection, *[DOWN] * 5)
    let_time_pass()
    gate = ConnectionGate(connection)
    with limits.held(connection), pytest.raises(HeldBackError, match="calls at once"), gate():
        pass
    with gate():
        assert ConnectionState.objects.get().probe_until is not None


@pytest.mark.parametrize("refusal", [TOO_MANY, WRONG_KEY], ids=["too many", "wrong key"])
def test_a_probe_that_is_refused_shows_that_somebody_is_there(connection, refusal):
    note(connection, *[DOWN] * 5)
    let_time_pass()
    call(connection)
    note(connection, refusal)
    let_time_pass()
    call(connection)
    call(connection)


def test_a_vendor_that_asks_for_a_pause_gets_it_from_everybody(connection):
    note(connection, TOO_MANY)
    with pytest.raises(HeldBackError) as caught:
        call(connection)
    assert caught.value.reason == "rate_limited"
    assert 30 < caught.value.retry_after <= 40
    assert not circuits.is_down(connection)
    let_time_pass()
    call(connection)
    call(connection)


def test_a_refused_document_says_nothing_about_the_connection(connection):
    note(connection, *[ODD_DOCUMENT] * 10)
    call(connection)
    assert not circuits.is_down(connection)


def test_a_refused_key_sends_jobs_elsewhere_but_is_tried_again_by_whoever_has_nowhere_else(connection):
    note(connection, WRONG_KEY)
    call(connection)
    assert circuits.is_down(connection)
    ConnectionState.objects.update(last_error_at=in_seconds(-circuits.REFUSAL_SECONDS - 1))
    assert not circuits.is_down(connection)


def test_mending_forgets_what_was_wrong(connection):
    note(connection, *[DOWN] * 6, WRONG_KEY)
    circuits.mend(connection)
    call(connection)
    assert not circuits.is_down(connection)
    assert ConnectionState.objects.get().last_error


def test_mending_lets_what_was_kept_back_look_again_at_once(connection):
    project = connection.project
    version = a_version(project, provider=connection.provider, connection=connection)
    kept_back, tried_again, of_another = a_job(project, version=version), a_job(project, version=version), a_job()
    for job in (kept_back, of_another):
        held = states.claim(job.pk, worker="one", lease_seconds=60)
        states.hold_back(held, reason=Reason.OUT_OF_CREDIT, message="", seconds=40_000)
    held = states.claim(tried_again.pk, worker="one", lease_seconds=60)
    states.postpone(held, reason=Reason.INTERNAL)
    circuits.mend(connection)
    assert list(Job.objects.filter(next_action_at__lte=Now())) == [kept_back]


def test_what_was_under_way_before_a_pause_was_asked_for_does_not_end_it(connection):
    note(connection, DOWN)
    first, second = ConnectionGate(connection), ConnectionGate(connection)
    with first(), second():
        second.note(TOO_MANY)
        first.note(OK)
    with pytest.raises(HeldBackError) as caught:
        call(connection)
    assert 30 < caught.value.retry_after <= 40
    let_time_pass()
    with first():
        first.note(OK)
    assert ConnectionState.objects.get().open_until is None


def test_a_good_call_ends_a_row_of_failures_also_where_others_failed_while_it_was_under_way(connection):
    note(connection, *[DOWN] * 3)
    first, second = ConnectionGate(connection), ConnectionGate(connection)
    with first(), second():
        second.note(DOWN)
        first.note(OK)
    assert ConnectionState.objects.get().failures == 0
