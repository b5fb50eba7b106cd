"""Values out of addresses and forms, which anybody may write: what is not one is none."""

from __future__ import annotations

import uuid

COUNT_MOST = 1_000_000


def number(text: str | None) -> int | None:
    """A whole number that every database holds."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def count(text: str | None) -> int | None:
    """How many of something, as far as anybody counts."""
    found = number(text)
    return found if found is not None and found <= COUNT_MOST else None


def uid(text: str | None) -> uuid.UUID | None:
    """The name of a row."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
