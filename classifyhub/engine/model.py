"""The shapes that go in and out of the engine: frozen, picklable, JSON round-trip.

Boxes are ``(x0, y0, x1, y1)`` as fractions of the page as displayed (rotation and crop box applied), origin top
left. Page numbers are the file's own, 1-based, also when only some pages were asked for. Scores and confidences are
probabilities in 0..1. ``to_json`` gives plain dicts and lists; ``from_json`` of the same class reads them back.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Self

from classifyhub.engine.places import Box, Word, Words


class Shape:
    """JSON round-trip for the frozen dataclasses of this module."""

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; safe for ``json.dumps``."""
        return {name: _plain(getattr(self, name)) for name in _hints(type(self))}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from ``to_json``; unknown keys are ignored so that older readers accept newer files."""
        hints = _hints(cls)
        return cls(**{name: _build(hints[name], value) for name, value in data.items() if name in hints})


def _hints(cls: type) -> dict[str, Any]:
    """The fields of a shape and their types, resolved once: that takes longer than building a page."""
    if cls not in _RESOLVED:
        hints = typing.get_type_hints(cls)
        _RESOLVED[cls] = {field.name: hints[field.name] for field in fields(cls)}
    return _RESOLVED[cls]


_RESOLVED: dict[type, dict[str, Any]] = {}


def _plain(value: Any) -> Any:
    if isinstance(value, Shape):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _build(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _build(next(item for item in arguments if item is not type(None)), value)
    if origin is tuple and arguments[-1] is Ellipsis:
        return tuple(_build(arguments[0], item) for item in value)
    if origin is tuple:
        return tuple(value)
    if is_dataclass(hint) and issubclass(hint, Shape):  # type: ignore[arg-type]
        return hint.from_json(value)  # type: ignore[union-attr]
    return value


@dataclass(frozen=True, slots=True)
class Rule(Shape):
    """One document type in plain language."""

    type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Look(Shape):
    """What a page looks like, whatever it says. ``images`` is the share of the page that pictures cover; ``shapes``
    how many lines, curves and areas a PDF draws; ``rules`` how many long straight lines, as of a table or a form.
    ``ink`` is the share of dark pixels, null where the page was not drawn."""

    images: float = 0.0
    shapes: int = 0
    rules: int = 0
    ink: float | None = None


@dataclass(frozen=True, slots=True)
class Page(Shape):
    """One page as read. ``source`` is ``layer`` (the file's own text), ``ocr`` (read from its picture) or ``none``.

    ``title_spans`` are the offsets of lines set clearly larger than the body or standing at the top of the page.
    ``confidence`` is the OCR engine's trust in what it read, the mean over all letters; null for other sources.
    ``look`` is null where nobody looked. ``width`` and ``height`` are in points for PDFs, in pixels for pictures.
    """

    number: int
    text: str
    source: str
    words: Sequence[Word] = ()
    title_spans: tuple[tuple[int, int], ...] = ()
    width: float = 0.0
    height: float = 0.0
    confidence: float | None = None
    look: Look | None = None

    def to_json(self) -> dict[str, Any]:
        """As ``Shape.to_json``, with the words as ``Words`` does it: they are nearly all of a reading's bytes."""
        data = Shape.to_json(replace(self, words=()))
        data["words"] = (self.words if isinstance(self.words, Words) else Words.of(self.words)).to_json()
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from ``to_json``."""
        words = Words.from_json(data.get("words", []))
        titles = tuple((start, end) for start, end in data.get("title_spans", ()))
        look = Look.from_json(data["look"]) if data.get("look") else None
        rest = {name: value for name, value in data.items() if name in _hints(cls)}
        return cls(**{**rest, "words": words, "title_spans": titles, "look": look})


@dataclass(frozen=True, slots=True)
class Reading(Shape):
    """What was read from one document. ``pages_not_read`` lists pages left out by a limit or a budget, with ``cut``
    saying which ("max_pages", "target_pages", "time", "size", "ocr_pages"); both empty when everything was read. A
    page whose picture alone was left out is listed too, and stands in ``pages`` when it has some text of its own."""

    media_type: str
    page_count: int
    pages: tuple[Page, ...]
    facts: tuple[tuple[str, str], ...] = ()
    pages_not_read: tuple[int, ...] = ()
    cut: str = ""
    engine: str = ""

    @property
    def own_pages(self) -> int:
        """How many pages are the document's own. Those after them belong to what is attached to it."""
        return int(dict(self.facts).get("own_pages", self.page_count))

    @property
    def has_text(self) -> bool:
        """Whether any page holds at least one letter or digit."""
        return any(character.isalnum() for page in self.pages for character in page.text)


@dataclass(frozen=True, slots=True)
class Candidate(Shape):
    """A rule's type with its own probability of fitting; the scores of several rules need not sum to one."""

    type: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence(Shape):
    """A verbatim quote that counted for the answer. ``page`` is 1-based; ``boxes`` is empty without a page image,
    and holds one box per line when the quote runs over several."""

    page: int
    quote: str
    boxes: tuple[Box, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Contribution(Shape):
    """One named number that moved the answer, in log-odds: positive for it, negative against it."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class PageAnswer(Shape):
    """The answer for one page. A file may hold several documents, one behind the other: ``document`` is the number,
    from 1, of the one that the page belongs to, null where the file was not split; ``border`` is the probability that a
    new document starts on this page, null on the first page and where that was not asked.

    Others who answer page by page may also say why (``reasoning``), which type nobody asked for would have fitted
    (``suggested``), or that they could not read the page (``error``, and then the rest says nothing); empty where they
    do not."""

    page: int
    type: str | None
    confidence: float | None
    document: int | None = None
    border: float | None = None
    suggested: str = ""
    reasoning: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Leaning(Shape):
    """What people's decisions had to do with an answer: ``decisions`` were asked, and ``document`` (a uid), decided as
    ``type``, is the nearest of those that spoke; ``likeness`` is 0 to 1. Empty and 0 where none moved the answer."""

    decisions: int
    document: str = ""
    type: str | None = None
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer(Shape):
    """The engine's answer for one document; ``type`` null means no match, ``confidence`` null means not scored.
    ``unaided`` are the candidates as they were before decided documents spoke, and ``leaning`` what those said; empty
    and null where none were asked."""

    type: str | None
    confidence: float | None
    reasoning: str
    candidates: tuple[Candidate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    pages: tuple[PageAnswer, ...] = ()
    pages_not_read: tuple[int, ...] = ()
    has_text: bool = True
    engine: str = ""
    unaided: tuple[Candidate, ...] = ()
    leaning: Leaning | None = None

    @property
    def holds_several(self) -> bool:
        """Whether the file holds several documents."""
        return any((page.document or 1) > 1 for page in self.pages)


@dataclass(frozen=True, slots=True)
class Facts(Shape):
    """What a quick look finds without reading everything: enough to stage an upload.

    ``page_count`` is null where the format has no pages or they cannot be counted. ``has_text`` looks at the first
    pages only. ``problem`` is empty or one of ``Unreadable.code``."""

    media_type: str
    page_count: int | None = None
    has_text: bool | None = None
    problem: str = ""
    detail: str = ""


class ReadError(Exception):
    """A document that cannot be read: ``code`` is what the desk shows a reason for, the text says what was found.

    Codes: ``empty``, ``encrypted``, ``unreadable`` (damaged or not what its bytes claim), ``too_large`` (pages, pixels
    or inflated size over a limit), ``no_local_reader`` (a format this engine does not read), ``timed_out`` and
    ``out_of_memory`` (the sandbox ended it)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or self.code
