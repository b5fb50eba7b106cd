"""A Celery broker in one SQLite file, so that the embedded mode needs no Redis: a kombu virtual transport.

To put is to insert a row, to get is to lease it, to acknowledge is to delete it. A lease is renewed while its worker
lives, given back on a clean stop, and runs out after a ``kill -9``: every message is delivered at least once, in the
order it came. Importing this module teaches kombu the URL ``sqlite-queue:////folder/queue.sqlite3``.
"""

import json
import os
import sqlite3
import threading
import time
from queue import Empty
from typing import Any

import kombu.transport.virtual

virtual: Any = kombu.transport.virtual  # its published types forbid what every transport of its own does
LEASE = 30.0  # seconds until a message comes back from a worker that died
POLL = 0.05  # seconds between two looks at an empty queue

# AUTOINCREMENT: an id is never given twice, so a late acknowledgement can only meet its own message.
SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL, visible_at REAL NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS message_queue ON message (queue, id);
"""
READY = "FROM message WHERE queue = ? AND visible_at <= ?"
NEXT = f"SELECT id {READY} ORDER BY id LIMIT 1"
HOLD = "UPDATE message SET visible_at = ? WHERE id = "
TAKE = f"{HOLD} ({NEXT}) RETURNING json_set(body, '$.properties.delivery_tag', id)"
_opened: dict[tuple[str, int, int], sqlite3.Connection] = {}


def connect(path: str) -> sqlite3.Connection:
    """The calling thread's connection to the queue at ``path``; each statement is a transaction of its own."""
    # After a fork the parent's connections stay here untouched: SQLite forbids even to close them in the child.
    key = (path, os.getpid(), threading.get_ident())
    if key not in _opened:
        connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {SCHEMA}")
        _opened[key] = connection
    return _opened[key]


class QoS(virtual.QoS):  # type: ignore[misc]
    """What a channel holds: taken and not acknowledged. The pool acknowledges from threads of its own."""

    renewed_at = 0.0

    def ack(self, delivery_tag: int) -> None:
        # Let go first: should the delete fail, the lease runs out instead of being renewed for ever.
        super().ack(delivery_tag)
        self.channel.db.execute("DELETE FROM message WHERE id = ?", (delivery_tag,))
        self.channel.connection.has_room.set()

    def reject(self, delivery_tag: int, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        super().reject(delivery_tag, requeue) if requeue else self.ack(delivery_tag)

    def can_consume(self) -> Any:
        """Asked before each look at the queue, so that leases are renewed here, once a third of them has passed."""
        now = time.time()
        if now - self.renewed_at > LEASE / 3:
            held = [(now + LEASE, tag) for tag in self._delivered if tag not in self._dirty]
            self.channel.db.executemany(f"{HOLD} ?", held)
            self.renewed_at = now
        return super().can_consume()


class Channel(virtual.Channel):  # type: ignore[misc]
    QoS = QoS

    @property
    def db(self) -> sqlite3.Connection:
        return connect(self.connection.client.virtual_host)

    def _put(self, queue: str, message: dict[str, Any], **_kwargs: object) -> None:
        self.db.execute("INSERT INTO message (queue, body) VALUES (?, ?)", (queue, json.dumps(message)))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        ready = (queue, time.time())
        # Looking first keeps an idle worker from asking for the write lock all the time.
        found = self.db.execute(NEXT, ready).fetchone()
        taken = found and self.db.execute(TAKE, (ready[1] + LEASE, *ready)).fetchone()
        if taken:
            return json.loads(taken[0])
        raise Empty

    def _restore(self, message: Any) -> None:
        self.db.execute(f"{HOLD} ?", (0, message.delivery_tag))

    def _size(self, queue: str) -> int:
        return len(self.db.execute(f"SELECT id {READY}", (queue, time.time())).fetchall())

    def _purge(self, queue: str) -> int:
        return self.db.execute(f"DELETE {READY}", (queue, time.time())).rowcount


class Transport(virtual.Transport):  # type: ignore[misc]
    Channel = Channel
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
    default_connection_params: dict[str, Any] = {}
    has_room = threading.Event()

    def establish_connection(self) -> Any:
        connect(self.client.virtual_host)  # a file that cannot be opened fails here, as an unreachable server would
        return super().establish_connection()

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message. Raises TimeoutError after one look: Celery asks again, and meanwhile notices a stop."""
        self.has_room.clear()
        try:
            self.cycle.get(self._deliver, timeout=timeout)
        except Empty:
            self.has_room.wait(POLL)  # a full worker looks again the moment a task ends
            raise TimeoutError from None


kombu.transport.TRANSPORT_ALIASES["sqlite-queue"] = f"{__name__}:Transport"
