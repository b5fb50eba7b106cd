"""PPTX: a slide is a page, in the order of the show, its title placeholders are titles. Speakers' notes are left out:
they are not on the slide, and a quote of them would be found nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, written_pages
from classifyhub.engine.readers.ooxml import Relation, find_relations
from classifyhub.engine.readers.xmlparts import Attributes, Part, find_elements
from classifyhub.engine.readers.zipped import Container, open_container

_SHOW = "ppt/presentation.xml"
_SLIDE = re.compile(r"ppt/slides/[^/]*?(\d+)\.xml")
_TITLES = frozenset({"title", "ctrTitle"})
_PAGE_FURNITURE = frozenset({"sldNum", "dt"})
_EMU_PER_POINT = 12_700
_LOOK = 3  # slides looked at to tell whether there is text


def inspect(path: Path) -> tuple[int | None, bool | None]:
    with open_container(path, kind="PPTX") as container:
        slides = _find_slides(container)
        return len(slides), any(has_letters(_write(container, slide).text) for slide in slides[:_LOOK])


def read(path: Path, scope: Scope) -> Parts:
    with open_container(path, kind="PPTX") as container:
        slides = _find_slides(container)
        write = partial(_write, container)
        return written_pages(len(slides), lambda number: write(slides[number - 1]), scope, size=_find_size(container))


def _find_slides(container: Container) -> list[str]:
    """The names of the slides as shown; where the show is damaged or lists none, by their numbers."""
    slides = list(dict.fromkeys(_list_slides(container))) or sorted(
        filter(_SLIDE.fullmatch, container.names), key=_rank
    )
    if not slides and _SHOW not in container:
        raise ReadError("unreadable", "The file holds no presentation.")
    return slides


def _list_slides(container: Container) -> Iterator[str]:
    relations = find_relations(container, _SHOW)
    entries = find_elements(container.inflate(_SHOW), "sldId") if _SHOW in container else []
    for _, entry in entries:
        relation = relations.get(entry.get(":id", ""), Relation("", ""))
        if relation.kind == "slide":
            yield relation.part


def _rank(name: str) -> tuple[int, str]:
    match = _SLIDE.fullmatch(name)
    return int(match[1]) if match else 0, name


def _find_size(container: Container) -> tuple[float, float]:
    """Width and height of a slide in points; zeros where the show does not say."""
    found = find_elements(container.inflate(_SHOW), "sldSz") if _SHOW in container else []
    sides = [found[0][1].get(side, "") for side in ("cx", "cy")] if found else []
    if len(sides) == 2 and all(side.isdecimal() and len(side) < 12 for side in sides):
        return int(sides[0]) / _EMU_PER_POINT, int(sides[1]) / _EMU_PER_POINT
    return 0.0, 0.0


def _write(container: Container, slide: str) -> Writer:
    """The slide's text, then that of its diagrams, which stand in parts of their own."""
    writer = Writer()
    diagrams = (other.part for other in find_relations(container, slide).values() if other.kind == "diagramData")
    for part in (slide, *diagrams):
        _Slide(writer).parse(container.inflate(part))
    return writer


class _Slide(Part):
    """Writes the paragraphs of a slide's shapes and tables."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self._line: list[str] = []
        self._in_text = False
        self._placeholder = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "t":
            self._in_text = True
        elif name in {"br", "tab"}:
            self._line.append(" ")
        elif name == "sp":
            self._placeholder = ""
        elif name == "ph":
            self._placeholder = attributes.get("type", "")

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "p":
            self._writer.line("".join(self._line), heading=self._placeholder in _TITLES)
            self._line.clear()
        elif name == "sp":
            self._placeholder = ""

    def text(self, data: str) -> None:
        if self._in_text and self._placeholder not in _PAGE_FURNITURE and not self._writer.is_cut:
            self._line.append(data)
