"""The Celery app, found as ``celery -A classifyhub.celery``.

The team mode starts ``worker -Q local -P prefork``, ``worker -Q call -P threads`` and one ``beat``; ``manage.py up``
starts the first two, the second of them ``--with-clock``.
"""

import gc
import os
from typing import Any

import click
from celery import Celery, bootsteps, signals
from celery.beat import EmbeddedService
from django.db import close_old_connections

from classifyhub import broker, logs  # noqa: F401 - importing the broker teaches kombu its URL
from classifyhub.engine import Rule, compile_rules
from classifyhub.up import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")


class Clock(bootsteps.StartStopStep):
    """Beat in a thread of the worker, for a desk that has one worker of this kind: Celery's own ``-B`` forks a process
    that is 45 MB larger and says the same."""

    def __init__(self, worker: Any, *, with_clock: bool = False, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = with_clock
        self.filename = options.get("schedule_filename")

    def create(self, worker: Any) -> Any:
        """What ``start`` and ``stop`` of the step are passed on to."""
        return EmbeddedService(worker.app, thread=True, schedule_filename=self.filename)


def _share_memory(instance: Any, **_kwargs: object) -> None:
    """Before the pool is forked: what all its processes need is loaded once, and the collector, which would touch and
    so copy every page of it, leaves it alone."""
    if "local" in instance.app.amqp.queues.consume_from:
        compile_rules([Rule("Letter")])  # loads the knowledge pack and all that is found out of it
    gc.collect()
    gc.freeze()


logs.follow_tasks()
signals.celeryd_after_setup.connect(_share_memory)
# As Django does before each request: a connection whose server went away is replaced and not used.
signals.task_prerun.connect(close_old_connections)
# The processes of a pool, and of a clock inside a worker, end with that worker also when it is killed.
signals.worker_process_init.connect(lifeline.watch_from_pool)
signals.beat_embedded_init.connect(lifeline.watch_from_pool)

app = Celery("classifyhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(Clock)
app.user_options["worker"].add(click.Option(["--with-clock"], is_flag=True, help="Run the beat schedule in a thread."))
