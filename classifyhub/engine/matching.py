"""Find names, cues, sections and words in a page, for all known types and all rules at once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from classifyhub.engine.kinds import load_index
from classifyhub.engine.model import Page
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.words import STOP, Token, tokenize, worth

_LONGEST_PAGE = 20_000  # characters that are matched; a page of print has 3,000
_TOP = 600  # characters in which a page says what it is
_HEAD_LINES, _HEAD = 8, 250  # a title so far down is a heading inside the document
_BARE_TITLE = 0.35  # of a title's weight when the name is lost among other words
_MOST_OF_LINE = 0.5  # of the words that say something; a name that is less of its line stands in running text
_PAGE_WEIGHTS = (1.0, 0.6, 0.4)  # of the first pages with text; a document says what it is at its beginning
_LATER_PAGE = 0.25
_SECTION_PAGES, _LATER_SECTION = 8, 0.5  # headings go on through a document
_MOST_PAGES = 20
_NUMBERING = re.compile(r"[\W\d]*(?:[ivxIVX]{1,4}[.)]\s+)?[\W\d]*")  # of a heading: "3.", "(ii)", "IV."
_AFTER_HEADING = " .:-–\t"

Key = TypeVar("Key", str, Phrase)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a page's text, and how much it counts there."""

    page: int
    start: int
    end: int
    strength: float = 1.0


@dataclass(slots=True)
class Found:
    """What was found, each at its strongest place.

    Names of types: in ``titles`` at the head of a page, in ``inner`` headings, filling ``lines`` near the top, in
    running text (``runs``) near the top. ``cues`` and ``pairs`` anywhere, ``sections`` on lines of their own;
    ``words`` and words of titles, and how often each word stands there; marks."""

    titles: dict[Phrase, Hit] = field(default_factory=dict)
    inner: dict[Phrase, Hit] = field(default_factory=dict)
    lines: dict[Phrase, Hit] = field(default_factory=dict)
    runs: dict[Phrase, Hit] = field(default_factory=dict)
    cues: dict[Phrase, Hit] = field(default_factory=dict)
    sections: dict[Phrase, Hit] = field(default_factory=dict)
    pairs: dict[Phrase, Hit] = field(default_factory=dict)
    words: dict[str, Hit] = field(default_factory=dict)
    title_words: dict[str, Hit] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Title:
    start: int
    end: int
    telling: tuple[Token, ...]


class _Scan:
    """One page on its way into a ``Found``."""

    def __init__(self, page: Page, found: Found) -> None:
        self._page = page.number
        self._text = page.text[:_LONGEST_PAGE]
        self._found = found
        self.tokens = tokenize(self._text)
        self.words = [token.stem for token in self.tokens]
        self._titles = _find_titles(page, self.tokens)
        self._breaks = [match.start() for match in re.finditer("\n", self._text[:_TOP])]

    def note_name(self, phrase: Phrase, first: int, last: int) -> None:
        """A name counts as a title by how much of the title it is: "INVOICE" more than "Notes on your invoice 4711"."""
        hit = self._hit(first, last)
        own = sum(word not in STOP for word in phrase)
        title = next((title for title in self._titles if title.start <= hit.start and hit.end <= title.end), None)
        if title is not None:
            share = min(1.0, own / max(1, len(title.telling)))
            into = self._found.titles if self._is_at_head(hit.start) else self._found.inner
            _keep_stronger(into, phrase, replace(hit, strength=_BARE_TITLE + (1 - _BARE_TITLE) * share))
        elif hit.start < _TOP:
            share = min(1.0, own / max(1, self._count_telling(first, last)))
            into = self._found.lines if share >= _MOST_OF_LINE else self._found.runs
            _keep_stronger(into, phrase, replace(hit, strength=share if share >= _MOST_OF_LINE else 1.0))

    def note_cue(self, phrase: Phrase, first: int, last: int) -> None:
        _keep_stronger(self._found.cues, phrase, self._hit(first, last))

    def note_section(self, phrase: Phrase, first: int, last: int) -> None:
        """A section counts where it has a line to itself, its number aside."""
        hit = self._hit(first, last)
        start, end = self._line(hit.start, hit.end)
        is_first = _NUMBERING.fullmatch(self._text, start, hit.start)
        if is_first and not self._text[hit.end : end].strip(_AFTER_HEADING):
            _keep_stronger(self._found.sections, phrase, hit)

    def note_pair(self, phrase: Phrase, first: int, last: int) -> None:
        _keep_stronger(self._found.pairs, phrase, self._hit(first, last))

    def note_words(self, wanted: frozenset[str]) -> None:
        """All words are counted, and those that rules ask for are placed."""
        for token in self.tokens:
            self._found.counts[token.stem] += 1
            if token.stem in wanted:
                self._found.words.setdefault(token.stem, self._place(token))
        for token in (token for title in self._titles for token in title.telling):
            self._found.title_words.setdefault(token.stem, self._place(token))

    def _hit(self, first: int, last: int) -> Hit:
        return Hit(self._page, self.tokens[first].start, self.tokens[last - 1].end)

    def _place(self, token: Token) -> Hit:
        return Hit(self._page, token.start, token.end)

    def _is_at_head(self, start: int) -> bool:
        return start < _HEAD or (start < _TOP and bisect_right(self._breaks, start) < _HEAD_LINES)

    def _line(self, start: int, end: int) -> tuple[int, int]:
        after = self._text.find("\n", end)
        return self._text.rfind("\n", 0, start) + 1, len(self._text) if after < 0 else after

    def _count_telling(self, first: int, last: int) -> int:
        """The words that say something on the line of a phrase."""
        start, end = self._line(self.tokens[first].start, self.tokens[last - 1].end)
        near = self.tokens[max(0, first - 12) : last + 12]
        return sum(start <= token.start and token.end <= end and worth(token.stem) > 0 for token in near)


