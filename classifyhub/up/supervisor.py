"""Keeps a handful of processes running: starts them, passes on what they say, restarts what dies, stops them all.

Each process leads a session of its own, so that a Ctrl-C reaches this one alone and the stop is in order; ``lifeline``
sees to it that none outlives this one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext as _

LOOK_EVERY = 0.1  # seconds
STOP_WITHIN = 10.0  # seconds until what has not stopped is killed
GIVE_UP_AFTER = 5  # unexpected ends of one program ...
WITHIN = 60.0  # ... in this many seconds
LONGEST_PAUSE = 15.0  # seconds before a restart

COLOURS = {"up": 37, "web": 36, "local": 32, "call": 33}
# What Celery prints on a stop that nobody asked it to comment on.
NOISE = ("worker: Hitting Ctrl+C", "worker: Cold shutdown", "worker: Warm shutdown")


@dataclass(frozen=True)
class Program:
    """``python -m`` ``arguments``; ``stop_signal`` asks it to end and to give back what it holds."""

    name: str
    arguments: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM


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
    """One program and the process it runs as at the moment."""

    program: Program
    console: Console
    process: subprocess.Popen[str] | None = None
    start_at: float = 0.0
    ends: list[float] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether it has a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the program; it is killed when this process ends."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "classifyhub.up.lifeline", str(os.getpid()), *self.program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            text=True,
            errors="replace",
        )
        arguments = (self.program.name, self.process.stdout)
        threading.Thread(target=self.console.pass_on, args=arguments, daemon=True).start()

    def ask_to_stop(self) -> None:
        """Send the stop signal to the main process, which sees to its own children."""
        if self.process is not None and self.is_running:
            self.process.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """End the process and whatever else is left of its session, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def plan_restart(self, now: float) -> float | None:
        """Seconds to wait before the next start, twice as long each time; None when it ends too often."""
        self.ends = [*(end for end in self.ends if now - end < WITHIN), now]
        if len(self.ends) >= GIVE_UP_AFTER:
            return None
        pause = min(2.0 ** (len(self.ends) - 1), LONGEST_PAUSE)
        self.start_at = now + pause
        return pause


class Supervisor:
    """Runs programs until a signal, or until one of them cannot be kept running."""

    def __init__(self, programs: Sequence[Program], *, console: Console) -> None:
        self._console = console
        self._children = [Child(program, console) for program in programs]
        self._is_stopping = False

    def run(self) -> int:
        """Returns the exit status: 0 after a signal, 1 when a program kept ending."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        status = 0
        while not self._is_stopping and status == 0:
            status = self._look_after_children()
            time.sleep(LOOK_EVERY)
        self._stop()
        return status

    def _on_signal(self, _number: int, _frame: object) -> None:
        # Only a flag: a handler runs in the middle of anything. The second signal means now.
        if self._is_stopping:
            for child in self._children:
                child.kill()
        self._is_stopping = True

    def _look_after_children(self) -> int:
        now = time.monotonic()
        for child in self._children:
            if child.is_running:
                continue
            if child.process is not None:
                if not self._may_restart(child, now):
                    return 1
            elif now >= child.start_at:
                child.start()
        return 0

    def _may_restart(self, child: Child, now: float) -> bool:
        assert child.process is not None  # noqa: S101 - the caller looked
        status, name = child.process.returncode, child.program.name
        child.kill()
        child.process = None
        pause = child.plan_restart(now)
        if pause is None:
            self._say(
                _("%(name)s ended %(count)d times within a minute (last exit status %(status)d): everything stops.")
                % {"name": name, "count": GIVE_UP_AFTER, "status": status}
            )
            return False
        self._say(
            _("%(name)s ended unexpectedly (exit status %(status)d); it starts again in %(pause)d s.")
            % {"name": name, "status": status, "pause": pause}
        )
        return True

    def _stop(self) -> None:
        self._say(_("Stopping."))
        for child in self._children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_WITHIN
        while time.monotonic() < deadline and any(child.is_running for child in self._children):
            time.sleep(LOOK_EVERY)
        for child in self._children:
            if child.is_running:
                self._say(_("%(name)s did not stop in time and is killed.") % {"name": child.program.name})
            child.kill()

    def _say(self, line: str) -> None:
        self._console.say("up", line)
