"""A page laid out for matching: its words, and what is found on it whatever the rules are. Laid out once, it is matched
with any number of rule sets."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar

from classifyhub.engine.headlines import may_announce
from classifyhub.engine.kinds import load_index, load_openings
from classifyhub.engine.model import Page
from classifyhub.engine.phrases import Pair, Phrase, PhraseBook
from classifyhub.engine.words import STOP, split_words, worth

LONGEST_PAGE = 20_000  # characters that are matched; a page of print has 3,000
_TOP = 600  # characters in which a page says what it is
_LONGEST_LINE = 200  # characters to which a line is followed that goes on below the top
_HEAD_LINES, _HEAD = 8, 250  # a title so far down is a heading inside the document
_BARE_TITLE = 0.35  # of a title's weight when the name is lost among other words
_LOST_WORD = 0.1  # the same of one word among many: a title so long is a sentence or a list
_QUALIFIED = 0.6  # of a name that says what a paper is only with the word before it: "Refund policy"
_LONG_TITLE = 6  # words that say something
_ABOUT = 0.5  # of a name in the subject of a mail, which may be about any document
_MOST_OF_LINE = 0.5  # of the words that say something; a name that is less of its line stands in running text
_NEAR = 12  # words to both sides of a name that are taken for its line
_NUMBERING = re.compile(r"[\W\d]*(?:[ivxIVX]{1,4}[.)]\s+)?[\W\d]*")  # of a heading: "3.", "(ii)", "IV."
_SENDER = re.compile(r"^[ \t]*(?:from|von|de|da|van|od|от)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(
    r"[ \t]*(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|тема)[ \t]*:", re.IGNORECASE
)
_GENERIC = frozenset(
    {"policy", "letter", "notice", "report", "statement", "schedule", "certificate"}
    | {"plan", "record", "note", "form", "card", "permit"}
)
_AFTER_HEADING = " .:-–\t"

Key = TypeVar("Key", str, Phrase)


class Hit(NamedTuple):
    """A place in a page's text, and how much it counts there."""

    page: int
    start: int
    end: int
    strength: float = 1.0


@dataclass(slots=True)
class Names:
    """Names of types, each at its strongest place: in ``titles`` at the head of a page, in ``inner`` headings, filling
    ``lines`` near the top, in running text (``runs``) near the top."""

    titles: dict[Phrase, Hit] = field(default_factory=dict)
    inner: dict[Phrase, Hit] = field(default_factory=dict)
    lines: dict[Phrase, Hit] = field(default_factory=dict)
    runs: dict[Phrase, Hit] = field(default_factory=dict)


class _Title(NamedTuple):
    start: int
    end: int
    first: int
    last: int
    telling: tuple[int, ...]


