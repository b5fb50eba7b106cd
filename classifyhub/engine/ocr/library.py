"""Processes that hold tesseract's library and stay from picture to picture; see ``library_child``.

One reads one picture at a time; as many are kept as pages were ever read at once. They belong to the process group of
the sandbox and end with it, or when it closes their stdin."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image

from classifyhub.engine.limits import OCR_DPI
from classifyhub.engine.ocr import library_child
from classifyhub.engine.ocr.library_child import REFUSED, REPLY, REQUEST
from classifyhub.engine.ocr.shapes import OcrFailure, SmallPrint

_NAMES = ("libtesseract.5.dylib",) if sys.platform == "darwin" else ("libtesseract.so.5",)
_SCRIPT = library_child.__file__
_START_SECONDS = 10.0


class LibraryMissing(Exception):  # noqa: N818 - errors here name the condition
    """There is no library that is the same as the program and works."""


@dataclass(frozen=True, slots=True)
class Library:
    """What a process is started for: the ``program`` that the library belongs to, its version, the language data."""

    program: str
    version: str
    data: str

    def read(self, image: Image.Image, *, seconds: float, uneven: bool = False, refuses_small: bool = False) -> str:
        """The table of words of a picture in shades of grey. Raises ``OcrFailure``, ``SmallPrint`` where that is to be
        refused, and ``LibraryMissing`` from the first time on that a process could not be started."""
        header = REQUEST.pack(*image.size, uneven, refuses_small, max(0, int(seconds)) + 1)
        with pool.lend(self) as process:
            table = process.ask(header + image.tobytes(), seconds=seconds)
        if table is None:
            raise SmallPrint
        return table.decode("utf-8", "replace")

    @property
    def places(self) -> list[str]:
        """Beside the program, and wherever the system looks for libraries."""
        folder = Path(self.program).resolve().parent.parent / "lib"
        return [place for name in _NAMES for place in (str(folder / name), name)]


class _Process:
    def __init__(self, library: Library) -> None:
        command = [sys.executable, "-I", "-S", _SCRIPT, library.version, library.data, str(OCR_DPI), *library.places]
        self.library = library
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin  # noqa: S101 - Popen was asked for pipes
        assert self._process.stdout  # noqa: S101
        return self._process.stdin, self._process.stdout

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def greet(self) -> None:
        """Wait until it is ready. Raises ``OcrFailure``."""
        with self._killed_after(_START_SECONDS):
            self._receive()

    def ask(self, request: bytes, *, seconds: float) -> bytes | None:
        """Send a picture and wait for its table, at most ``seconds``; null when it was refused. Raises
        ``OcrFailure``."""
        with self._killed_after(seconds):
            try:
                self._pipes[0].write(request)
                self._pipes[0].flush()
            except OSError as error:
                raise OcrFailure("It ended before it had the picture.") from error
            return self._receive()

    def _receive(self) -> bytes | None:
        (length,) = REPLY.unpack(self._read_exactly(REPLY.size))
        return None if length == REFUSED else self._read_exactly(length)

    def _read_exactly(self, count: int) -> bytes:
        data = self._pipes[1].read(count)
        if len(data) != count:
            raise OcrFailure("It ended, or was ended, before it had answered.")
        return data

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        clock = threading.Timer(max(0.1, seconds), self._process.kill)
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def end(self) -> None:
        self._process.kill()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):  # what could not be sent any more
                pipe.close()
        self._process.wait()


class _Pool:
    """The processes that wait for a picture, and what could not be started."""

    def __init__(self) -> None:
        self.idle: list[_Process] = []
        self.missing: set[Library] = set()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, library: Library) -> Iterator[_Process]:
        """A process that nobody else uses, kept for the next picture unless this one broke it."""
        process = self._take(library) or self._start(library)
        try:
            yield process
        except BaseException:
            process.end()
            raise
        with self._lock:
            self.idle.append(process)

    def _take(self, library: Library) -> _Process | None:
        """An idle process for ``library``. Those for another language are ended: each holds some sixty megabytes."""
        with self._lock:
            fit = [process for process in self.idle if process.library == library and process.is_alive]
            unfit = [process for process in self.idle if process not in fit]
            self.idle = fit[1:]
        for process in unfit:
            process.end()
        return fit[0] if fit else None

    def _start(self, library: Library) -> _Process:
        if library in self.missing:
            raise LibraryMissing
        process, begun = _Process(library), time.monotonic()
        try:
            process.greet()
        except OcrFailure as error:
            process.end()
            if time.monotonic() - begun < _START_SECONDS:  # one that was only too slow may be faster next time
                self.missing.add(library)
            raise LibraryMissing from error
        return process

    def close(self) -> None:
        """End all that are idle, and try again what could not be started."""
        with self._lock:
            ended, self.idle = self.idle, []
        self.missing.clear()
        for process in ended:
            process.end()

    def forget(self) -> None:
        """In a new process after a fork: they answer the parent, and whoever held the lock is not there."""
        self.idle = []
        self._lock = threading.Lock()


pool = _Pool()
atexit.register(pool.close)
os.register_at_fork(after_in_child=pool.forget)
