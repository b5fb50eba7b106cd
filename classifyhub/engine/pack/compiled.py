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
    rows = build()
    if not sys.dont_write_bytecode:
        _write(kept, digest + marshal.dumps(rows))
    return rows


def digest_of(sources: Iterable[Path]) -> bytes:
    """Another one as soon as any byte of ``sources`` is."""
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).digest()


def _place(name: str) -> Path:
    return Path(importlib.util.cache_from_source(__file__)).with_suffix(f".{name}.pack")


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for others may read it meanwhile. Where nothing may be written, nothing is kept."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
