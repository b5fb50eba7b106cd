"""The processes of the embedded mode. The team mode starts the same ones, each by itself."""

import os
import signal

from classifyhub.environment import Environment
from classifyhub.up.processes import Program
from classifyhub.up.supervisor import Plan

MOST_PROCESSES = 4  # of the pool for CPU work; a desk with more cores than that wants the team mode
CALL_THREADS = 8
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to ask a server that listens everywhere


def embedded_plan(environment: Environment, *, started_at: float) -> Plan:
    """One web server, one worker per queue; the clock lives in the worker that waits for others anyway."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    clock = ("--with-clock", "--schedule", str(environment.data_dir / "clock"))
    programs = [
        # SIGTERM would wait for a worker that is still loading, and nobody can be in the middle of a page yet.
        Program("web", _web(environment), early_signal=signal.SIGQUIT),
        _worker("local", "-P", "prefork", "-c", str(min(cores, MOST_PROCESSES))),
        _worker("call", "-P", "threads", "-c", str(CALL_THREADS), *clock),
    ]
    asked_at = _address(ANYWHERE.get(environment.bind, environment.bind), environment.port)
    return Plan(programs, f"http://{asked_at}/healthz", environment.public_url, started_at)


def _web(environment: Environment) -> tuple[str, ...]:
    return (
        *("gunicorn", "classifyhub.wsgi", "--bind", _address(environment.bind, environment.port)),
        # A browser sends four files at once; over a slow line each holds a thread, and pages need some too.
        *("--worker-class", "gthread", "--workers", "1", "--threads", "8"),
        *("--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"),
    )


def _worker(queue: str, *pool: str) -> Program:
    # Without the checks a worker loads no view, no form and no address: 30 MB and half a second less.
    celery = ("celery", "-q", "--skip-checks", "-A", "classifyhub.celery")
    arguments = (*celery, "worker", "-Q", queue, "-n", f"{queue}@%h", *pool)
    # SIGQUIT: tasks get a few seconds to end, the rest goes back into the queue. SIGTERM would wait for all of them.
    # The niceness keeps pages quick while documents are read.
    return Program(queue, arguments, stop_signal=signal.SIGQUIT, niceness=5)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
