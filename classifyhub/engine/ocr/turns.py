"""Turns at the processors: however many workers read scans on this machine, they read no more pages at once than it has
processors. More would be read no sooner, and each takes a hundred megabytes.

A turn is a lock on one of as many small files. The system gives it back when its process ends, however that ends."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_EVERY = 0.005  # seconds


def count_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared_folder() -> Path:
    """Where the processes of this user on this machine find each other's locks."""
    return Path(tempfile.gettempdir()) / f"classifyhub-turns-{os.getuid()}"


@contextmanager
def take_turn(*, seconds: float) -> Iterator[bool]:
    """Wait for a turn, at most ``seconds``; gives whether there was one. Without one, as where no lock can be had, the
    work goes on all the same: it is slower then, but not wrong."""
    descriptor = _wait(deadline=time.monotonic() + seconds)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _wait(*, deadline: float) -> int | None:
    try:
        folder = _prepare(shared_folder())
        while (descriptor := _try_all(folder)) is None and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)
    except OSError:
        return None
    return descriptor


def _prepare(folder: Path) -> Path:
    """Raises ``OSError`` for a folder that somebody else has put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else.")
    return folder


def _try_all(folder: Path) -> int | None:
    """A lock that nobody holds; none where all are held."""
    for number in range(count_cores()):
        descriptor = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None
