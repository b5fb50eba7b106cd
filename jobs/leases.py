"""Work that one worker does for all of them at a time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import Poller


def take(key: str, *, seconds: float) -> bool:
    """Whether nobody else does it right now; then it is ours for ``seconds``, or until it is given back."""
    Poller.objects.bulk_create([Poller(key=key, lease_until=in_seconds(-1))], ignore_conflicts=True)
    free = Poller.objects.filter(key=key, lease_until__lte=Now())
    return bool(free.update(lease_until=in_seconds(seconds)))


def held(keys: Iterable[str]) -> set[str]:
    """Those of these keys that somebody has right now."""
    return set(Poller.objects.filter(key__in=list(keys), lease_until__gt=Now()).values_list("key", flat=True))


def give_back(key: str) -> None:
    """It is done, or somebody else may go on."""
    Poller.objects.filter(key=key).update(lease_until=Now())
