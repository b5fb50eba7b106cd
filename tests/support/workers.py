"""Celery workers as the desk runs them: processes of their own, on the database and broker of the test run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from classifyhub.celery import app
from tests.support.announce_ready import READY_FILE
from tests.support.programs import running, stop, wait_until

ROOT = Path(__file__).resolve().parents[2]

POOL_OF = {"local": "prefork", "call": "threads"}


@dataclass(frozen=True)
class Worker:
    """One running worker with its pool."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Of the main process; the pool's processes are its children."""
        return self.process.pid

    def wait_until_ready(self) -> None:
        """Until it takes tasks. Raises RuntimeError when that will not happen."""
        wait_until(self.log.with_suffix(".ready").exists, process=self.process, log=self.log)

    def stop(self) -> None:
        """Let it finish or give back what it holds, as a deployment does."""
        stop(self.process)

    def kill(self) -> None:
        """End worker and pool at once, as a power cut does."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_worker(
    queue: str,
    *,
    folder: Path,
    concurrency: int = 1,
    with_clock: bool = False,
    env: dict[str, str] | None = None,
    is_awaited: bool = True,
) -> Iterator[Worker]:
    """A worker that has said it takes tasks; it logs into ``folder``. ``with_clock`` makes it the one that runs beat.
    One that may not live to say so is not to be ``is_awaited``.

    ``env`` is added to the environment of this process, which already names database, broker and data folder.
    """
    name = f"{queue}-{len(list(folder.glob('*.log')))}"
    log, ready = folder / f"{name}.log", folder / f"{name}.ready"
    command = [
        *(sys.executable, "-m", "celery", "-q", "-A", "classifyhub.celery", "worker"),
        *("-Q", queue, "-P", POOL_OF[queue], "-c", str(concurrency), "-n", f"{name}@%h"),
        *("--include", "tests.support.announce_ready"),
        *(("-B", "--schedule", str(folder / f"{name}.clock")) if with_clock else ()),
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "classifyhub.settings", READY_FILE: str(ready)} | (env or {})
    is_ready = ready.exists if is_awaited else (lambda: True)
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # a browser's need, not a worker's
    with running(command, is_ready=is_ready, log=log, env=environment, cwd=ROOT) as process:
        yield Worker(process=process, log=log)


@contextmanager
def running_crew(folder: Path, *, concurrency: int = 1) -> Iterator[None]:
    """A worker of each queue for several tests in a row; what they wrote is shown at the end, what is left of their
    messages is gone. Rows that a test takes away from under them do them no harm: a message only says "look"."""
    with ExitStack() as workers:
        # The second starts meanwhile, and both stop at once.
        local = running_worker("local", folder=folder, concurrency=concurrency, is_awaited=False)
        crew = [workers.enter_context(local), workers.enter_context(running_worker("call", folder=folder))]
        crew[0].wait_until_ready()
        yield
        for worker in crew:
            worker.process.terminate()
    print_logs(folder)
    app.control.purge()


def print_logs(folder: Path) -> None:
    """The end of each worker's log, which pytest shows beside a failure."""
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
