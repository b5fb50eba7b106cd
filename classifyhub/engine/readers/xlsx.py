"""XLSX: a sheet that people see is a page, headed by its name; a row is a line, its cells parted by bars. Numbers and
dates stand as they are stored, formulas as their last result."""

from __future__ import annotations

from pathlib import Path

from classifyhub.engine.limits import MAX_CELL_CHARACTERS, MAX_CELLS, MAX_PAGE_CHARACTERS, MAX_SHARED_STRINGS
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, written_pages
from classifyhub.engine.readers.ooxml import find_relations
from classifyhub.engine.readers.xmlparts import Attributes, Enough, Part, find_elements
from classifyhub.engine.readers.zipped import Container, open_container

_BOOK = "xl/workbook.xml"
_LOOK = 3  # sheets looked at to tell whether there is text


def inspect(path: Path) -> tuple[int | None, bool | None]:
    with open_container(path, kind="XLSX") as container:
        book = _Book(container)
        count = len(book.sheets)
        return count, any(has_letters(book.write(number).text) for number in range(1, min(count, _LOOK) + 1))


def read(path: Path, scope: Scope) -> Parts:
    with open_container(path, kind="XLSX") as container:
        book = _Book(container)
        return written_pages(len(book.sheets), book.write, scope)


class _Book:
    """The sheets by name and part, and the texts they share."""

    def __init__(self, container: Container) -> None:
        if _BOOK not in container:
            raise ReadError("unreadable", "The file holds no workbook that can be read.")
        self._container = container
        self._relations = find_relations(container, _BOOK)
        self._strings = self._load_strings()
        self._cells_left = MAX_CELLS
        self.sheets = self._list_sheets()

    def write(self, number: int) -> Writer:
        """Sheet ``number`` (1-based): its name, then its rows; nothing for one without any."""
        name, part = self.sheets[number - 1]
        writer = Writer()
        writer.line(name, heading=True)
        sheet = _Sheet(writer, self._strings, self._cells_left)
        sheet.parse(self._container.inflate(part))
        self._cells_left = sheet.cells_left
        return writer if len(writer.parts) > 1 else Writer()

    def _list_sheets(self) -> list[tuple[str, str]]:
        """Names and parts of the sheets that are shown; all of them where none is."""
        entries = [entry for _, entry in find_elements(self._container.inflate(_BOOK), "sheet")]
        shown = [entry for entry in entries if entry.get("state", "visible") == "visible"] or entries
        named = {entry.get(":id", ""): entry.get("name", "") for entry in shown}
        parts = {name: self._relations[key].part for key, name in named.items() if key in self._relations}
        return list(parts.items())

    def _load_strings(self) -> list[str]:
        part = next((other.part for other in self._relations.values() if other.kind == "sharedStrings"), "")
        strings = _Strings()
        if part:
            strings.parse(self._container.inflate(part))
        return strings.found


class _Strings(Part):
    """The table of texts that cells point into. How Japanese is pronounced (``rPh``) is no part of it."""

    unseen = frozenset({"rPh", "Fallback"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._in_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        self._in_text = name == "t"

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "si":
            self.found.append("".join(self._pieces)[:MAX_CELL_CHARACTERS])
            self._pieces.clear()
            if len(self.found) >= MAX_SHARED_STRINGS:
                raise Enough

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)


class _Sheet(Part):
    """Writes one line per row, until the page or the workbook's allowance of cells is full."""

    unseen = _Strings.unseen

    def __init__(self, writer: Writer, strings: list[str], cells_left: int) -> None:
        super().__init__()
        self.cells_left = cells_left
        self._writer = writer
        self._strings = strings
        self._row: list[str] = []
        self._room = MAX_PAGE_CHARACTERS
        self._value: list[str] = []
        self._kind = ""
        self._in_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._kind = attributes.get("t", "n")
            self._value.clear()
        elif name in {"v", "t"}:
            self._in_value = True

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._in_value = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "sheetData":
            raise Enough

    def text(self, data: str) -> None:
        if self._in_value:
            self._value.append(data)

    def _end_cell(self) -> None:
        """Keep what the cell holds while there is room: many cells may point at one long text."""
        value = "".join(self._value).strip()
        if self._kind == "s":
            value = self._find_string(value)
        if value and self._room > 0:
            self._row.append(value)
            self._room -= len(value)
            self.cells_left -= 1

    def _find_string(self, index: str) -> str:
        is_known = index.isdecimal() and len(index) < 10 and int(index) < len(self._strings)
        return self._strings[int(index)].strip() if is_known else ""

    def _end_row(self) -> None:
        self._writer.row(self._row)
        self._row.clear()
        if self.cells_left < 0 or self._room <= 0:
            self._writer.is_cut = True
        if self._writer.is_cut:
            raise Enough
