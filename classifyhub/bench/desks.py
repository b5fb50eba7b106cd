"""The desk as people run it, for measurements that need it running."""

from __future__ import annotations

import os
import signal
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import psutil
import redis
from django.conf import settings

from classifyhub import broker
from classifyhub.bench.visiting import Visitor, visiting
from classifyhub.celery import app
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
# Asked many times a second while a desk starts, so not by the client that reads all certificates first.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def running_desk() -> Iterator[psutil.Process]:
    """``manage.py up`` with the environment of this process, ready to work: its supervisor, of which all other
    processes are children. None is left afterwards."""
    with running(
        [sys.executable, "manage.py", "up"],
        is_ready=lambda: answers("/readyz"),
        log=settings.DATA_DIR.parent / "up.log",
        stop_signal=signal.SIGINT,
        env=dict(os.environ),
        cwd=ROOT,
        seconds=180,
    ) as process:
        yield psutil.Process(process.pid)


@contextmanager
def first_visitor() -> Iterator[Visitor]:
    """The first person of the running desk, logged in."""
    environment = settings.ENVIRONMENT
    password = environment.admin_password or ""  # places.prepared() always gives one
    with visiting(address(), email=environment.admin_email, password=password) as visitor:
        yield visitor


def address() -> str:
    """Where the desk of this environment answers."""
    return f"http://127.0.0.1:{settings.ENVIRONMENT.port}"


def answers(path: str) -> bool:
    """Whether the desk answers there, after redirects, with nothing to complain about."""
    try:
        with OPENER.open(address() + path, timeout=30) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def programs(desk: psutil.Process) -> dict[str, list[psutil.Process]]:
    """The processes of each program by its name, the supervisor's own among them, with all that each has started."""
    found = {"supervisor": [desk]}
    for child in desk.children():
        name = _name_of(child.cmdline())
        found.setdefault(name, []).extend([child, *child.children(recursive=True)])
    return found


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """What they have spent on the processor so far: far less noisy than the clock on a machine with other work."""
    return sum(_processor_seconds_of_one(process) for process in processes)


def _processor_seconds_of_one(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _name_of(arguments: list[str]) -> str:
    if "classifyhub.wsgi" in arguments:
        return "web"
    return f"worker {arguments[arguments.index('-Q') + 1]}" if "-Q" in arguments else "other"


def open_messages(queue: str) -> int:
    """Messages that no worker has acknowledged yet, held ones included."""
    if settings.ENVIRONMENT.has_embedded_broker:
        with app.connection_for_write() as opened:
            messages = broker.connect(opened.virtual_host)
        return int(messages.execute("SELECT count(*) FROM message WHERE queue = ?", (queue,)).fetchone()[0])
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        return int(client.llen(queue)) + int(client.hlen("unacked"))
