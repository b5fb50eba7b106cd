"""Feed a folder of hostile files to the sandbox, one after the other: ``python -m classifyhub.bench.hostile FOLDER``.

Prints what became of each file, how long it took and how much memory the reader process took at most. Exit status 1
when a file ended in anything but an answer or a named error, took longer than 60 s, or took more than 1 GB."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine import RENDERABLE, ReadError, sniff
from classifyhub.engine.sandbox import Sandbox

MOST_SECONDS = 60.0
MOST_MEGABYTES = 1000.0
CODES = frozenset(
    {"empty", "encrypted", "unreadable", "too_large", "no_local_reader", "timed_out", "out_of_memory"},
)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file."""

    name: str
    read: str
    image: str
    seconds: float
    megabytes: float

    @property
    def violations(self) -> list[str]:
        """Which of the promises this file broke, in words."""
        broken = [f"{step}: {said}" for step, said in (("read", self.read), ("image", self.image)) if "!" in said]
        if self.seconds > MOST_SECONDS:
            broken.append(f"took {self.seconds:.0f} s")
        if self.megabytes > MOST_MEGABYTES:
            broken.append(f"took {self.megabytes:.0f} MB")
        return broken


def measure(path: Path, scratch: Path) -> Row:
    """Inspect, read and render ``path`` in a sandbox of its own, so that the memory is that file's."""
    started = time.monotonic()
    with Sandbox() as sandbox:
        media_type = sniff(path)
        facts = sandbox.inspect(path, media_type=media_type)
        read = _name_outcome(lambda: _read(sandbox, path, media_type))
        image = _name_outcome(lambda: _render(sandbox, path, media_type, scratch)) if media_type in RENDERABLE else "-"
        if facts.problem and facts.problem not in CODES:
            read += f" ! inspect said {facts.problem}"
    return Row(path.name, read, image, time.monotonic() - started, sandbox.peak_memory_mb)


def _read(sandbox: Sandbox, path: Path, media_type: str) -> str:
    reading = sandbox.read(path, media_type=media_type)
    characters = sum(len(page.text) for page in reading.pages)
    left_out = f", {len(reading.pages_not_read)} not read ({reading.cut})" if reading.pages_not_read else ""
    return f"{len(reading.pages)} of {reading.page_count} pages{left_out}, {characters:,} characters"


def _render(sandbox: Sandbox, path: Path, media_type: str, scratch: Path) -> str:
    width, height = sandbox.render(path, scratch / "page.webp", media_type=media_type)
    return f"{width} x {height}"


def _name_outcome(step: Callable[[], str]) -> str:
    try:
        return step()
    except ReadError as error:
        return error.code if error.code in CODES else f"! {error.code}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"! {type(error).__name__}: {error}"


def print_table(rows: list[Row]) -> None:
    """One line a file, then the sums."""
    width = max(len(row.name) for row in rows)
    reads = max(len(row.read) for row in rows)
    print(f"{'file':{width}}  {'read':{reads}}  {'page image':15}  {'seconds':>7}  {'peak MB':>7}")
    for row in rows:
        print(f"{row.name:{width}}  {row.read:{reads}}  {row.image:15}  {row.seconds:7.2f}  {row.megabytes:7.0f}")
    print()
    print(", ".join(f"{count} {name}" for name, count in Counter(_kind(row) for row in rows).most_common()))
    slowest, largest = max(rows, key=lambda row: row.seconds), max(rows, key=lambda row: row.megabytes)
    print(f"slowest {slowest.seconds:.1f} s ({slowest.name}), largest {largest.megabytes:.0f} MB ({largest.name})")


def _kind(row: Row) -> str:
    return "read" if "pages" in row.read else row.read


def find_files(folder: Path) -> Iterator[Path]:
    """Every file below ``folder``, in order of name."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def main(arguments: list[str]) -> int:
    files = list(find_files(Path(arguments[0]))) if len(arguments) == 1 and arguments[0] else []
    if not files:
        print("usage: python -m classifyhub.bench.hostile FOLDER (a folder with files in it)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        rows = [measure(path, Path(scratch)) for path in files]
    print_table(rows)
    broken = [f"{row.name}: {violation}" for row in rows for violation in row.violations]
    print(*(broken or ["Every file ended in an answer or a named error, within the limits."]), sep="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
