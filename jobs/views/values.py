"""Values out of addresses and forms, which anybody may write: what is not one is none."""

from __future__ import annotations

import uuid


def number(text: str | None) -> int | None:
    """A whole number that every database holds."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def uid(text: str | None) -> uuid.UUID | None:
    """The name of a row."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
