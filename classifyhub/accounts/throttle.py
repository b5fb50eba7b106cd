"""Guessing passwords is slowed down: after some failures nobody is let in for a while, right password or not.

Failures are counted whether or not the e-mail belongs to anybody, so the answer tells nothing about who exists.
Behind a proxy that is not said to be trusted (``addresses``), as in an office, all people share one address, so the
limit on an address alone is set high.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from classifyhub.accounts.models import LoginAttempt
from classifyhub.clock import database_now, in_seconds
from classifyhub.text import fold

WINDOW_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``failures`` in the window that agree in ``fields``."""

    fields: tuple[str, ...]
    failures: int


LIMITS = (
    Limit(("email_folded", "address"), 5),  # one machine guesses one password, or somebody forgot theirs
    Limit(("email_folded",), 30),  # many machines guess one password; higher, so that few cannot shut a person out
    Limit(("address",), 100),  # one machine tries many people
)


def enter(email: str, address: str | None) -> int:
    """Note an attempt before its password is looked at; the seconds to wait when there were too many, else 0. Noted
    first, so that a burst of requests at once gets no more guesses than one after the other. An attempt that is told
    to wait is not counted."""
    attempt = LoginAttempt.objects.create(email_folded=fold(email)[:254], address=address)
    recent = LoginAttempt.objects.filter(at__gte=in_seconds(-WINDOW_SECONDS))
    wait = max(_seconds_left(recent, attempt, limit) for limit in LIMITS)
    if wait:
        attempt.delete()
    return wait


def forget(email: str) -> None:
    """The person is in: their failures no longer count."""
    LoginAttempt.objects.filter(email_folded=fold(email)[:254]).delete()


def _seconds_left(recent: QuerySet[LoginAttempt], attempt: LoginAttempt, limit: Limit) -> int:
    alike = recent.filter(**{field: getattr(attempt, field) for field in limit.fields})
    times = alike.order_by("-at", "-pk").values_list("at", flat=True)
    blocking = next(iter(times[limit.failures : limit.failures + 1]), None)  # the attempt itself is the first
    if blocking is None:
        return 0
    left = blocking + timedelta(seconds=WINDOW_SECONDS) - database_now()
    return max(1, round(left.total_seconds()))
