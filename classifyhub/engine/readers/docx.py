"""DOCX: headers, body with its tables, notes, footers, in that order, by a streaming parser.

Office files carry no document type declaration, so one is refused: that closes the door on entity bombs. Parts are
inflated piece by piece under one allowance for the whole file, so a zip bomb ends as ``too_large``."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from classifyhub.engine.limits import MAX_INFLATED_BYTES, MAX_XML_DEPTH, MAX_ZIP_ENTRIES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, single_page
from classifyhub.engine.sniffing import is_protected_office

_PARTS = re.compile(r"word/(header\d*|document\d*|footnotes|endnotes|footer\d*)\.xml")
_ORDER = ("header", "document", "footnotes", "endnotes", "footer")
_HEADING_STYLE = re.compile(r"title|titel|titre|titolo|t[ií]tulo|heading ?1|berschrift ?1|titre ?1", re.IGNORECASE)
_CHUNK = 65_536


def inspect(path: Path) -> tuple[int | None, bool | None]:
    text = _write(path).text
    return None, any(character.isalnum() for character in text)


def read(path: Path, scope: Scope) -> Parts:
    return single_page(_write(path), scope)


def _write(path: Path) -> Writer:
    if is_protected_office(path):
        raise ReadError("encrypted", "The document is protected with a password.")
    try:
        with zipfile.ZipFile(path) as archive:
            return _write_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ReadError("unreadable", f"Not a whole DOCX file: {error}") from error


def _write_parts(archive: zipfile.ZipFile) -> Writer:
    names = archive.namelist()
    if len(names) > MAX_ZIP_ENTRIES:
        raise ReadError("too_large", f"The file holds {len(names):,} parts.")
    wanted = sorted({name for name in names if _PARTS.fullmatch(name)}, key=_rank)
    if not any(name.startswith("word/document") for name in wanted):
        raise ReadError("unreadable", "The file holds no Word document.")
    writer, allowance = Writer(), _Allowance()
    for name in wanted:
        _Part(writer).parse(allowance.inflate(archive, name))
    return writer


def _rank(name: str) -> tuple[int, str]:
    stem = name.removeprefix("word/")
    return next(place for place, start in enumerate(_ORDER) if stem.startswith(start)), stem


class _Allowance:
    """The bytes that all parts together may still unpack to."""

    def __init__(self) -> None:
        self.left = MAX_INFLATED_BYTES

    def inflate(self, archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
        """The part piece by piece; raises ``too_large`` once the allowance is used up, whatever the header claims."""
        info = archive.getinfo(name)
        if info.flag_bits & 0x1:
            raise ReadError("encrypted", "The document is protected with a password.")
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                self.left -= len(chunk)
                if self.left < 0:
                    raise ReadError("too_large", f"The file unpacks to more than {MAX_INFLATED_BYTES >> 20} MB.")
                yield chunk


class _Part:
    """Writes the paragraphs of one XML part. Names are matched by their local part: strict and transitional files
    differ only in the namespace."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._line: list[str] = []
        self._depth = 0
        self._in_text = False
        self._is_heading = False

    def parse(self, chunks: Iterator[bytes]) -> None:
        """Read the part to its end; raises ``unreadable`` for XML that is none."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ReadError("unreadable", f"Damaged XML: {error}") from error
        finally:
            self._end_line()

    def _refuse_doctype(self, *declaration: object) -> None:
        raise ReadError("unreadable", "The document declares XML entities, which no Word file does.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH:
            raise ReadError("too_large", f"XML nested more than {MAX_XML_DEPTH} deep.")
        local = name.rpartition(" ")[2]
        if local == "t":
            self._in_text = True
        elif local in {"tab", "br", "cr"}:
            self._line.append(" ")
        elif local == "pStyle":
            self._is_heading = any(_HEADING_STYLE.match(value) for value in attributes.values())

    def _end(self, name: str) -> None:
        self._depth -= 1
        local = name.rpartition(" ")[2]
        if local == "t":
            self._in_text = False
        elif local == "p":
            self._end_line()

    def _text(self, data: str) -> None:
        if self._in_text and not self._writer.is_cut:
            self._line.append(data)

    def _end_line(self) -> None:
        self._writer.line("".join(self._line), heading=self._is_heading)
        self._line.clear()
        self._is_heading = False
