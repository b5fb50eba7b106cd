"""The Celery app, found as ``celery -A classifyhub.celery``.

The team mode starts ``worker -Q local -P prefork``, ``worker -Q call -P threads`` and one ``beat``; ``manage.py up``
starts the same with the clock inside the second worker.
"""

import os

from celery import Celery, signals

from classifyhub import broker, logs  # noqa: F401 - importing the broker teaches kombu its URL
from classifyhub.up import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")

logs.follow_tasks()
# The processes of a pool and the clock inside a worker end with that worker, also when it is killed.
signals.worker_process_init.connect(lifeline.watch_from_pool)
signals.beat_embedded_init.connect(lifeline.watch_from_pool)

app = Celery("classifyhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
