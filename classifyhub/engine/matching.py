"""Names, cues, sections and words of a page, for all known types and all rules at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from classifyhub.engine.layouts import LAYOUTS
from classifyhub.engine.model import Page
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.sheets import Hit, Key, Names, Sheet, keep_stronger

__all__ = ["Found", "Hit", "Key", "Measured", "match", "merge_pages", "scan_page"]

_PAGE_WEIGHTS = (1.0, 0.6, 0.4)  # of the first pages with text; a document says what it is at its beginning
_LATER_PAGE = 0.25
_SECTION_PAGES, _LATER_SECTION = 8, 0.5  # headings go on through a document
_LAYOUT_PAGES = 4  # the first may be a title
MOST_PAGES = 20

Measured = Mapping[int, Mapping[str, float]]


@dataclass(slots=True)
class Found(Names):
    """What was found, each at its strongest place.

    Beside the names: ``cues`` and ``pairs`` anywhere, ``sections`` on lines of their own; ``words`` and words of
    titles, and how often each word stands there; marks. ``body`` is what all this but the names says of the known
    types, and ``length`` how many words there are, where they were measured before."""

    cues: dict[Phrase, Hit] = field(default_factory=dict)
    sections: dict[Phrase, Hit] = field(default_factory=dict)
    pairs: dict[Phrase, Hit] = field(default_factory=dict)
    words: dict[str, Hit] = field(default_factory=dict)
    title_words: dict[str, Hit] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    body: Measured | None = None
    length: float | None = None


def scan_page(page: Page, ruleset: RuleSet, *, marks: frozenset[str] = frozenset()) -> Found:
    """Everything of the known types and of ``ruleset`` that stands on ``page``."""
    return match(Sheet(page, marks=marks), ruleset)


def match(sheet: Sheet, ruleset: RuleSet) -> Found:
    """The same of a page that is laid out already."""
    found = Found(
        cues=sheet.cues,
        sections=sheet.sections,
        pairs={pair: sheet.hit(first, first + 2) for pair, first in sheet.find_pairs(ruleset.pairs)},
        words={word: sheet.hit(first, first + 1) for word, first in sheet.find_words(ruleset.words)},
        title_words=sheet.title_words,
        counts=sheet.counts,
        marks=sheet.marks,
    )
    sheet.note_names(found, ruleset.names)
    return found


def weigh_page(order: int) -> float:
    """What a page counts in its document, by its place among the pages with text, from 0."""
    return _PAGE_WEIGHTS[order] if order < len(_PAGE_WEIGHTS) else _LATER_PAGE


def merge_pages(pages: Sequence[Found]) -> Found:
    """A whole document as one find, its first pages counting most; title words are those of the first page."""
    if len(pages) == 1:
        return pages[0]
    lines = (found.marks & LAYOUTS.keys() for found in pages[1:_LAYOUT_PAGES])
    merged = Found(title_words=pages[0].title_words, marks=pages[0].marks.union(*lines))
    counts: dict[str, float] = defaultdict(float)
    for order, found in enumerate(pages[:MOST_PAGES]):
        weight = weigh_page(order)
        for into, hits in _matched(merged, found):
            merge_hits(into, hits, weight)
        merge_hits(merged.words, found.words, weight)
        merge_hits(merged.sections, found.sections, 1.0 if order < _SECTION_PAGES else _LATER_SECTION)
        for word, count in found.counts.items():
            counts[word] += count * weight
    merged.counts = counts
    return merged


def _matched(merged: Found, found: Found) -> Iterable[tuple[dict[Phrase, Hit], dict[Phrase, Hit]]]:
    names = ("titles", "inner", "lines", "runs", "cues", "pairs")
    return ((getattr(merged, name), getattr(found, name)) for name in names)


def merge_hits(into: dict[Key, Hit], hits: Mapping[Key, Hit], weight: float) -> None:
    """Put ``hits`` in with those of earlier pages, each counting ``weight``."""
    for key, hit in hits.items():
        keep_stronger(into, key, hit._replace(strength=hit.strength * weight))
