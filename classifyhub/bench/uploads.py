"""Five hundred files in one drop: do all arrive, how fast beside a plain copy, and how much the web server grows."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum

from classifyhub.bench import desks
from classifyhub.bench.figures import Aim, Figure, Spread
from classifyhub.bench.footprint import MEGABYTE, MemoryWatch, memory_of
from classifyhub.bench.visiting import AT_ONCE, Visitor, wait_for
from jobs.models import Blob

CHUNK = 64 * 1024
SETTLE = 2.0  # seconds before a look at memory that should be at rest


@dataclass(frozen=True, slots=True)
class Drop:
    """Seconds until the last file was in and until the last was checked, and what the server then said."""

    sent: float
    checked: float
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the web server, in MB."""

    before: float
    peak: float
    after: float


def measure(*, files: int, size: int) -> list[Figure]:
    """One drop through the running web server, between two plain copies of the same bytes."""
    contents = [os.urandom(size // 2).hex().encode() for _number in range(files)]
    with desks.running_desk() as desk, desks.first_visitor() as visitor:
        _send(visitor, [content[2:] for content in contents[:AT_ONCE]])  # so that all code is loaded
        visitor.post("upload/clear/")
        copies = [_copy(contents, settings.DATA_DIR / "tmp")]
        drop, memory = _send_watched(visitor, contents, desks.programs(desk)["web"])
        copies.append(_copy(contents, settings.DATA_DIR / "tmp"))
        kept = Blob.objects.filter(documents__isnull=False).aggregate(bytes=Sum("size"))["bytes"]
    return [*_arrivals(drop, files, kept), *_speeds(drop, files * size / MEGABYTE, copies), *_growth(memory)]


def _send_watched(visitor: Visitor, contents: Sequence[bytes], web: list[Any]) -> tuple[Drop, Memory]:
    time.sleep(SETTLE)
    before = memory_of(web)
    with MemoryWatch(lambda: web) as watch:
        drop = _send(visitor, contents)
    time.sleep(SETTLE)
    return drop, Memory(before, watch.peak, memory_of(web))


def _send(visitor: Visitor, contents: Sequence[bytes]) -> Drop:
    started = time.monotonic()
    batch = visitor.announce(len(contents))
    visitor.send(batch, contents)
    sent = time.monotonic() - started
    wait_for(lambda: not visitor.totals(batch)["is_moving"], what="all files checked", every=0.5)
    return Drop(sent, time.monotonic() - started, visitor.totals(batch))


def _copy(contents: Sequence[bytes], folder: Path) -> float:
    """Seconds to write, hash and rename the same bytes, one after the other."""
    started = time.monotonic()
    for content in contents:
        digest = hashlib.sha256()
        with (folder / "copy").open("wb") as file:
            for start in range(0, len(content), CHUNK):
                digest.update(content[start : start + CHUNK])
                file.write(content[start : start + CHUNK])
        (folder / "copy").replace(folder / digest.hexdigest())
    seconds = time.monotonic() - started
    for path in folder.iterdir():
        path.unlink()
    return seconds


def _arrivals(drop: Drop, files: int, kept: int) -> Iterator[Figure]:
    ready = sum(phase == "ready" for _key, phase, *_rest in drop.said["rows"])
    for name, value in (("arrived", drop.said["arrived"]), ("ready to launch", ready)):
        yield Figure(name=name, value=Spread.of([value]), unit="files", aim=Aim(files, is_least=True))
    yield Figure(name="announced", value=Spread.of([drop.said["expected"]]), unit="files", aim=Aim(files))
    yield Figure(name="kept", value=Spread.of([kept / MEGABYTE]), unit="MB")


def _speeds(drop: Drop, megabytes: float, copies: list[float]) -> Iterator[Figure]:
    yield Figure(
        name="upload",
        value=Spread.of([megabytes / drop.sent]),
        unit="MB/s",
        baseline=Spread.of(megabytes / seconds for seconds in copies),
        beside="MB/s copied and hashed",
        ratio=Spread.of(seconds / drop.sent for seconds in copies),
    )
    yield Figure(name="until the last is in", value=Spread.of([drop.sent]), unit="s")
    yield Figure(name="until the last is checked", value=Spread.of([drop.checked]), unit="s")


def _growth(memory: Memory) -> Iterator[Figure]:
    growth = Spread.of([max(memory.peak - memory.before, 0)])
    yield Figure(name="growth of the web server, at most", value=growth, unit="MB", aim=Aim(30))
    for name, value in (("before", memory.before), ("at most", memory.peak), ("after", memory.after)):
        yield Figure(name=f"memory of the web server {name}", value=Spread.of([value]), unit="MB")
