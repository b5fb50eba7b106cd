"""A Celery broker in one SQLite file: the embedded mode needs no Redis.

A kombu virtual transport. To put is to insert a row, to get is to lease one, to acknowledge is to delete it. A lease is
renewed while its worker lives and given back on a clean stop; after a ``kill -9`` it runs out and the message is handed
out again. Every message is delivered at least once, in order per queue as long as none is handed out twice.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

LEASE = 30.0  # seconds until a message comes back from a worker that died
POLL = 0.05  # seconds between two looks at an empty queue

# AUTOINCREMENT: an id is never given twice, so a late acknowledgement can only meet its own message.
SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL, visible_at REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_queue ON message (queue, id);
"""
READY = "SELECT id FROM message WHERE queue = ? AND visible_at <= ? ORDER BY id LIMIT 1"
TAKE = f"UPDATE message SET visible_at = ? WHERE id = ({READY}) RETURNING id, body"  # noqa: S608 - two constants

_opened = threading.local()
_inherited: list[object] = []


def _connect(path: str) -> sqlite3.Connection:
    """This thread's connection to ``path``; autocommit, so that each statement is one short transaction."""
    if getattr(_opened, "pid", None) != os.getpid():
        # After a fork the parent's connections are kept and never touched: closing them here would disturb its locks.
        _inherited.append(getattr(_opened, "by_path", None))
        _opened.pid, _opened.by_path = os.getpid(), {}
    if path not in _opened.by_path:
        connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(SCHEMA)
        _opened.by_path[path] = connection
    return _opened.by_path[path]  # type: ignore[no-any-return]


class QoS(virtual.QoS):
    """What this channel has taken and not yet acknowledged; kombu calls some of it from the pool's threads."""

    renewed_at = 0.0

    def ack(self, delivery_tag: int) -> None:
        """Delete the message for good."""
        self.channel.execute("DELETE FROM message WHERE id = ?", delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: int, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """Give the message back to the head of its queue, or delete it."""
        if not requeue:
            return self.ack(delivery_tag)
        return super().reject(delivery_tag, requeue=True)  # ends in Channel._restore

    def renew(self) -> None:
        """Prolong every lease once a third of it has passed; called between any two looks at the queue."""
        now = time.time()
        if now - self.renewed_at < LEASE / 3:
            return
        held = [(now + LEASE, tag) for tag in self._delivered if tag not in self._dirty]
        self.channel.db.executemany("UPDATE message SET visible_at = ? WHERE id = ?", held)
        self.renewed_at = now


class Channel(virtual.Channel):
    """One reader or writer of the file."""

    QoS = QoS

    @property
    def db(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        return _connect(self.connection.client.virtual_host)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement in a transaction of its own."""
        return self.db.execute(statement, values)

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> None:
        """Renew what is held, then deliver one message; raises Empty."""
        self.qos.renew()
        super().drain_events(timeout=timeout, callback=callback)

    def _put(self, queue: str, message: dict[str, Any], **_kwargs: object) -> None:
        self.execute("INSERT INTO message (queue, body) VALUES (?, ?)", queue, json.dumps(message))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002 - kombu's signature
        now = time.time()
        # Reading first keeps an idle worker from asking for the write lock twenty times a second.
        if self.execute(READY, queue, now).fetchone() is None:
            raise Empty
        row = self.execute(TAKE, now + LEASE, queue, now).fetchone()
        if row is None:  # another worker was first
            raise Empty
        message: dict[str, Any] = json.loads(row[1])
        message["properties"]["delivery_tag"] = row[0]
        return message

    def _restore(self, message: virtual.Message) -> None:
        self.execute("UPDATE message SET visible_at = 0 WHERE id = ?", message.delivery_tag)

    def _size(self, queue: str) -> int:
        ready = self.execute("SELECT count(*) FROM message WHERE queue = ? AND visible_at <= ?", queue, time.time())
        return int(ready.fetchone()[0])

    def _purge(self, queue: str) -> int:
        return self.execute("DELETE FROM message WHERE queue = ? AND visible_at <= ?", queue, time.time()).rowcount


class Transport(virtual.Transport):
    """``sqlite-queue:////folder/queue.sqlite3``."""

    Channel = Channel
    driver_type = driver_name = "sqlite"
    polling_interval = POLL
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)

    def driver_version(self) -> str:
        """Version of the SQLite library."""
        return sqlite3.sqlite_version

    def establish_connection(self) -> virtual.Transport:
        """Open the file now, so that a folder that cannot be used is a failed connection and not a failed task."""
        _connect(self.client.virtual_host)
        return super().establish_connection()


def register() -> None:
    """Teach kombu the URL scheme."""
    TRANSPORT_ALIASES["sqlite-queue"] = f"{__name__}:Transport"
