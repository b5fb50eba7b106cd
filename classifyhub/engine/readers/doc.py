"""DOC, Word 97 to 2003 ([MS-DOC]): the text of its pieces in order, body first, then notes, headers and footers. Of
Word 6 and 95, whose pieces are not listed, the text as it was last saved in full."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from classifyhub.engine.limits import MAX_PAGE_CHARACTERS
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.compound import CompoundFile
from classifyhub.engine.readers.flow import Writer, has_letters, single_page

_MAIN = "WordDocument"
_WORD_97 = 0xC1
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200  # flags at 10 (2.5.2)
_COMPRESSED = 1 << 30  # of a piece's place: one byte a character (2.9.73)
_FIELD = re.compile("\x13[^\x13-\x15]*(?:\x14([^\x13-\x15]*))?\x15")
_FIELDS_IN_FIELDS = 8
_BREAKS = re.compile("[\r\n\x07\x0b\x0c\x0e]+")
_SIGNS = str.maketrans({"\x1e": "-", "\x1f": None, **dict.fromkeys(map(chr, (1, 2, 3, 4, 5, 8, 19, 20, 21)), None)})


def inspect(path: Path) -> tuple[int | None, bool | None]:
    return None, has_letters(_write(path).text)


def read(path: Path, scope: Scope) -> Parts:
    return single_page(_write(path), scope)


def _write(path: Path) -> Writer:
    file = CompoundFile(path)
    main = file.read(_MAIN)
    try:
        text = _read_text(file, main)
    except struct.error as error:
        raise ReadError("unreadable", "The Word document is cut short or damaged.") from error
    writer = Writer()
    for line in _BREAKS.split(_drop_fields(text)):
        writer.line(line.translate(_SIGNS))
    return writer


def _read_text(file: CompoundFile, main: bytes) -> str:
    version, flags = struct.unpack_from("<2xH6xH", main)
    if flags & _ENCRYPTED:
        raise ReadError("encrypted", "The document is protected with a password.")
    if version < _WORD_97:
        start, end = struct.unpack_from("<II", main, 24)
        return main[start : min(end, start + MAX_PAGE_CHARACTERS * 2)].decode("cp1252", "replace")
    start, length = struct.unpack_from("<II", main, 0x1A2)
    table = file.read("1Table" if flags & _TABLE_1 else "0Table")
    return "".join(_read_pieces(main, _find_pieces(table[start : start + length])))


def _find_pieces(listing: bytes) -> bytes:
    """The table of pieces, which stands behind any number of property lists (2.9.38)."""
    at = 0
    while listing[at : at + 1] == b"\x01":
        at += 3 + int(struct.unpack_from("<H", listing, at + 1)[0])
    if listing[at : at + 1] != b"\x02":
        raise ReadError("unreadable", "The Word document does not say where its text is.")
    (length,) = struct.unpack_from("<I", listing, at + 1)
    return listing[at + 5 : at + 5 + length]


def _read_pieces(main: bytes, table: bytes) -> Iterator[str]:
    """The text of each piece. Positions come first, one more than there are pieces, then eight bytes each (2.8.35)."""
    count = (len(table) - 4) // 12
    positions = struct.unpack_from(f"<{count + 1}I", table)
    left = MAX_PAGE_CHARACTERS * 2  # many pieces may point at one text
    for number in range(count):
        (place,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)
        length = min(max(0, positions[number + 1] - positions[number]), left)
        left -= length
        if place & _COMPRESSED:
            start = (place & ~_COMPRESSED) // 2
            yield main[start : start + length].decode("cp1252", "replace")
        else:
            yield main[place : place + 2 * length].decode("utf-16-le", "replace")


def _drop_fields(text: str) -> str:
    """What fields show, without the instructions that made it, innermost first."""
    for _ in range(_FIELDS_IN_FIELDS):
        text, changed = _FIELD.subn(lambda match: match[1] or "", text)
        if not changed:
            break
    return text
