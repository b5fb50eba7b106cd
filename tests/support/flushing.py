"""Emptying the tables after a test that commits, past the one table that refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations


@contextmanager
def flush_past_triggers() -> Iterator[None]:
    """On SQLite Django empties tables with DELETE, which the audit log's trigger refuses; PostgreSQL's TRUNCATE fires
    no such trigger. So the triggers are taken off for the moment of the flush, in its own transaction, and set again
    as they were written; tests themselves always meet them."""
    plain_flush = BaseDatabaseOperations.execute_sql_flush

    def flush(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        triggers = _triggers(operations.connection)
        drops = [f'DROP TRIGGER "{name}"' for name in triggers]
        plain_flush(operations, [*drops, *statements, *triggers.values()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


def _triggers(connection: Any) -> dict[str, str]:
    if connection.vendor != "sqlite":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())