def scan_page(page: Page, ruleset: RuleSet, *, marks: frozenset[str] = frozenset()) -> Found:
    """Everything of the known types and of ``ruleset`` that stands on ``page``."""
    index = load_index()
    found = Found(marks=marks)
    scan = _Scan(page, found)
    for place in ruleset.names.find(scan.words, base=index.name_book):
        scan.note_name(*place)
    for place in index.cue_book.find(scan.words):
        scan.note_cue(*place)
    for place in index.section_book.find(scan.words):
        scan.note_section(*place)
    for place in ruleset.pairs.find(scan.words):
        scan.note_pair(*place)
    scan.note_words(ruleset.words)
    return found


def merge_pages(pages: Sequence[Found]) -> Found:
    """A whole document as one find, its first pages counting most; title words are those of the first page."""
    if len(pages) == 1:
        return pages[0]
    merged = Found(title_words=pages[0].title_words, marks=pages[0].marks)
    for index, found in enumerate(pages[:_MOST_PAGES]):
        weight = _PAGE_WEIGHTS[index] if index < len(_PAGE_WEIGHTS) else _LATER_PAGE
        for into, hits in _matched(merged, found):
            _merge(into, hits, weight)
        _merge(merged.words, found.words, weight)
        _merge(merged.sections, found.sections, 1.0 if index < _SECTION_PAGES else _LATER_SECTION)
        for word, count in found.counts.items():
            merged.counts[word] += count * weight
    return merged


def _matched(merged: Found, found: Found) -> Iterable[tuple[dict[Phrase, Hit], dict[Phrase, Hit]]]:
    names = ("titles", "inner", "lines", "runs", "cues", "pairs")
    return ((getattr(merged, name), getattr(found, name)) for name in names)


def _merge(into: dict[Key, Hit], hits: dict[Key, Hit], weight: float) -> None:
    for key, hit in hits.items():
        _keep_stronger(into, key, replace(hit, strength=hit.strength * weight))


def _find_titles(page: Page, tokens: Iterable[Token]) -> list[_Title]:
    """The titles of the page with those of their words that say something."""
    telling = [token for token in tokens if worth(token.stem)] if page.title_spans else []
    return [
        _Title(start, end, tuple(token for token in telling if start <= token.start and token.end <= end))
        for start, end in page.title_spans
    ]


def _keep_stronger(found: dict[Key, Hit], key: Key, hit: Hit) -> None:
    if key not in found or hit.strength > found[key].strength:
        found[key] = hit
