"""The project as an app: its commands and template tags, and the Celery app that every process needs."""

from django.apps import AppConfig


class ClassifyHubConfig(AppConfig):
    """Loads the Celery app once Django is ready, so that ``delay`` anywhere finds it.

    ``classifyhub/__init__.py`` stays empty on purpose: the engine starts without Django and without Celery.
    """

    name = "classifyhub"
    verbose_name = "ClassifyHub"

    def ready(self) -> None:
        """Import the Celery app: importing makes it the current one."""
        from classifyhub import celery  # noqa: F401, PLC0415 - only after Django is set up
