"""EPUB: the chapters that its spine lists, in that order, are pages (EPUB 3.3, 5.3 and 4.2.6)."""

from __future__ import annotations

from pathlib import Path

from classifyhub.engine.limits import MAX_PAGE_CHARACTERS, MAX_PAGES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, written_pages
from classifyhub.engine.readers.html import decode_markup, write_html
from classifyhub.engine.readers.xmlparts import find_elements
from classifyhub.engine.readers.zipped import Container, open_container, resolve

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html"})
_LOOK = 3  # chapters looked at to tell whether there is text
_BYTES_PER_CHARACTER = 20  # of markup around the text of a page, at most


def inspect(path: Path) -> tuple[int | None, bool | None]:
    with open_container(path, kind="EPUB") as container:
        chapters = _list_chapters(container)
        return len(chapters), any(has_letters(_write(container, chapter).text) for chapter in chapters[:_LOOK])


def read(path: Path, scope: Scope) -> Parts:
    with open_container(path, kind="EPUB") as container:
        chapters = _list_chapters(container)
        return written_pages(len(chapters), lambda number: _write(container, chapters[number - 1]), scope)


def _list_chapters(container: Container) -> list[str]:
    package = _find_package(container)
    entries = find_elements(container.inflate(package), "item", "itemref", most=MAX_PAGES)
    items = {
        entry.get("id", ""): resolve(entry.get("href", ""), base=package)
        for name, entry in entries
        if name == "item" and entry.get("media-type") in _PAGES
    }
    spine = (items.get(entry.get("idref", ""), "") for name, entry in entries if name == "itemref")
    chapters = [part for part in dict.fromkeys(spine) if part in container]
    if not chapters:
        raise ReadError("unreadable", "The book lists no chapters.")
    _refuse_encrypted(container, chapters)
    return chapters


def _find_package(container: Container) -> str:
    roots = find_elements(container.inflate(_CONTAINER), "rootfile") if _CONTAINER in container else []
    package = resolve(roots[0][1].get("full-path", ""), base="") if roots else ""
    if package not in container:
        raise ReadError("unreadable", "The file holds no book.")
    return package


def _refuse_encrypted(container: Container, chapters: list[str]) -> None:
    """Fonts alone are often scrambled, which hides no text."""
    if _ENCRYPTION in container:
        hidden = {resolve(entry.get("URI", ""), base="") for _, entry in _list_encrypted(container)}
        if not hidden.isdisjoint(chapters):
            raise ReadError("encrypted", "The book is protected against copying.")


def _list_encrypted(container: Container) -> list[tuple[str, dict[str, str]]]:
    return find_elements(container.inflate(_ENCRYPTION), "CipherReference")


def _write(container: Container, chapter: str) -> Writer:
    data = bytearray()
    for piece in container.inflate(chapter):
        data += piece
        if len(data) > MAX_PAGE_CHARACTERS * _BYTES_PER_CHARACTER:
            break  # the page will be cut
    return write_html(decode_markup(bytes(data)))
