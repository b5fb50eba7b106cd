"""The desk as people run it, for measurements that need it running."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from classifyhub.bench.visiting import Visitor, visiting
from classifyhub.environment import Environment
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000


@contextmanager
def running_desk(environment: Environment) -> Iterator[psutil.Process]:
    """``manage.py up`` with the environment of this process, ready to work; its supervisor, of which all other
    processes are children. None is left afterwards."""
    environment.data_dir.parent.mkdir(parents=True, exist_ok=True)
    with running(
        [sys.executable, "manage.py", "up"],
        is_ready=lambda: answers(environment, "/readyz"),
        log=environment.data_dir.parent / "up.log",
        stop_signal=signal.SIGINT,
        env=dict(os.environ),
        cwd=ROOT,
        seconds=180,
    ) as process:
        yield psutil.Process(process.pid)


@contextmanager
def first_visitor(environment: Environment) -> Iterator[Visitor]:
    """The first person of a running desk, logged in."""
    assert environment.admin_password  # noqa: S101  # places.prepared() gives one
    with visiting(
        address_of(environment), email=environment.admin_email, password=environment.admin_password
    ) as visitor:
        yield visitor


def address_of(environment: Environment) -> str:
    """Where the desk of ``environment`` answers."""
    return f"http://127.0.0.1:{environment.port}"


def answers(environment: Environment, path: str) -> bool:
    """Whether the desk answers there, with nothing to complain about."""
    try:
        return httpx.get(address_of(environment) + path, follow_redirects=True, timeout=30).is_success
    except httpx.TransportError:
        return False


def memory_of(processes: list[psutil.Process]) -> float:
    """Their proportional set size in MB: what is shared counts once. Processes that ended meanwhile count nothing."""
    return sum(_memory_of_one(process) for process in processes) / MEGABYTE


def _memory_of_one(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, FileNotFoundError):
        return 0
    return int(getattr(memory, "pss", memory.rss))  # only Linux tells the proportional size
