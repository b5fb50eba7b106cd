"""The processes of the embedded mode and the commands that start them. The team mode starts the same ones separately."""

import os
import signal

from classifyhub.environment import Environment
from classifyhub.up.supervisor import Program

MOST_PROCESSES = 4  # of the pool for CPU work; a desk with more cores than that wants the team mode
CALL_THREADS = 8


def embedded_programs(environment: Environment) -> list[Program]:
    """One web server, one worker per queue; the clock lives in the worker that waits for others anyway."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    clock = ("-B", "--schedule", str(environment.data_dir / "clock"))
    return [
        Program("web", _web(environment)),
        _worker("local", "-P", "prefork", "-c", str(min(cores, MOST_PROCESSES))),
        _worker("call", "-P", "threads", "-c", str(CALL_THREADS), *clock),
    ]


def _web(environment: Environment) -> tuple[str, ...]:
    host = f"[{environment.bind}]" if ":" in environment.bind else environment.bind
    return (
        *("gunicorn", "classifyhub.wsgi", "--bind", f"{host}:{environment.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "4"),
        *("--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"),
    )


def _worker(queue: str, *pool: str) -> Program:
    arguments = ("celery", "-q", "-A", "classifyhub.celery", "worker", "-Q", queue, "-n", f"{queue}@%h", *pool)
    # SIGQUIT: tasks get a few seconds to end, the rest goes back into the queue. SIGTERM would wait for all of them.
    return Program(queue, arguments, stop_signal=signal.SIGQUIT)
