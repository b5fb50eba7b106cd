"""XML read as a stream, element by element, however large.

Office files carry no document type declaration, so one is refused: that closes the door on entity bombs. Names are
matched by their local part: strict and transitional files differ only in the namespace."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from classifyhub.engine.limits import MAX_XML_DEPTH
from classifyhub.engine.model import ReadError

Attributes = dict[str, str]


class Enough(Exception):  # noqa: N818 - no error: what is wanted has been read
    """Raised by ``start``, ``end`` or ``text`` to leave the rest of the part unread."""


class Part:
    """Reads one part. Subclasses say what elements mean; attributes have plain names, those with a prefix (``r:id``) a
    colon in front (``:id``). Everything inside an element of ``unseen`` is passed over."""

    unseen: frozenset[str] = frozenset({"Fallback"})  # says the same as the choice before it, for older programs

    def __init__(self) -> None:
        self._depth = 0
        self._unseen_from = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters between tags, in pieces of any length."""

    def parse(self, chunks: Iterable[bytes]) -> None:
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
        except Enough:
            pass

    def _refuse_doctype(self, *declaration: object) -> None:
        raise ReadError("unreadable", "The document declares XML entities, which no office file does.")

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH:
            raise ReadError("too_large", f"XML nested more than {MAX_XML_DEPTH} deep.")
        local = name.rpartition(" ")[2]
        if not self._unseen_from and local in self.unseen:
            self._unseen_from = self._depth
        if not self._unseen_from:
            self.start(local, {_shorten(key): value for key, value in attributes.items()} if attributes else attributes)

    def _end(self, name: str) -> None:
        if not self._unseen_from:
            self.end(name.rpartition(" ")[2])
        elif self._unseen_from == self._depth:
            self._unseen_from = 0
        self._depth -= 1

    def _text(self, data: str) -> None:
        if not self._unseen_from:
            self.text(data)


def _shorten(name: str) -> str:
    _, separator, local = name.rpartition(" ")
    return f":{local}" if separator else local


class _Elements(Part):
    def __init__(self, names: frozenset[str], most: int) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self._names = names
        self._most = most

    def start(self, name: str, attributes: Attributes) -> None:
        if name in self._names:
            self.found.append((name, attributes))
            if len(self.found) > self._most:
                raise ReadError("too_large", f"The file lists more than {self._most:,} parts.")


def find_elements(chunks: Iterable[bytes], *names: str, most: int = 200_000) -> list[tuple[str, Attributes]]:
    """The elements of these local names with their attributes, in order; for the small parts that list others. More
    than ``most`` of them are refused as ``too_large``."""
    part = _Elements(frozenset(names), most)
    part.parse(chunks)
    return part.found
