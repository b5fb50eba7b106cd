"""Reading and rendering in a warm child process that can be killed.

Documents come from strangers and are parsed by large libraries in C and C++, so none is opened in a web or worker
process. One child serves one request at a time over its stdin and stdout: four bytes of length (big endian), then JSON.
It runs in a process group of its own, without the parent's environment, under limits on memory, processor time and wall
time. Whatever happens to it, the parent sees an answer or a named ``ReadError``.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from classifyhub.engine.model import Facts, ReadError, Reading
from classifyhub.engine.ocr.engines import memory_needed
from classifyhub.engine.pageranges import parse_pages

PictureKind = Literal["WEBP", "JPEG"]
_HEADER = struct.Struct(">I")
_LARGEST_REPLY = 512 * 2**20
_START_SECONDS = 20.0
_END_SECONDS = 5.0
_REQUESTS_PER_CHILD = 500
_LEAVE_SECONDS = 10.0  # between the last moment at which a request is still sent to a child and its end
_MAXRSS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "HOME",
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "TESSDATA_PREFIX",
)


class SandboxUnavailable(RuntimeError):  # noqa: N818 - errors here name the condition
    """The child cannot be started: the installation's fault, never the document's."""


class Sandbox:
    """One warm child. Thread-safe by a lock: one request at a time. Safe to carry over a fork (the new process starts a
    child of its own). The child ends with its parent, however that ends, and some time after its last request: at rest
    nobody should hold what reading took.

    ``wall_seconds`` and ``cpu_seconds`` are for one request, ``memory_mb`` is the child's address space; unless given,
    what the engines of this machine need. ``warm_seconds`` is how long a child without requests is kept for the next
    one."""

    def __init__(
        self,
        *,
        wall_seconds: float = 60,
        cpu_seconds: int = 55,
        memory_mb: int | None = None,
        warm_seconds: float = 20,
    ) -> None:
        self._wall_seconds = wall_seconds
        self._limits = _Limits(cpu_seconds, memory_mb or memory_needed(), warm_seconds)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._child: _Child | None = None
        self.peak_memory_mb = 0.0
        """The most resident memory any request has taken so far."""

    def start(self) -> None:
        """Start the child without waiting until it is ready, so that it gets ready while the caller does."""
        self._forget_after_fork()
        with self._lock:
            self._warm_child()

    def inspect(self, path: str | Path, *, media_type: str) -> Facts:
        """A quick look at a document; what is wrong with it stands in ``problem``, also when the sandbox ended it."""
        try:
            return Facts.from_json(self._ask("inspect", path=str(path), media_type=media_type))
        except ReadError as error:
            return Facts(media_type, problem=error.code, detail=error.detail)

    def read(
        self,
        path: str | Path,
        *,
        media_type: str,
        lang: str = "en",
        mode: str = "FAST",
        max_pages: int | None = None,
        target_pages: str = "",
        with_ocr: bool = True,
    ) -> Reading:
        """As ``classifyhub.engine.read``. Raises ``ReadError``; ``ValueError`` for page ranges that are none."""
        parse_pages(target_pages)
        options = {"lang": lang, "mode": mode, "max_pages": max_pages, "target_pages": target_pages}
        options["with_ocr"] = with_ocr
        return Reading.from_json(self._ask("read", path=str(path), media_type=media_type, **options))

    def render(
        self,
        path: str | Path,
        out_path: str | Path,
        *,
        media_type: str,
        page: int = 1,
        width: int = 1400,
        kind: PictureKind = "WEBP",
    ) -> tuple[int, int]:
        """Write page ``page`` as a picture to ``out_path``, whole or not at all; gives its size in pixels. Raises
        ``ReadError``."""
        wanted = {"media_type": media_type, "page": page, "width": width, "kind": kind}
        size = self._ask_for_file("render", path, Path(out_path), **wanted)
        return size["width"], size["height"]

    def cut(self, path: str | Path, out_path: str | Path, *, pages: Sequence[int]) -> int:
        """Write ``pages`` (1-based) of the PDF at ``path`` as a PDF to ``out_path``, whole or not at all; gives its
        size in bytes. Raises ``ReadError``."""
        size: int = self._ask_for_file("cut", path, Path(out_path), pages=list(pages))["bytes"]
        return size

    def _ask_for_file(self, verb: str, path: str | Path, out_path: Path, **arguments: Any) -> dict[str, Any]:
        """A request whose answer is a file: written beside, and moved to its name once it is whole."""
        part = out_path.with_name(f".{out_path.name}.{os.getpid()}-{threading.get_ident()}.part")
        try:
            answer = self._ask(verb, path=str(path), out_path=str(part), **arguments)
            part.replace(out_path)
        finally:
            part.unlink(missing_ok=True)
        return answer

    def close(self) -> None:
        """End the child. The next request starts another."""
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """One request, one reply. Raises ``ReadError`` for what the document does, ``OSError`` for what the system does
        (file not there, disk full). The child is replaced after a failure that leaves its state unknown."""
        Path(arguments["path"]).open("rb").close()  # not there, not ours: said here, not blamed on the document
        self._forget_after_fork()
        with self._lock:
            child = self._warm_child()
            try:
                reply = child.ask({"verb": verb, "arguments": arguments}, wall_seconds=self._wall_seconds)
            except ReadError:
                self._drop()
                raise
            self.peak_memory_mb = max(self.peak_memory_mb, reply["memory_mb"])
        return _unpack(reply)

    def _warm_child(self) -> _Child:
        if self._child is None or not self._child.is_fit():
            self._drop()
            self._child = _Child(self._limits)
        return self._child

    def _drop(self) -> None:
        if self._child is not None:
            self.peak_memory_mb = max(self.peak_memory_mb, self._child.kill())
            self._child = None

    def _forget_after_fork(self) -> None:
        """The pipes belong to the process that made them: two processes talking into one would mix their answers."""
        if self._owner != os.getpid():
            self._owner, self._lock = os.getpid(), threading.Lock()
            if self._child is not None:
                self._child.abandon()
                self._child = None


def _unpack(reply: dict[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        raise ReadError(**reply["error"])
    if "failure" in reply:
        raise OSError(*reply["failure"])
    answer: dict[str, Any] = reply["answer"]
    return answer


@dataclass(frozen=True, slots=True)
class _Limits:
    """Of one child."""

    cpu_seconds: int
    memory_mb: int
    warm_seconds: float

    def to_json(self) -> str:
        """As the child takes them."""
        idle = self.warm_seconds + _LEAVE_SECONDS
        return json.dumps({"cpu_seconds": self.cpu_seconds, "memory_mb": self.memory_mb, "idle_seconds": idle})


class _Child:
    """The process, its two pipes, and what is known of how it ended."""

    def __init__(self, limits: _Limits) -> None:
        self._memory_mb = limits.memory_mb
        self._warm_seconds = limits.warm_seconds
        self._used_at = time.monotonic()
        self._requests = 0
        self._is_ready = False
        self._peak_mb = self._inherited_mb = 0.0
        command = [sys.executable, "-P", "-m", "classifyhub.engine.sandbox_child", str(os.getpid()), limits.to_json()]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=_bare_environment(os.environ),
            )
        except OSError as error:
            raise SandboxUnavailable(f"The reader process cannot be started: {error}") from error

    def _greet(self) -> None:
        """Wait until it is ready, the first time."""
        if self._is_ready:
            return
        try:
            greeting = self._receive(deadline=time.monotonic() + _START_SECONDS)
        except ReadError as error:
            self.kill()
            raise SandboxUnavailable(
                "The reader process does not start. Try: python -m classifyhub.engine.sandbox_child"
            ) from error
        self._inherited_mb = greeting["inherited_mb"]
        self._is_ready = True

    def is_fit(self) -> bool:
        """Whether it may take another request: alive and not about to leave, with room left, not used so often that
        leaks would matter."""
        has_room = self._peak_mb < self._memory_mb / 2
        is_warm = time.monotonic() - self._used_at < self._warm_seconds
        return has_room and is_warm and self._requests < _REQUESTS_PER_CHILD and self._process.poll() is None

    def ask(self, request: Mapping[str, Any], *, wall_seconds: float) -> dict[str, Any]:
        """Send ``request`` and wait for its reply. Raises ``ReadError`` when the child is too slow or dies."""
        self._greet()
        self._requests += 1
        message = json.dumps(request).encode()
        deadline = time.monotonic() + wall_seconds
        try:
            self._stdin.write(_HEADER.pack(len(message)) + message)
            self._stdin.flush()
        except OSError as error:
            raise self._how_it_ended() from error
        reply = self._receive(deadline=deadline)
        self._peak_mb = reply["memory_mb"]
        self._used_at = time.monotonic()
        return reply

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _receive(self, *, deadline: float) -> dict[str, Any]:
        (length,) = _HEADER.unpack(self._read_exactly(_HEADER.size, deadline=deadline))
        if length > _LARGEST_REPLY:
            raise ReadError("too_large", "What was read is too large to hand over.")
        reply: dict[str, Any] = json.loads(self._read_exactly(length, deadline=deadline))
        return reply

    def _read_exactly(self, count: int, *, deadline: float) -> bytearray:
        assert self._process.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        descriptor = self._process.stdout.fileno()
        data = bytearray()
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise ReadError("timed_out", "Reading took longer than its time limit and was ended.")
            chunk = os.read(descriptor, min(count - len(data), 2**20))
            if not chunk:
                raise self._how_it_ended()
            data += chunk
        return data

    def _how_it_ended(self) -> ReadError:
        """The reason behind a closed pipe. Memory that cannot be had shows as an abort (so PDFium and C++ end then), as
        a crash close to the limit, or as a kill by the kernel."""
        if not self._wait(seconds=_END_SECONDS):
            return ReadError("unreadable", "The reader process stopped answering.")
        sign = -min(0, self._process.returncode)
        if sign == signal.SIGXCPU:
            return ReadError("timed_out", "Reading took more processor time than its limit and was ended.")
        if sign in {signal.SIGABRT, signal.SIGKILL} or self._peak_mb > self._memory_mb * 0.7:
            return ReadError("out_of_memory", "Reading took more memory than its limit and was ended.")
        name = signal.Signals(sign).name if sign else f"status {self._process.returncode}"
        return ReadError("unreadable", f"The reader process broke on it ({name}).")

    def kill(self) -> float:
        """End the whole process group and wait for it; gives the child's peak resident memory in MB."""
        if self._process.returncode is None:
            self._end_group()
        self._wait(seconds=_END_SECONDS)
        self.abandon()
        return self._peak_mb

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """Close our ends of the pipes and leave the process to whoever started it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self._process.returncode is None:
            self._process.returncode = 0  # ``Popen`` would warn of a child that is not ours to wait for

    def _wait(self, *, seconds: float) -> bool:
        """Whether the child has ended within ``seconds``. Notes its exit status and, from the same ``wait4``, the most
        memory it ever took."""
        deadline = time.monotonic() + seconds
        while self._process.returncode is None:
            try:
                ended, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            except ChildProcessError:  # somebody who waits for all children was faster
                self._process.returncode = 0
                break
            if ended:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self._end_group()  # the programs it had started; while one of them lives, the number is not given anew
                self._note_peak(usage.ru_maxrss / _MAXRSS_PER_MB)
            elif time.monotonic() > deadline:
                return False
            else:
                time.sleep(0.002)
        return True

    def _note_peak(self, megabytes: float) -> None:
        """Linux starts a child's count at its parent's memory; a count that never rose above that says nothing."""
        if megabytes > self._inherited_mb:
            self._peak_mb = max(self._peak_mb, megabytes)


def _bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python needs to start, and nothing else: a parser that is taken over finds no secret here."""
    kept = {name: environment[name] for name in _KEPT_ENVIRONMENT if name in environment}
    paths = [str(_ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def limits_missing() -> list[str]:
    """What this platform cannot limit, one plain sentence each; empty where everything holds."""
    missing = []
    if sys.platform == "darwin":
        missing.append("macOS does not hold a process to a memory limit, so a hostile document may use more of it.")
    elif not hasattr(resource, "RLIMIT_AS"):
        missing.append("This system has no limit on a process's memory, so a hostile document may use more of it.")
    if not hasattr(resource, "RLIMIT_CPU"):
        missing.append("This system has no limit on processor time; only the clock ends a slow document.")
    return missing
