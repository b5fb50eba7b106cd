"""Keeps a handful of processes running: starts them, passes on what they say, restarts what ends, stops them all.

Each process leads a session of its own, so that a Ctrl-C reaches this one alone and the stop is in order; ``lifeline``
sees to it that none outlives this one. ``manage.py up`` turns into this module once all is prepared: a process that
only waits for others needs a tenth of the memory without Django. So this file knows neither Django nor settings.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NoReturn

from classifyhub.up.processes import GIVE_UP_AFTER, Child, Console, Program

LOOK_EVERY = 0.1  # seconds
STOP_WITHIN = 10.0  # seconds until what has not stopped is killed


@dataclass(frozen=True)
class Plan:
    """What to run, and what to say once ``health_url`` answers; ``started_at`` is of the monotonic clock."""

    programs: Sequence[Program]
    health_url: str
    public_url: str
    started_at: float

    def become(self) -> NoReturn:
        """Replace this process by the one that runs the plan: same process number, same locks."""
        sys.stdout.flush()
        command = [sys.executable, "-m", "classifyhub.up.supervisor", json.dumps(asdict(self))]
        os.execv(sys.executable, command)  # noqa: S606 - no shell, and nothing but our own arguments

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Rebuild what ``become`` passed on."""
        fields = json.loads(text)
        return cls(**fields | {"programs": [Program(**program) for program in fields["programs"]]})


class Supervisor:
    """Runs programs until a signal, or until one of them cannot be kept running. ``has_answered`` is set by others once
    the web server has."""

    def __init__(self, programs: Sequence[Program], *, console: Console, has_answered: threading.Event) -> None:
        self._console = console
        self._has_answered = has_answered
        self._children = [Child(program, console) for program in programs]
        self._is_stopping = False

    def run(self) -> int:
        """Returns the exit status: 0 after a signal, 1 when a program kept ending."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        is_well = True
        while is_well and not self._is_stopping:
            is_well = all(self._look_after(child) for child in self._children)
            time.sleep(LOOK_EVERY)
        self._stop()
        return 0 if is_well else 1

    def _on_signal(self, _number: int, _frame: object) -> None:
        # Only a flag: a handler runs in the middle of anything. The second signal means at once.
        if self._is_stopping:
            for child in self._children:
                child.kill()
        self._is_stopping = True

    def _look_after(self, child: Child) -> bool:
        """Start it where it is to be started. False when it ended too often."""
        now = time.monotonic()
        status = child.take_end()
        if status is not None:
            return self._may_restart(child, status=status, now=now)
        if child.process is None and now >= child.start_at:
            child.start()
        return True

    def _may_restart(self, child: Child, *, status: int, now: float) -> bool:
        name, pause = child.program.name, child.plan_restart(now)
        if pause is None:
            self._say(f"{name} ended {GIVE_UP_AFTER} times within a minute (last exit status {status}): giving up.")
            return False
        self._say(f"{name} ended unexpectedly (exit status {status}); it starts again in {pause:.0f} s.")
        return True

    def _stop(self) -> None:
        self._say("Stopping.")
        for child in self._children:
            child.ask_to_stop(is_early=not self._has_answered.is_set())
        deadline = time.monotonic() + STOP_WITHIN
        while time.monotonic() < deadline and any(child.is_running for child in self._children):
            time.sleep(LOOK_EVERY)
        for child in self._children:
            if child.is_running:
                self._say(f"{child.program.name} did not stop in time and is killed.")
            child.kill()
            child.hear_out()

    def _say(self, line: str) -> None:
        self._console.say("up", line)


def announce_when_it_answers(plan: Plan, console: Console, has_answered: threading.Event) -> None:
    """Say the address once the web server answers there, with or without an error of its own."""
    while True:
        try:
            urllib.request.urlopen(plan.health_url, timeout=30).close()  # noqa: S310 - our own address
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(LOOK_EVERY)
    has_answered.set()
    console.say("up", f"Ready at {plan.public_url} after {time.monotonic() - plan.started_at:.1f} s.")


def main() -> int:
    """Run the plan that is the first argument."""
    plan, console, has_answered = Plan.from_json(sys.argv[1]), Console(sys.stdout), threading.Event()
    threading.Thread(target=announce_when_it_answers, args=(plan, console, has_answered), daemon=True).start()
    return Supervisor(plan.programs, console=console, has_answered=has_answered).run()


if __name__ == "__main__":
    sys.exit(main())
