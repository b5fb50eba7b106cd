"""OpenDocument: texts (ODT) are one page with the page's header first and its footer last, the slides of a presentation
(ODP) and the sheets of a spreadsheet (ODS) are pages. Deleted text, comments and speakers' notes are left out."""

from __future__ import annotations

from pathlib import Path

from classifyhub.engine.limits import MAX_CELL_CHARACTERS, MAX_CELLS, MAX_DOCUMENT_CHARACTERS, MAX_PAGES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, single_page, written_pages
from classifyhub.engine.readers.xmlparts import Attributes, Enough, Part, find_elements
from classifyhub.engine.readers.zipped import Container, open_container

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_BODIES = frozenset({"text", "presentation", "spreadsheet"})
_PAGE_ELEMENTS = {"presentation": "page", "spreadsheet": "table"}
_TITLE_STYLES = frozenset({"Title", "Heading_20_1"})
_LOOK = 3  # pages looked at to tell whether there is text


def inspect(path: Path) -> tuple[int | None, bool | None]:
    body = _load(path)
    has_text = any(has_letters(page.text) for page in body.pages[:_LOOK])
    return (len(body.pages) if body.has_pages else None), has_text


def read(path: Path, scope: Scope) -> Parts:
    body = _load(path)
    if body.has_pages:
        return written_pages(len(body.pages), lambda number: body.pages[number - 1], scope)
    return single_page(body.pages[0], scope)


def _load(path: Path) -> _Body:
    with open_container(path, kind="OpenDocument") as container:
        _refuse_encrypted(container)
        if _CONTENT not in container:
            raise ReadError("unreadable", "The file holds no OpenDocument text, presentation or spreadsheet.")
        frame = _Frame()
        if _STYLES in container:
            frame.parse(container.inflate(_STYLES))
        body = _Body(frame)
        body.parse(container.inflate(_CONTENT))
    if not body.kind:
        raise ReadError("unreadable", "The file holds no OpenDocument text, presentation or spreadsheet.")
    body.finish()
    return body


def _refuse_encrypted(container: Container) -> None:
    listed = find_elements(container.inflate(_MANIFEST), "encryption-data") if _MANIFEST in container else []
    if listed or "encrypted-package" in container:
        raise ReadError("encrypted", "The document is protected with a password.")


class _Lines(Part):
    """Gathers the text of one paragraph or heading after the other."""

    unseen = frozenset({"tracked-changes", "annotation", "notes", "ruby-text", "desc", "title"})

    def __init__(self) -> None:
        super().__init__()
        self._line: list[str] = []
        self._nested = 0
        self._is_heading = False
        self._title_styles = set(_TITLE_STYLES)

    def write(self, line: str, *, heading: bool) -> None:
        """Take one line."""
        raise NotImplementedError

    def start(self, name: str, attributes: Attributes) -> None:
        if name in {"p", "h"}:
            self._end_line()  # of the paragraph that this one stands in, as a text box does
            self._nested += 1
            is_top = name == "h" and attributes.get(":outline-level", "1") == "1"
            self._is_heading = is_top or attributes.get(":style-name", "") in self._title_styles
        elif name in {"s", "tab", "line-break"}:
            self._line.append(" ")
        elif name == "style" and attributes.get(":parent-style-name") in _TITLE_STYLES:
            self._title_styles.add(attributes.get(":name", ""))

    def end(self, name: str) -> None:
        if name in {"p", "h"}:
            self._end_line()
            self._nested -= 1

    def text(self, data: str) -> None:
        if self._nested:
            self._line.append(data)

    def _end_line(self) -> None:
        if self._line:
            self.write("".join(self._line), heading=self._is_heading)
            self._line.clear()
        self._is_heading = False


class _Frame(_Lines):
    """The lines of headers and footers, each once."""

    unseen = frozenset({*_Lines.unseen, "header-left", "footer-left", "handout-master"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, dict[str, None]] = {"header": {}, "footer": {}}
        self._place = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name in self.lines:
            self._place = name
        if self._place:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if self._place:
            super().end(name)
        if name == self._place:
            self._place = ""

    def write(self, line: str, *, heading: bool) -> None:
        self.lines[self._place][line] = None


class _Body(_Lines):
    """The pages of the document: ``kind`` is that of its body."""

    def __init__(self, frame: _Frame) -> None:
        super().__init__()
        self.kind = ""
        self.pages: list[Writer] = []
        self._frame = frame
        self._used = 0
        self._row: list[str] = []
        self._cell: list[str] = []
        self._in_body = False
        self._is_title = False
        self._cells_left = MAX_CELLS

    @property
    def has_pages(self) -> bool:
        """Whether pages are the document's own, as slides and sheets are."""
        return self.kind != "text"

    def start(self, name: str, attributes: Attributes) -> None:
        super().start(name, attributes)
        if name == "body":
            self._in_body = True
        elif self._in_body and not self.kind and name in _BODIES:
            self._begin(name)
        elif self._starts_page(name):
            self._add_page(attributes.get(":name", ""))
        elif name == "frame":
            self._is_title = attributes.get(":class") == "title"

    def end(self, name: str) -> None:
        super().end(name)
        if name == "frame":
            self._is_title = False
        elif self.kind == "spreadsheet":
            self._end_of_table(name)

    def write(self, line: str, *, heading: bool) -> None:
        if not self.pages:
            return
        if self.kind == "spreadsheet":
            self._cell.append(line[:MAX_CELL_CHARACTERS])
        else:
            self._write_line(line, heading=heading or self._is_title)

    def finish(self) -> None:
        """Add what stands at the foot of each page of a text."""
        if self.kind == "text":
            for line in self._frame.lines["footer"]:
                self.pages[0].line(line)

    def _begin(self, kind: str) -> None:
        self.kind = kind
        if kind == "text":
            self.pages.append(Writer())
            for line in self._frame.lines["header"]:
                self.pages[0].line(line)

    def _starts_page(self, name: str) -> bool:
        return name == _PAGE_ELEMENTS.get(self.kind)

    def _add_page(self, name: str) -> None:
        if len(self.pages) == MAX_PAGES:
            raise ReadError("too_large", f"More than {MAX_PAGES:,} pages.")
        self.pages.append(Writer())
        if self.kind == "spreadsheet":
            self._write_line(name, heading=True)

    def _write_line(self, line: str, *, heading: bool) -> None:
        self.pages[-1].line(line, heading=heading)
        self._used += len(line)
        if self._used > MAX_DOCUMENT_CHARACTERS * 2:
            raise Enough

    def _end_of_table(self, name: str) -> None:
        if name == "table-cell" and self._cell:
            self._row.append(" ".join(self._cell))
            self._cell.clear()
            self._cells_left -= 1
        elif name == "table-row" and self._row:
            self.pages[-1].row(self._row)
            self._row.clear()
            if self._cells_left < 0:
                self.pages[-1].is_cut = True
                raise Enough
