"""A tiny Celery app on the SQLite broker, for workers that the broker's tests start and kill.

The queue file and the ledger, one line per task run, are named by the environment; Django is not involved.
"""

import os
import time
from pathlib import Path

from celery import Celery

from classifyhub import broker

broker.LEASE = float(os.environ.get("TRIAL_LEASE", "30"))

FOLDER = Path(os.environ["TRIAL_FOLDER"])
LEDGER = FOLDER / "ledger"

app = Celery("trial", broker=f"sqlite-queue:///{FOLDER}/queue.sqlite3")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_soft_shutdown_timeout=0.3,
    worker_enable_soft_shutdown_on_idle=True,
)


@app.task
def note(name: str, seconds: float = 0.0) -> None:
    """Work for a while, then add a line: short appends are atomic."""
    time.sleep(seconds)
    with LEDGER.open("a") as ledger:
        ledger.write(f"{name} {time.time()}\n")
