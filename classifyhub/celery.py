"""The Celery app. Workers are started with ``celery -A classifyhub.celery worker -Q local`` and ``… -Q call -P threads``."""

import os

from celery import Celery

from classifyhub import broker, logs  # noqa: F401 - importing the broker teaches kombu its URL

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")

logs.follow_tasks()

app = Celery("classifyhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
