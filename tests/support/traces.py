"""Looking for what should be gone, in files that other processes have open."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path


def files_with(word: str, folder: Path) -> list[Path]:
    """The files below ``folder`` in whose name or bytes ``word`` stands, inflated where packed."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if word in path.name or word.encode() in read_inflated(path)]


def read_inflated(path: Path) -> bytes:
    """All bytes of a file; none when it is gone by now."""
    data = _read(path)
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _read(path: Path) -> bytes:
    if "sqlite3" in path.name:
        # By a child. Whoever closes a file loses every lock that any part of the same process holds on it, SQLite's
        # among them; a worker then takes the write-ahead log away from under this process.
        return subprocess.run(["cat", str(path)], stdout=subprocess.PIPE, check=False).stdout
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
