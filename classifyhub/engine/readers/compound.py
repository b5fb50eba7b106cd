"""Compound files, the container of DOC, PPT and MSG ([MS-CFB]): streams in storages of chained sectors.
Every chain may be forged to loop, so none is followed further than the file has sectors."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine.limits import MAX_COMPOUND_BYTES, MAX_ZIP_ENTRIES
from classifyhub.engine.model import ReadError
from classifyhub.engine.sniffing import OLE_MAGIC

_LAST_SECTOR = 0xFFFFFFFA  # larger numbers mean the end of a chain, or a free sector
_ENTRY = 128
_STORAGE, _STREAM = 1, 2


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the directory: the places of its neighbours and of its first child, where its bytes start."""

    name: str
    kind: int
    neighbours: tuple[int, int]
    child: int
    start: int
    size: int


class CompoundFile:
    """The streams of a file by path ("storage/stream"). Raises ``ReadError`` for a file that is none or is damaged."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = file.read(MAX_COMPOUND_BYTES + 1)
        if len(self._data) > MAX_COMPOUND_BYTES:
            raise ReadError("too_large", f"The file has more than {MAX_COMPOUND_BYTES >> 20} MB.")
        try:
            self._open()
        except (struct.error, IndexError) as error:
            raise ReadError("unreadable", "The file is cut short or damaged.") from error

    def _open(self) -> None:
        header = self._data[:512]
        shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if not header.startswith(OLE_MAGIC) or shift not in {9, 12} or mini_shift != 6:
            raise ReadError("unreadable", "Not a whole compound file.")
        self._shift = shift
        directory, self._cutoff, first_mini = (struct.unpack_from("<I", header, at)[0] for at in (48, 56, 60))
        self._table = self._load_table(header)
        self._mini_table = _numbers(self._follow(first_mini))
        self._entries = [_read_entry(entry) for entry in _cut(self._follow(directory), _ENTRY)]
        root = self._entries[0]
        self._mini = self._follow(root.start)[: root.size]
        self._places = dict(self._walk(root))

    @property
    def names(self) -> list[str]:
        """The paths of all streams."""
        return list(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def read(self, name: str) -> bytes:
        """The bytes of the stream ``name``; none for one that is not there."""
        if name not in self._places:
            return b""
        entry = self._entries[self._places[name]]
        if entry.size >= self._cutoff:
            return self._follow(entry.start)[: entry.size]
        sectors = _chain(self._mini_table, entry.start)
        return b"".join(self._mini[sector << 6 : (sector + 1) << 6] for sector in sectors)[: entry.size]

    def _load_table(self, header: bytes) -> Sequence[int]:
        """Which sector follows which. The sectors it stands in are listed in the header and in a chain of lists."""
        places = list(_numbers(header[76:512]))
        listing, seen = struct.unpack_from("<I", header, 68)[0], 0
        while listing < _LAST_SECTOR:
            *more, listing = _numbers(self._sector(listing)) or (_LAST_SECTOR,)
            places += more
            seen += 1
            if seen > len(self._data) >> self._shift:
                raise ReadError("unreadable", "The file's tables run in a circle.")
        sectors = dict.fromkeys(place for place in places if place < _LAST_SECTOR)
        return _numbers(b"".join(self._sector(place) for place in sectors))

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) << self._shift : (number + 2) << self._shift]

    def _follow(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _chain(self._table, start))

    def _walk(self, root: _Entry) -> Iterator[tuple[str, int]]:
        """Paths and places of the streams. Each place is visited once, whatever the tree says."""
        waiting, seen = [(root.child, "")], set[int]()
        while waiting:
            place, folder = waiting.pop()
            if place >= len(self._entries) or place in seen:
                continue
            if len(seen) > MAX_ZIP_ENTRIES:
                raise ReadError("too_large", f"The file holds more than {MAX_ZIP_ENTRIES:,} parts.")
            seen.add(place)
            entry = self._entries[place]
            waiting += ((neighbour, folder) for neighbour in entry.neighbours)
            if entry.kind == _STORAGE:
                waiting.append((entry.child, f"{folder}{entry.name}/"))
            elif entry.kind == _STREAM:
                yield folder + entry.name, place


def _chain(table: Sequence[int], start: int) -> Iterator[int]:
    left = len(table)
    while start < len(table):
        if not left:
            raise ReadError("unreadable", "The file's sectors run in a circle.")
        left -= 1
        yield start
        start = table[start]


def _read_entry(data: bytes) -> _Entry:
    length, kind = struct.unpack_from("<HB", data, 64)
    left, right, child = struct.unpack_from("<III", data, 68)
    start, size = struct.unpack_from("<II", data, 116)
    name = data[: min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")
    return _Entry(name, kind, (left, right), child, start, size)


def _cut(data: bytes, length: int) -> Iterator[bytes]:
    return (data[at : at + length] for at in range(0, len(data) - length + 1, length))


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
