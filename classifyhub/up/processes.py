"""One process that the supervisor looks after, and the console that shows what all of them say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

GIVE_UP_AFTER = 5  # unexpected ends of one program ...
WITHIN = 60.0  # ... in this many seconds
LONGEST_PAUSE = 15.0  # seconds before a restart

# Each thread of glibc would else keep a heap of its own: 20 MB over all processes, and nothing is faster for it.
FRUGAL = {"MALLOC_ARENA_MAX": "1"}

COLOURS = {"up": 37, "web": 36, "local": 32, "call": 33}
# What Celery prints on a stop that nobody asked it to comment on.
NOISE = ("worker: Hitting Ctrl+C", "worker: Cold shutdown", "worker: Warm shutdown")


@dataclass(frozen=True)
class Program:
    """``python -m`` ``arguments``. ``stop_signal`` asks it to end and to give back what it holds, ``early_signal`` the
    same before the desk has answered, when it holds nothing (0: no other); ``niceness`` lets others go first."""

    name: str
    arguments: Sequence[str]
    stop_signal: int = signal.SIGTERM
    early_signal: int = 0
    niceness: int = 0


class Console:
    """Lines with the name of who says them, coloured on a terminal."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._has_colour = stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, name: str, line: str) -> None:
        """Write one line. A terminal that is gone must not stop the desk."""
        prefix = f"{name:<5} |"
        if self._has_colour:
            prefix = f"\033[{COLOURS.get(name, 35)}m{prefix}\033[0m"
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(f"{prefix} {line}\n")
            self._stream.flush()

    def pass_on(self, name: str, stream: IO[str]) -> None:
        """Say every line of ``stream`` until it ends."""
        for line in stream:
            if line.strip() and not line.startswith(NOISE):
                self.say(name, line.rstrip())


@dataclass
class Child:
    """One program and the process it runs as at the moment, if any."""

    program: Program
    console: Console
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    start_at: float = 0.0
    ends: list[float] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether it has a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the program in a session of its own; it is killed when this process ends."""
        lifeline = (sys.executable, "-m", "classifyhub.up.lifeline", str(os.getpid()))
        self.process = subprocess.Popen(
            ["nice", "-n", str(self.program.niceness), *lifeline, *self.program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=FRUGAL | os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            text=True,
            errors="replace",
        )
        arguments = (self.program.name, self.process.stdout)
        self.reader = threading.Thread(target=self.console.pass_on, args=arguments, daemon=True)
        self.reader.start()

    def ask_to_stop(self, *, is_early: bool = False) -> None:
        """Send the stop signal to the main process, which sees to its own children."""
        if self.process is not None and self.is_running:
            early_signal = self.program.early_signal if is_early else 0
            self.process.send_signal(early_signal or self.program.stop_signal)

    def kill(self) -> None:
        """End the process and whatever else is left of its session, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def hear_out(self) -> None:
        """Wait until its last lines are said."""
        if self.reader is not None:
            self.reader.join(1)

    def take_end(self) -> int | None:
        """The exit status of a process that has ended since the last look, with what it left behind gone too."""
        if self.process is None or self.is_running:
            return None
        status = self.process.returncode
        self.kill()
        self.process = None
        return status

    def plan_restart(self, now: float) -> float | None:
        """Seconds to wait before the next start, twice as long each time; None when it ends too often."""
        self.ends = [*(end for end in self.ends if now - end < WITHIN), now]
        if len(self.ends) >= GIVE_UP_AFTER:
            return None
        pause = min(2.0 ** (len(self.ends) - 1), LONGEST_PAUSE)
        self.start_at = now + pause
        return pause
