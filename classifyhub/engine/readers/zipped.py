"""Zip containers: what DOCX, PPTX, XLSX, OpenDocument and EPUB have in common.

Parts are inflated piece by piece under one allowance for the whole file, so a zip bomb ends as ``too_large``. Nothing
is ever unpacked to disk: a part's name is a key, not a path."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from classifyhub.engine.limits import MAX_INFLATED_BYTES, MAX_ZIP_ENTRIES
from classifyhub.engine.model import ReadError
from classifyhub.engine.sniffing import is_protected_office

_CHUNK = 65_536
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)


@contextmanager
def open_container(path: Path, *, kind: str) -> Iterator[Container]:
    """The parts of the file at ``path``, a ``kind`` ("DOCX") of document. Whatever is wrong with the container, found
    now or while its parts are read, ends as a ``ReadError``."""
    if is_protected_office(path):
        raise ReadError("encrypted", "The document is protected with a password.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield Container(archive)
    except _DAMAGED as error:
        raise ReadError("unreadable", f"Not a whole {kind} file: {error}") from error


class Container:
    """The parts by name, and how many bytes they may still unpack to, all together."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.names = archive.namelist()
        if len(self.names) > MAX_ZIP_ENTRIES:
            raise ReadError("too_large", f"The file holds {len(self.names):,} parts.")
        self._archive = archive
        self._known = frozenset(self.names)
        self._left = MAX_INFLATED_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def inflate(self, name: str) -> Iterator[bytes]:
        """The part piece by piece; raises ``too_large`` once the allowance is used up, whatever the header claims."""
        info = self._archive.getinfo(name)
        if info.flag_bits & 0x1:
            raise ReadError("encrypted", "The document is protected with a password.")
        with self._archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise ReadError("too_large", f"The file unpacks to more than {MAX_INFLATED_BYTES >> 20} MB.")
                yield chunk


def resolve(target: str, *, base: str) -> str:
    """The name of the part that ``target``, as written in the part ``base``, means: relative to its folder, or from the
    top when it starts with a slash."""
    plain = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), plain)).lstrip("/")
