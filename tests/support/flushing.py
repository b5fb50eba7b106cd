"""Emptying the tables after a test that commits, past the one table that refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations


@contextmanager
def flush_past_triggers() -> Iterator[None]:
    """Django empties tables with DELETE on SQLite and with TRUNCATE on PostgreSQL, and the audit log's triggers refuse
    both. So they are taken off for the moment of the flush, in its own transaction, and set again as they were; tests
    themselves always meet them."""
    plain_flush = BaseDatabaseOperations.execute_sql_flush

    def flush(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        before, after = _switches(operations.connection)
        plain_flush(operations, [*before, *statements, *after])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


def _switches(connection: Any) -> tuple[list[str], list[str]]:
    """The statements that take the triggers off, and those that set them again."""
    if connection.vendor != "sqlite":
        table = 'ALTER TABLE "accounts_auditevent"'
        return [f"{table} DISABLE TRIGGER USER"], [f"{table} ENABLE TRIGGER USER"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = dict(cursor.fetchall())
    return [f'DROP TRIGGER "{name}"' for name in triggers], list(triggers.values())
