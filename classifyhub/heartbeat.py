"""Workers say that they live: each writes one row every five seconds, from its main process.

Health, Home and the operator's page read the rows (``jobs.workforce``). A worker that stops in order takes its row
away; one that was killed leaves it behind, and its age tells.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any

import structlog
from celery import signals
from celery.worker import state
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from classifyhub import marker
from jobs.models import WorkerBeat

BEAT_EVERY = 5.0  # seconds

logger = structlog.get_logger(__name__)


class Heartbeat(threading.Thread):
    """Writes the rows of one worker, one per queue it serves, until it is told to stop."""

    def __init__(self, names: dict[str, str], *, capacity: int) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._names = names  # row name by queue
        self._capacity = capacity
        self._stopping = threading.Event()

    def run(self) -> None:
        """Beat, wait, beat; take the rows away at the end."""
        self._survive(self._start)
        while not self._stopping.wait(BEAT_EVERY):
            self._survive(self._beat)
        self._survive(self._leave)

    def stop(self) -> None:
        """Ask for the end; returns at once."""
        self._stopping.set()

    def _survive(self, action: Any) -> None:
        # A database that is away for a minute must not end the heartbeat for good.
        try:
            action()
        except DatabaseError as error:
            logger.warning("heartbeat missed", error=type(error).__name__)
        finally:
            # Kept open, it would be inherited by the pool's next process.
            connection.close()

    def _start(self) -> None:
        for queue, name in self._names.items():
            WorkerBeat.objects.update_or_create(name=name, defaults=self._state(queue) | {"started_at": Now()})

    def _beat(self) -> None:
        for queue, name in self._names.items():
            if not WorkerBeat.objects.filter(name=name).update(**self._state(queue)):
                WorkerBeat.objects.create(name=name, **self._state(queue))

    def _leave(self) -> None:
        WorkerBeat.objects.filter(name__in=self._names.values(), pid=os.getpid()).delete()

    def _state(self, queue: str) -> dict[str, Any]:
        return {
            "queue": queue,
            "pid": os.getpid(),
            "capacity": self._capacity,
            "busy": min(len(state.active_requests), self._capacity),
            "marker": marker.read(),
            "seen_at": Now(),
        }


def _names(hostname: str, queues: list[str]) -> dict[str, str]:
    if len(queues) == 1:
        return {queues[0]: hostname}
    return {queue: f"{hostname} {queue}" for queue in queues}


_running: list[Heartbeat] = []  # none, or the one of this process


def _start(sender: Any, **_kwargs: object) -> None:
    names = _names(sender.hostname, list(sender.app.amqp.queues.consume_from))
    heartbeat = Heartbeat(names, capacity=sender.controller.concurrency)
    _running.append(heartbeat)
    heartbeat.start()


def _stop(**_kwargs: object) -> None:
    for heartbeat in _running:
        heartbeat.stop()


def _wait_for_end() -> None:
    for heartbeat in _running:
        heartbeat.join(2)


def follow_workers() -> None:
    """Let every worker of this process beat from the moment it takes tasks."""
    signals.worker_ready.connect(_start)
    # Of the two signals of an end only this one comes with every kind of stop. It is sent inside a signal handler.
    signals.worker_shutting_down.connect(_stop)
    atexit.register(_wait_for_end)
