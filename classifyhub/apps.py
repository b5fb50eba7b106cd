"""The project as an app: its commands and template tags, and the Celery app that every process needs."""

from django.apps import AppConfig


class ClassifyHubConfig(AppConfig):
    """Loads the Celery app once Django is ready, so that ``delay`` anywhere finds it.

    ``classifyhub/__init__.py`` stays empty on purpose: the engine starts without Django and without Celery.
    """

    name = "classifyhub"
    verbose_name = "ClassifyHub"

    def ready(self) -> None:
        """Import the Celery app, which makes it the current one, and let workers write their heartbeat."""
        from classifyhub import celery, heartbeat  # noqa: F401, PLC0415 - only after the models are there

        heartbeat.follow_workers()