class Sheet:
    """``words`` are the stems of the page in order."""

    def __init__(self, page: Page, *, marks: frozenset[str] = frozenset()) -> None:
        self.page = page
        self.marks = marks
        self._text = page.text[:LONGEST_PAGE]
        self._breaks = [match.start() for match in re.finditer("\n", self._text[:_TOP])]
        stems, self._starts, self._ends = split_words(self._text)
        self.words = tuple(stems)
        spans = [span for span in page.title_spans if may_announce(page.text[slice(*span)])]
        self._titles = [self._lay_out_title(*span) for span in spans]
        self._cut = self._find_end_of_top()
        self._top = bisect_right(self._ends, self._cut)
        after = self._starts[self._top] if self._top < len(self.words) else self._cut
        self._seen = min(self._cut, after)  # the top without a word that is cut in two

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each stem stands on the page."""
        return Counter(self.words)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place among the words where each stem stands first."""
        return dict(zip(reversed(self.words), reversed(range(len(self.words))), strict=True))

    @cached_property
    def title_words(self) -> dict[str, Hit]:
        """Where the words of titles that say something stand first."""
        telling = [place for title in self._titles for place in title.telling]
        return {self.words[place]: self.hit(place, place + 1) for place in reversed(telling)}

    @cached_property
    def _starts_of_phrases(self) -> list[int]:
        """The places among the words where a cue or a section may begin."""
        return load_openings().list_starts(self.words)

    @cached_property
    def cues(self) -> dict[Phrase, Hit]:
        """Where the cues of the known types stand first."""
        hits: dict[Phrase, Hit] = {}
        for phrase, first, last in load_index().cue_book.find(self.words, starts=self._starts_of_phrases):
            if phrase not in hits:
                hits[phrase] = self.hit(first, last)
        return hits

    @cached_property
    def sections(self) -> dict[Phrase, Hit]:
        """Where the sections of the known types stand first, each with a line to itself, its number aside."""
        hits: dict[Phrase, Hit] = {}
        for phrase, first, last in load_index().section_book.find(self.words, starts=self._starts_of_phrases):
            if phrase not in hits and self._ends_line(last - 1) and self._is_alone(hit := self.hit(first, last)):
                hits[phrase] = hit
        return hits

    def find_words(self, words: AbstractSet[str]) -> Iterator[tuple[str, int]]:
        """Those of ``words`` that stand on the page, with the place where they first do."""
        return ((word, self.places[word]) for word in words & self.places.keys())

    def find_pairs(self, book: PhraseBook) -> Iterator[tuple[Pair, int]]:
        """The pairs of ``book`` that stand on the page, with the place of the first word where they first do."""
        pairs: list[Pair] = list(pairwise(self.words))
        return ((pair, pairs.index(pair)) for pair in book.longer.keys() & pairs)

    def hit(self, first: int, last: int) -> Hit:
        """The place of the words ``first`` up to ``last``."""
        return Hit(self.page.number, self._starts[first], self._ends[last - 1])

    def note_names(self, found: Names, book: PhraseBook) -> None:
        """Put into ``found`` the names of ``book`` and of the known types that stand at the top or in a title."""
        known = load_index().name_book
        for start, end in self.list_heads():
            for phrase, first, last in book.find(self.words[start:end], base=known):
                self._note_name(found, phrase, start + first, start + last)

    def cut_out_heads(self) -> Page:
        """The page reduced to where names count: the same names are found on it at as many places."""
        top = self._text[: self._seen].ljust(self._cut)
        spans = [(title.start, title.end) for title in self._titles if title.start < self._cut]
        parts, length = [top], len(top)
        for title in self._titles:
            if title.start >= self._cut:
                parts.append(self._text[title.start : title.end])
                spans.append((length + 1, length + 1 + title.end - title.start))
                length = spans[-1][1]
        return Page(self.page.number, "\n".join(parts), self.page.source, title_spans=tuple(spans))

    def list_heads(self) -> Iterator[tuple[int, int]]:
        """The words, from one to before the other, among which names count: the top of the page, each further title."""
        yield 0, self._top
        for title in self._titles:
            if title.start >= self._cut:
                yield title.first, title.last

    def _find_end_of_top(self) -> int:
        """Where the last line ends that begins near the top; no title is cut in two."""
        end = self._text.find("\n", _TOP)
        cut = min(len(self._text) if end < 0 else end, _TOP + _LONGEST_LINE)
        return max([cut, *(title.end for title in self._titles if title.start < cut)])

    def _lay_out_title(self, start: int, end: int) -> _Title:
        first = bisect_left(self._starts, start)
        last = max(first, bisect_right(self._ends, end))
        return _Title(start, end, first, last, tuple(place for place in range(first, last) if worth(self.words[place])))

    def _ends_line(self, place: int) -> bool:
        """Whether the word is the last of its line, which tells most phrases in running text from headings."""
        return place + 1 == len(self.words) or "\n" in self._text[self._ends[place] : self._starts[place + 1]]

    def _is_alone(self, hit: Hit) -> bool:
        start, end = self._line(hit.start, hit.end)
        is_first = _NUMBERING.fullmatch(self._text, start, hit.start)
        return bool(is_first) and not self._text[hit.end : end].strip(_AFTER_HEADING)

    def _note_name(self, found: Names, phrase: Phrase, first: int, last: int) -> None:
        """A name counts as a title by how much of the title it is: "INVOICE" more than "Notes on your invoice 4711"."""
        hit = self.hit(first, last)
        own = sum(word not in STOP for word in phrase)
        title = next((title for title in self._titles if title.start <= hit.start and hit.end <= title.end), None)
        if title is not None:
            into = found.titles if self._is_at_head(hit.start) else found.inner
            share = _QUALIFIED if self._is_qualified(phrase, first, title) else 1.0
            keep_stronger(into, phrase, hit._replace(strength=share * self._weigh_in_title(title, own)))
        elif hit.start < _TOP:
            share = min(1.0, own / max(1, self._count_telling(first, last)))
            is_line = share >= _MOST_OF_LINE and self._may_announce(hit)
            into = found.lines if is_line else found.runs
            keep_stronger(into, phrase, hit._replace(strength=share if is_line else 1.0))

    def _weigh_in_title(self, title: _Title, own: int) -> float:
        """What a name of ``own`` words counts in a title."""
        telling = len(title.telling)
        least = _LOST_WORD if own == 1 and telling >= _LONG_TITLE else _BARE_TITLE
        weight = least + (1 - least) * min(1.0, own / max(1, telling))
        is_about = _SUBJECT.match(self._text, title.start) and _SENDER.search(self._text, 0, self._seen)
        return weight * _ABOUT if is_about else weight

    def _is_qualified(self, phrase: Phrase, first: int, title: _Title) -> bool:
        if len(phrase) > 1 or phrase[0] not in _GENERIC or first == title.first:
            return False
        return self.words[first - 1].isalpha() and worth(self.words[first - 1]) > 0

    def _may_announce(self, hit: Hit) -> bool:
        """Whether its line, as far as it belongs to the top, can say what the document is."""
        start, end = self._line(hit.start, hit.end)
        return may_announce(self._text[start : min(end, self._seen)])

    def _is_at_head(self, start: int) -> bool:
        return start < _HEAD or (start < _TOP and bisect_right(self._breaks, start) < _HEAD_LINES)

    def _line(self, start: int, end: int) -> tuple[int, int]:
        after = self._text.find("\n", end)
        return self._text.rfind("\n", 0, start) + 1, len(self._text) if after < 0 else after

    def _count_telling(self, first: int, last: int) -> int:
        """The words that say something on the line of a phrase."""
        start, end = self._line(self._starts[first], self._ends[last - 1])
        near = range(max(0, first - _NEAR), min(self._top, last + _NEAR))
        return sum(start <= self._starts[at] and self._ends[at] <= end and worth(self.words[at]) > 0 for at in near)


def keep_stronger(found: dict[Key, Hit], key: Key, hit: Hit) -> None:
    """Of two places of the same the one that counts more, the earlier of equals."""
    if key not in found or hit.strength > found[key].strength:
        found[key] = hit
