"""Nobody outlives who started them: ``python -m classifyhub.up.lifeline PARENT_PID MODULE ARGUMENT…``.

Runs a module as ``python -m`` does, in a process that is killed when its parent ends, by whatever means. Linux does
that by itself (PR_SET_PDEATHSIG); elsewhere a thread looks twice a second. It imports neither Django nor Celery.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
import time
import warnings

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.5  # seconds


def hold_on_to(parent: int) -> None:
    """Let this process be killed when ``parent`` ends. Call it from the main thread, early."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        watch(parent)


def watch(parent: int) -> None:
    """The same by looking, for processes that a thread has started: the kernel's signal is tied to that thread."""
    threading.Thread(target=_look, args=(parent,), name="lifeline", daemon=True).start()


def _look(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGKILL)


def watch_from_pool(**_kwargs: object) -> None:
    """Receiver of Celery's signals for the processes of a pool and of the clock: follow the worker."""
    watch(os.getppid())


def main() -> None:
    """Hold on to the parent named first, then become the module named second."""
    parent, module = int(sys.argv[1]), sys.argv[2]
    hold_on_to(parent)
    # A container or a laptop's root is warned in the documentation; eleven lines at each start tell nobody more.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
