"""The pack as last put together, kept beside Python's own compiled files: reading it takes a tenth of the time that
reading YAML and finding stems does. It is trusted as much as those are, and may be deleted as they may."""

from __future__ import annotations

import hashlib
import importlib.util
import marshal
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from classifyhub.engine import words

_CODE = (Path(words.__file__), *sorted(Path(__file__).parent.glob("*.py")))

Rows = tuple[Any, ...]


def keep_compiled(sources: Iterable[Path], build: Callable[[], Rows], *, name: str = "types") -> Rows:
    """What ``build`` makes of ``sources``: kept under ``name`` from last time, unless they or the code that reads them
    have changed. ``build`` gives tuples of what marshal knows: text, numbers, tuples, dicts and sets of those."""
    digest = digest_of([*sources, *_CODE])
    kept = _place(name)
    try:
        found = kept.read_bytes()
        if found.startswith(digest):
            return tuple(marshal.loads(memoryview(found)[len(digest) :]))  # noqa: S302 - our own bytes, in a place of Python's own
    except (OSError, ValueError, EOFError, TypeError):
        pass  # there is none, or one cut short: it is made anew
    content = marshal.dumps(share_equals(build()))
    if not sys.dont_write_bytecode:
        write_whole(kept, digest + content)
    return tuple(marshal.loads(content))  # noqa: S302 - as above


def share_equals(rows: Rows) -> Rows:
    """The same, with one object for all that are equal: the same names and phrases stand in many places, and marshal
    gives back as many objects as it was given. Else the pack took a third more memory."""
    seen: dict[Any, Any] = {}

    def share(value: Any) -> Any:
        match value:
            case dict():
                return {share(key): share(found) for key, found in value.items()}
            case tuple():
                parts = tuple(map(share, value))
                return seen.setdefault((tuple, *map(id, parts)), parts)  # 1 and 1.0 are equal, but not the same
            case frozenset() | set():
                return type(value)(map(share, value))
        return seen.setdefault((type(value), repr(value)), value)

    return tuple(map(share, rows))


def digest_of(sources: Iterable[Path]) -> bytes:
    """Another one as soon as any byte of ``sources`` is."""
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).digest()


def _place(name: str) -> Path:
    return Path(importlib.util.cache_from_source(__file__)).with_suffix(f".{name}.pack")


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all, for others may read it meanwhile. Where nothing may be written, nothing is kept."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
