"""Loaded by the workers that tests start (``celery worker --include``): a file says that tasks are taken now."""

import os
from pathlib import Path

from celery.signals import worker_ready

READY_FILE = "TEST_WORKER_READY_FILE"


@worker_ready.connect(weak=False)
def announce(**_kwargs: object) -> None:
    """Celery's own "ready" line is below the level that the project logs at."""
    Path(os.environ[READY_FILE]).touch()
