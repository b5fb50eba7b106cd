"""DOCX: headers, body with its tables, notes, footers, in that order, by a streaming parser."""

from __future__ import annotations

import re
from pathlib import Path

from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, single_page
from classifyhub.engine.readers.xmlparts import Attributes, Part
from classifyhub.engine.readers.zipped import Container, open_container

_PARTS = re.compile(r"word/(header\d*|document\d*|footnotes|endnotes|footer\d*)\.xml")
_ORDER = ("header", "document", "footnotes", "endnotes", "footer")
_HEADING_STYLE = re.compile(r"title|titel|titre|titolo|t[ií]tulo|heading ?1|berschrift ?1|titre ?1", re.IGNORECASE)


def inspect(path: Path) -> tuple[int | None, bool | None]:
    return None, has_letters(_write(path).text)


def read(path: Path, scope: Scope) -> Parts:
    return single_page(_write(path), scope)


def _write(path: Path) -> Writer:
    with open_container(path, kind="DOCX") as container:
        return _write_parts(container)


def _write_parts(container: Container) -> Writer:
    wanted = sorted({name for name in container.names if _PARTS.fullmatch(name)}, key=_rank)
    if not any(name.startswith("word/document") for name in wanted):
        raise ReadError("unreadable", "The file holds no Word document.")
    writer = Writer()
    for name in wanted:
        _Text(writer).read(container, name)
    return writer


def _rank(name: str) -> tuple[int, str]:
    stem = name.removeprefix("word/")
    return next(place for place, start in enumerate(_ORDER) if stem.startswith(start)), stem


class _Text(Part):
    """Writes the paragraphs of one part."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self._line: list[str] = []
        self._in_text = False
        self._is_heading = False

    def read(self, container: Container, name: str) -> None:
        """Read the part ``name`` to its end."""
        try:
            self.parse(container.inflate(name))
        finally:
            self._end_line()

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "t":
            self._in_text = True
        elif name in {"tab", "br", "cr"}:
            self._line.append(" ")
        elif name == "pStyle":
            self._is_heading = any(_HEADING_STYLE.match(value) for value in attributes.values())

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "p":
            self._end_line()

    def text(self, data: str) -> None:
        if self._in_text and not self._writer.is_cut:
            self._line.append(data)

    def _end_line(self) -> None:
        self._writer.line("".join(self._line), heading=self._is_heading)
        self._line.clear()
        self._is_heading = False
