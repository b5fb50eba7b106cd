"""Times are shown in the reader's own zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class TimeZoneMiddleware:
    """Activates the zone of whoever is logged in, UTC for the rest. A zone this machine does not know (anymore) is
    UTC as well, and no error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request`` with its person's zone active."""
        with timezone.override(find_zone(getattr(request.user, "time_zone", ""))):
            return self.get_response(request)


def find_zone(name: str) -> ZoneInfo:
    """The zone with this name, UTC when there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: names of folders, such as "Europe"
        return ZoneInfo("UTC")
