"""What a launch under a version can expect of its connection today: whether it answers, what is left of its budget, and
who answers instead."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from classifyhub.formats import format_number
from jobs.remote import health, routing, usage
from jobs.remote.health import Health
from jobs.remote.routing import Route
from rules.models import PresetVersion

AWAY = frozenset({"refused", "out_of_credit", "down", "over_cap"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """``is_away``: the connection will not answer what is launched now; ``fallback`` does, where there is one."""

    health: Health
    fallback: Route | None
    is_away: bool

    @property
    def is_troubled(self) -> bool:
        """Whether there is something to know before the launch."""
        return self.health.state not in {"ready", "untested"}

    @property
    def state(self) -> str:
        """The trouble in two or three words; empty without any."""
        return _states().get(self.health.state, "")

    @property
    def cause(self) -> str:
        """The same as a sentence about the connection."""
        return _("%(state)s: %(name)s.") % {"name": self.health.connection.name, "state": self.state}

    @property
    def instead(self) -> str:
        """Who answers when the connection does not; empty when nobody does."""
        return name_route(self.fallback) if self.fallback else ""

    @property
    def consequence(self) -> str:
        """What becomes of documents that are launched now; only of use in trouble."""
        if self.is_away and self.fallback:
            return _("Documents go to the fallback, %(name)s.") % {"name": self.instead}
        return _consequences()[self.health.state]

    @property
    def budget(self) -> str:
        """How much of today's cap is used; empty without a cap."""
        cap = self.health.connection.daily_cap
        if cap is None:
            return ""
        used = format_number(round(self.health.credits_today))
        return _("%(used)s of %(cap)s used today") % {"used": used, "cap": format_number(cap)}

    def passes_cap(self, credits_needed: float) -> bool:
        """Whether a launch of so many credits is more than what is left of today's cap."""
        cap = self.health.connection.daily_cap
        return cap is not None and float(self.health.credits_today) + credits_needed > cap


def of(version: PresetVersion) -> Outlook | None:
    """The outlook of a launch under ``version`` now; none where no connection is needed."""
    connection = version.connection
    if connection is None:
        return None
    found = health.of(connection)
    is_away = found.state in AWAY or usage.is_over_cap(connection)
    return Outlook(health=found, fallback=routing.fallback(version), is_away=is_away)


def name_route(route: Route) -> str:
    """A route as people call it: its connection, else its provider."""
    return route.connection.name if route.connection else route.capabilities.label


def _states() -> dict[str, str]:
    return {
        "refused": _("Key refused"),
        "out_of_credit": _("Out of credit"),
        "unreadable": _("Key cannot be read"),
        "down": _("Does not answer"),
        "failing": _("Last call failed"),
        "rate_limited": _("Rate limited"),
        "over_cap": _("Today's budget is used up"),
    }


def _consequences() -> dict[str, str]:
    fails = _("Documents fail until an admin mends it under Settings, Connections.")
    return {
        "refused": fails,
        "out_of_credit": fails,
        "unreadable": fails,
        "down": _("Documents wait until it answers."),
        "failing": _("Documents are sent all the same, and again if that fails."),
        "rate_limited": _("It goes on by itself."),
        "over_cap": _("Documents wait until midnight, UTC."),
    }
