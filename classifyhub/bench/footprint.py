"""How much memory processes hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import psutil

MEGABYTE = 1_000_000
LOOK_EVERY = 0.25  # seconds; each look costs the machine some milliseconds a process


def memory_of(processes: Iterable[psutil.Process]) -> float:
    """Their proportional set size in MB: what several share counts once. Those that ended meanwhile count nothing."""
    return sum(_bytes_of(process) for process in processes) / MEGABYTE


def _bytes_of(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, FileNotFoundError):
        return 0
    return int(getattr(memory, "pss", memory.rss))  # only Linux tells the proportional size


class MemoryWatch(threading.Thread):
    """Looks at the memory of ``processes``, asked for each time anew, until its block ends. ``peak`` is the most it
    saw, in MB."""

    def __init__(self, processes: Callable[[], Iterable[psutil.Process]]) -> None:
        super().__init__(name="memory watch", daemon=True)
        self.peak = 0.0
        self._processes = processes
        self._ending = threading.Event()

    def run(self) -> None:
        """Look, wait, look."""
        while not self._ending.wait(LOOK_EVERY):
            self.peak = max(self.peak, memory_of(self._processes()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self.join()
        self.peak = max(self.peak, memory_of(self._processes()))
