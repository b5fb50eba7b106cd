"""What stands between a provider and the wire: the connection's limits before a call, its health and use after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from jobs.providers.base import Call
from jobs.remote import circuits, limits, usage
from rules.models import Connection


class ConnectionGate:
    """Called by ``Wire`` around each call."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._was_well = False  # nobody looked yet
        self._seen_at: datetime | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Raises ``HeldBackError`` when nothing may be sent now."""
        state = circuits.check(self._connection)
        self._was_well, self._seen_at = state is None, state.last_error_at if state else None
        with limits.held(self._connection):
            circuits.try_out(state)  # last, for a probe that the limits then refuse would decide nothing
            yield

    def note(self, call: Call) -> None:
        """Keep what one call says about the connection, and count it."""
        circuits.note(self._connection, call, was_well=self._was_well, seen_at=self._seen_at)
        usage.note(self._connection, call)
