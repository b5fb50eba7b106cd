"""Programs of the machine that tests start: where they are, what happens without them, and that they end with us."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PR_SET_PDEATHSIG = 1


class MissingProgramError(Exception):
    """This machine has no such program; the message says what to install."""


def find_program(*names: str, package: str, folders: tuple[str, ...] = ()) -> Path:
    """The first of ``names`` in ``folders`` (globs, the newest folder first), else the first in the path.

    Raises MissingProgramError.
    """
    globs = [f"{folder}/{name}" for name in names for folder in folders]
    candidates = [path for pattern in globs for path in sorted(Path("/").glob(pattern), reverse=True)]
    on_path = [Path(found) for found in map(shutil.which, names) if found]
    program = next((path for path in [*candidates, *on_path] if os.access(path, os.X_OK)), None)
    if program is None:
        raise MissingProgramError(f"{names[0]} is not installed here (Debian package {package})")
    return program


@contextmanager
def skipped_without_program() -> Iterator[None]:
    """A laptop may lack a program: its tests are skipped and the summary says so. A CI machine may not."""
    try:
        yield
    except MissingProgramError as error:
        if is_ci():
            pytest.fail(f"{error}, and CI must not skip.", pytrace=False)
        pytest.skip(str(error))


def is_ci() -> bool:
    """Whether nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str],
    *,
    is_ready: Callable[[], bool],
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = 60,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``command`` in a session of its own, yield it once ``is_ready``, and end it afterwards.

    Output goes to ``log``; its end is in the RuntimeError when the program ends early or is not ready in time.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            cwd=cwd,
            user=user,
            group=user and _group_of(user),
            extra_groups=[] if user else None,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, and no lock is taken in it
        )
    try:
        wait_until(is_ready, process=process, log=log, seconds=seconds)
        yield process
    finally:
        stop(process, stop_signal=stop_signal)


def wait_until(
    is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path, seconds: float = 60
) -> None:
    """Ask ``is_ready`` until it says so. Raises RuntimeError with the end of ``log`` when that will not happen."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "runs but is not ready" if process.poll() is None else f"ended with {process.returncode}"
            raise RuntimeError(f"{process.args!r} {state}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.02)


def stop(
    process: subprocess.Popen[bytes], *, stop_signal: signal.Signals = signal.SIGTERM, seconds: float = 15
) -> None:
    """End the process and whatever it left in its session, gently first."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def die_with_parent() -> None:
    """In the child: be killed when the test process is, however that ends. Other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _group_of(user: str) -> int:
    import pwd  # noqa: PLC0415 - not on every system, and needed only as root

    return pwd.getpwnam(user).pw_gid
