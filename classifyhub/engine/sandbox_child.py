"""The child's end of ``sandbox``: set the limits, then serve requests until stdin ends, the parent is gone, or
nobody has asked for a while.

Starts without Django and loads a library only when a document needs it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from classifyhub.engine import reading
from classifyhub.engine.model import ReadError

_HEADER = struct.Struct(">I")
_LARGEST_FILE = 256 * 2**20
_WATCH_SECONDS = 0.5
_STATUS = Path("/proc/self/status")
_HIGH_WATER = re.compile(rb"VmHWM:\s+(\d+) kB")


def main(arguments: list[str]) -> None:
    """``arguments`` are the parent's process id and the limits as JSON; without them a trial run ends at once."""
    replies = _take_stdout()
    if len(arguments) == 2:
        limits = json.loads(arguments[1])
        _watch_parent(int(arguments[0]))
        _limit_memory(limits["memory_mb"])
        _send(replies, {"inherited_mb": _counted_megabytes()})
        _serve(sys.stdin.buffer, replies, cpu_seconds=limits["cpu_seconds"], idle_seconds=limits["idle_seconds"])


def _take_stdout() -> BinaryIO:
    """Keep the pipe to the parent for replies alone: what a library prints goes nowhere."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return replies


def _watch_parent(parent: int) -> None:
    """End with the parent, even when it is killed in the middle of a request. A thread that looks at the parent's id
    works on every Unix; Linux's own signal for this would also fire when merely the *thread* that started us ends."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _limit_memory(megabytes: int) -> None:
    _set_limit("RLIMIT_AS", megabytes * 2**20)
    _set_limit("RLIMIT_CORE", 0)
    _set_limit("RLIMIT_FSIZE", _LARGEST_FILE)


def _set_limit(name: str, value: int) -> None:
    kind = getattr(resource, name, None)
    if kind is not None:
        with contextlib.suppress(ValueError, OSError):  # macOS knows the name and refuses the value
            resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


def _allow_processor_time(seconds: int) -> None:
    """Another ``seconds`` from now on: the limit counts over a process's whole life, and this one is kept warm."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit("RLIMIT_CPU", int(usage.ru_utime + usage.ru_stime) + seconds + 1)


def _serve(requests: BinaryIO, replies: BinaryIO, *, cpu_seconds: int, idle_seconds: float) -> None:
    while (header := _wait_for(requests, seconds=idle_seconds)) is not None:
        request = json.loads(requests.read(_HEADER.unpack(header)[0]))
        _allow_processor_time(cpu_seconds)
        _send(replies, {**_answer(request), "memory_mb": _resident_megabytes()})


def _wait_for(requests: BinaryIO, *, seconds: float) -> bytes | None:
    """The head of the next request; null at the end of them. When none comes within ``seconds`` the process ends here,
    with all it has started. Nothing of a next request is read ahead: each waits for the reply to the one before."""
    if not select.select([requests], [], [], seconds)[0]:
        os.killpg(0, signal.SIGKILL)  # with the programs that were kept warm for it
    return requests.read(_HEADER.size) or None


def _send(replies: BinaryIO, reply: dict[str, Any]) -> None:
    message = json.dumps(reply, separators=(",", ":")).encode()
    replies.write(_HEADER.pack(len(message)) + message)
    replies.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request. Whatever a parser raises, the next request is served by the same child."""
    try:
        return {"answer": _VERBS[request["verb"]](**request["arguments"])}
    except ReadError as error:
        return _error(error.code, error.detail)
    except Exception as error:  # noqa: BLE001 - hostile bytes raise whatever they like
        return _name_error(error)


def _name_error(error: Exception) -> dict[str, Any]:
    """An exception that no reader foresaw, as a reply. An ``OSError`` with a number is the system's (a full disk);
    those of image libraries have none."""
    if isinstance(error, OSError) and error.errno is not None:
        return {"failure": [error.errno, error.strerror]}
    if isinstance(error, MemoryError):
        return _error("out_of_memory", "Reading took more memory than its limit.")
    if isinstance(error, RecursionError):
        return _error("too_large", "The document is nested too deeply.")
    return _error("unreadable", f"{type(error).__name__}: {error}"[:500])


def _error(code: str, detail: str) -> dict[str, Any]:
    return {"error": {"code": code, "detail": detail}}


def _resident_megabytes() -> float:
    """The most memory this process ever had. Linux counts the parent's into ``ru_maxrss``; this figure is our own."""
    try:
        match = _HIGH_WATER.search(_STATUS.read_bytes())
    except OSError:
        match = None
    return int(match[1]) / 2**10 if match else _counted_megabytes()


def _counted_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _inspect(**arguments: Any) -> dict[str, Any]:
    return reading.inspect(**arguments).to_json()


def _read(**arguments: Any) -> dict[str, Any]:
    return reading.read(**arguments).to_json()


def _render(**arguments: Any) -> dict[str, Any]:
    from classifyhub.engine.render import render  # noqa: PLC0415 - loads two large libraries; most children never draw

    width, height = render(**arguments)
    return {"width": width, "height": height}


def _cut(**arguments: Any) -> dict[str, Any]:
    from classifyhub.engine.cutting import cut  # noqa: PLC0415 - as above: most children never cut

    return {"bytes": cut(**arguments)}


_VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "inspect": _inspect,
    "read": _read,
    "render": _render,
    "cut": _cut,
}

if __name__ == "__main__":
    main(sys.argv[1:])
