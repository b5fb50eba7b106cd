"""What a ZIP file holds, and what of it is taken: decided from its directory alone, before anything is inflated, so
that the answer is the same however often it is asked.

The directory is a stranger's: it may be huge, forged, or lie about sizes. It is read in one piece of at most
``DIRECTORY_MOST`` bytes, and no entry ever inflates to more than it announced there (``zipfile`` stops at that), so the
announced sizes can be summed up and capped.
"""

from __future__ import annotations

import errno
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any

from classifyhub.engine.sniffing import UNKNOWN, ZIP

ENTRIES_MOST = 2_000
DIRECTORY_MOST = 4 * 2**20
# Text and logs shrink to a fiftieth. More than this, and over a size that does not matter, is made to fill a disk.
RATIO_MOST, RATIO_FREE = 200, 2**20
# What everything that makes ZIP files by itself uses; the others are rare, and some take gigabytes to unpack.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ENCRYPTED_FLAG, UTF8_FLAG = 0x1, 0x800
UNIX = 3
# What systems leave in folders for themselves; the same as in static/js/drop.js.
JUNK = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*", re.IGNORECASE)
JUNK_FOLDER = "__MACOSX"
DRIVE = re.compile(r"[A-Za-z]:")
CHUNK_BYTES = 64 * 1024
# What a damaged or forged file makes zipfile raise, as fuzzing found.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class RefusedArchiveError(Exception):
    """Nothing of the archive is taken; ``code`` is one of ``jobs.refusals``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DamagedEntryError(Exception):
    """What was stored of this entry is not what its directory says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of an archive, at ``index`` of its directory. ``refusal`` is the code why it is not taken, empty
    for one that is; ``folder`` is where it lies in the archive."""

    index: int
    name: str
    folder: str
    size: int
    refusal: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: of one document, and of all together once inflated."""

    each: int
    total: int


class Archive:
    """An open archive and what of it counts: folders and what systems leave behind do not."""

    def __init__(self, file: zipfile.ZipFile, entries: list[Entry]) -> None:
        self.entries = entries
        self._file = file
        self._infos = file.infolist()

    def read(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of an entry, in chunks. ``DamagedEntryError`` where they are not what was promised."""
        try:
            with self._file.open(self._infos[entry.index]) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
        except (*DAMAGE, OSError) as error:
            if _is_damage(error):
                raise DamagedEntryError from error
            raise


def is_archive(name: str, media_type: str) -> bool:
    """Whether an upload is to be unpacked: named .zip, and no other format that happens to be one inside, such as DOCX
    or EPUB. One of which nothing can be told counts, so that it is said to be a damaged archive."""
    return media_type in {ZIP, UNKNOWN} and PurePosixPath(name).suffix.lower() == ".zip"


@contextmanager
def opened(path: Path, *, limits: Limits) -> Iterator[Archive]:
    """The archive at ``path``. Raises ``RefusedArchiveError``, and ``FileNotFoundError`` where there is none."""
    with path.open("rb") as file:
        archive = _open(file)
        if len(archive.filelist) > ENTRIES_MOST:
            raise RefusedArchiveError(f"too_many:{len(archive.filelist)}")
        entries = list(_judge(archive.filelist, limits, packed=path.stat().st_size))
        if not entries:
            raise RefusedArchiveError("empty_archive")
        yield Archive(archive, entries)


class _Capped:
    """A file of which nobody reads a large piece at once: zipfile reads the whole directory so, however long it claims
    to be."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(DIRECTORY_MOST + 1 if size < 0 else min(size, DIRECTORY_MOST + 1))
        if len(piece) > DIRECTORY_MOST:
            raise RefusedArchiveError(f"too_many:>{ENTRIES_MOST}")
        return piece


def _open(file: BufferedReader) -> zipfile.ZipFile:
    capped: Any = _Capped(file)
    try:
        return zipfile.ZipFile(capped)
    except (*DAMAGE, OSError) as error:
        if _is_damage(error):
            raise RefusedArchiveError("damaged_archive") from error
        raise


def _is_damage(error: Exception) -> bool:
    """Not a disk of ours that fails; an offset that points before the start of the file is."""
    return not isinstance(error, OSError) or error.errno == errno.EINVAL


def _judge(infos: list[zipfile.ZipInfo], limits: Limits, *, packed: int) -> Iterator[Entry]:
    """What becomes of each entry. Those that overlap in the file each count in full, so that a file made of one piece
    that is listed a thousand times does not unpack to a thousand pieces."""
    most, taken = min(limits.total, max(RATIO_MOST * packed, RATIO_FREE)), 0
    for index, info in enumerate(infos):
        name = read_name(info).replace("\\", "/")
        path = PurePosixPath(name)
        if name.endswith("/") or _is_junk(path):
            continue
        refusal = _refuse(info, path) or ("total" if taken + info.file_size > most else "")
        if not refusal and info.file_size <= limits.each:  # a larger one is refused by its size
            taken += info.file_size
        folder = "" if refusal == "outside" or path.parent == PurePosixPath() else str(path.parent)
        yield Entry(index, path.name or str(path), folder, info.file_size, refusal)


def _refuse(info: zipfile.ZipInfo, path: PurePosixPath) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == UNIX else 0
    if path.is_absolute() or ".." in path.parts or DRIVE.match(str(path)):
        return "outside"
    if kind not in {0, stat.S_IFREG}:
        return "link"
    if info.flag_bits & ENCRYPTED_FLAG:
        return "encrypted"
    if info.compress_type not in METHODS:
        return "method"
    is_bomb = info.file_size > max(RATIO_FREE, RATIO_MOST * info.compress_size)
    return "ratio" if is_bomb else ""


def _is_junk(path: PurePosixPath) -> bool:
    return JUNK_FOLDER in path.parts or bool(JUNK.fullmatch(path.name))


def read_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: UTF-8 where the entry says so, or where its bytes are that and nothing says so, as some
    systems write it; else the code page of the format's first days, which is what ``zipfile`` takes it for."""
    name = info.orig_filename
    if info.flag_bits & UTF8_FLAG:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name
