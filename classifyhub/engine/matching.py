"""Find names, cues and words of all rules in a page, in one pass over its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from classifyhub.engine.model import Page
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.words import STOP, Token, tokenize, worth

_LONGEST_PAGE = 20_000  # characters that are matched; a page of print has 3,000
_TOP = 500  # characters in which a page says what it is
_BARE_TITLE = 0.35  # of a title's weight when the name is lost among other words
_ALONE = 2.0  # a one-word cue that has a line to itself ("Education") against one in running text
_PAGE_WEIGHTS = (1.0, 0.6, 0.4)  # of the first pages with text; a document says what it is at its beginning
_LATER_PAGE = 0.25
_MOST_PAGES = 20

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
    """What was found, for all rules at once: names in titles, names in the first lines, cues and word pairs, words and
    words of titles, each at its strongest place; how often each word stands there; marks."""

    titles: dict[Phrase, Hit] = field(default_factory=dict)
    tops: dict[Phrase, Hit] = field(default_factory=dict)
    phrases: dict[Phrase, Hit] = field(default_factory=dict)
    words: dict[str, Hit] = field(default_factory=dict)
    title_words: dict[str, Hit] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Title:
    start: int
    end: int
    telling: tuple[Token, ...]


def scan_page(page: Page, ruleset: RuleSet, *, marks: frozenset[str] = frozenset()) -> Found:
    """Everything of ``ruleset`` that stands on ``page``."""
    found = Found(marks=marks)
    tokens = tokenize(page.text[:_LONGEST_PAGE])
    words = [token.stem for token in tokens]
    titles = _find_titles(page, tokens)
    for phrase, first, last in ruleset.names.find(words):
        _note_name(found, phrase, Hit(page.number, tokens[first].start, tokens[last - 1].end), titles)
    for phrase, first, last in ruleset.phrases.find(words):
        _keep_stronger(found.phrases, phrase, _cue_hit(page, tokens[first], tokens[last - 1]))
    for token in tokens:
        if token.stem in ruleset.words:
            found.counts[token.stem] += 1
            found.words.setdefault(token.stem, Hit(page.number, token.start, token.end))
    for token in (token for title in titles for token in title.telling):
        found.title_words.setdefault(token.stem, Hit(page.number, token.start, token.end))
    return found


def merge_pages(pages: Sequence[Found]) -> Found:
    """A whole document as one find, its first pages counting most; title words are those of the first page."""
    if len(pages) == 1:
        return pages[0]
    merged = Found(title_words=pages[0].title_words, marks=pages[0].marks)
    for index, found in enumerate(pages[:_MOST_PAGES]):
        weight = _PAGE_WEIGHTS[index] if index < len(_PAGE_WEIGHTS) else _LATER_PAGE
        _merge(merged.titles, found.titles, weight)
        _merge(merged.tops, found.tops, weight)
        _merge(merged.phrases, found.phrases, weight)
        _merge(merged.words, found.words, weight)
        for word, count in found.counts.items():
            merged.counts[word] += count * weight
    return merged


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


def _note_name(found: Found, phrase: Phrase, hit: Hit, titles: Iterable[_Title]) -> None:
    """A name counts as a title by how much of the title it is: "INVOICE" more than "Notes on your invoice 4711"."""
    title = next((title for title in titles if title.start <= hit.start and hit.end <= title.end), None)
    if title is not None:
        share = sum(word not in STOP for word in phrase) / max(1, len(title.telling))
        strength = _BARE_TITLE + (1 - _BARE_TITLE) * min(1.0, share)
        _keep_stronger(found.titles, phrase, replace(hit, strength=strength))
    elif hit.start < _TOP:
        _keep_stronger(found.tops, phrase, hit)


def _cue_hit(page: Page, first: Token, last: Token) -> Hit:
    is_alone = first is last and _has_line_to_itself(page.text, first)
    return Hit(page.number, first.start, last.end, _ALONE if is_alone else 1.0)


def _has_line_to_itself(text: str, token: Token) -> bool:
    before = text[max(0, token.start - 20) : token.start].rpartition("\n")[2]
    after = text[token.end : token.end + 20].partition("\n")[0]
    return not before.strip() and not after.strip(" .:\t")


def _keep_stronger(found: dict[Key, Hit], key: Key, hit: Hit) -> None:
    if key not in found or hit.strength > found[key].strength:
        found[key] = hit
