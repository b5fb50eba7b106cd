"""Guessing is slowed down, by whom and from wherever it comes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifyhub.accounts import housekeeping, throttle
from classifyhub.accounts.models import LoginAttempt

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def fail(times, email="dana@example.org", address=HOME):
    for _ in range(times):
        assert throttle.enter(email, address) == 0


def some_minutes_later(minutes):
    """Move what happened into the past, which is the same."""
    for attempt in LoginAttempt.objects.all():
        LoginAttempt.objects.filter(pk=attempt.pk).update(at=attempt.at - timedelta(minutes=minutes))


def test_five_failures_are_free_and_the_sixth_waits_up_to_ten_minutes():
    fail(5)
    assert 590 <= throttle.enter("dana@example.org", HOME) <= 600


def test_the_wait_shrinks_as_time_passes_and_ends():
    fail(5)
    some_minutes_later(7)
    assert 170 <= throttle.enter("dana@example.org", HOME) <= 180
    some_minutes_later(3)
    assert throttle.enter("dana@example.org", HOME) == 0


def test_being_told_to_wait_does_not_make_the_wait_longer():
    fail(5)
    some_minutes_later(9)
    for _ in range(10):
        assert throttle.enter("dana@example.org", HOME) <= 60


def test_other_spellings_of_an_e_mail_count_as_the_same():
    fail(5, email="Dana@Example.org")
    assert throttle.enter(" dana@EXAMPLE.org", HOME)


def test_somebody_else_at_the_same_address_is_not_held_up():
    fail(5)
    assert throttle.enter("ines@example.org", HOME) == 0


def test_a_few_failures_elsewhere_do_not_shut_a_person_out():
    fail(5, address=AWAY)
    assert throttle.enter("dana@example.org", HOME) == 0


def test_thirty_failures_on_one_e_mail_from_everywhere_do():
    for number in range(30):
        fail(1, address=f"192.0.2.{number}")
    assert throttle.enter("dana@example.org", AWAY)


def test_a_hundred_failures_of_one_address_over_many_e_mails_do_too():
    for number in range(100):
        fail(1, email=f"person{number}@example.org")
    assert throttle.enter("dana@example.org", HOME)
    assert throttle.enter("dana@example.org", AWAY) == 0


def test_after_a_log_in_the_count_starts_anew():
    fail(5)
    throttle.forget("DANA@example.org")
    fail(5)


def test_an_attempt_without_a_known_address_is_counted_as_well():
    fail(5, address=None)
    LoginAttempt.objects.filter(address__isnull=False).delete()
    assert LoginAttempt.objects.count() == 5


@pytest.mark.parametrize("email", ["", "x" * 5000, "\N{LATIN SMALL LETTER SHARP S}" * 254])
def test_any_text_can_stand_where_an_e_mail_should(email):
    fail(5, email=email)
    assert throttle.enter(email, HOME)


def test_attempts_are_forgotten_after_a_day():
    fail(1)
    LoginAttempt.objects.update(at=timezone.now() - timedelta(hours=25))
    fail(1, email="ines@example.org")
    housekeeping.forget_expired()
    assert LoginAttempt.objects.get().email_folded == "ines@example.org"
