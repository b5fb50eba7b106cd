"""Find many phrases in one pass over the words of a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import compress, count, pairwise
from operator import or_
from typing import NamedTuple

Phrase = tuple[str, ...]
Pair = tuple[str, ...]  # of two


class Openings(NamedTuple):
    """How phrases begin: those of one word, and the first two words of those of more."""

    singles: AbstractSet[str]
    pairs: AbstractSet[Pair]

    @classmethod
    def of(cls, books: Sequence[PhraseBook]) -> Openings:
        """Those of some books together, so that a text is gone through once for all of them."""
        return cls(
            frozenset().union(*(book.singles for book in books)), frozenset().union(*(book.longer for book in books))
        )

    def list_starts(self, words: Sequence[str]) -> list[int]:
        """Where a phrase may begin."""
        are_longer = map(self.pairs.__contains__, pairwise((*words, "")))
        return list(compress(count(), map(or_, are_longer, map(self.singles.__contains__, words))))


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """Phrases of one word, and those of more by their first two, longest first: nearly all places of a text are passed
    over at the price of one look-up, however many phrases begin alike ("date of ...")."""

    singles: frozenset[str]
    longer: dict[Pair, tuple[Phrase, ...]]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> PhraseBook:
        unique = set(phrases)
        longer: dict[Pair, list[Phrase]] = defaultdict(list)
        for phrase in sorted((phrase for phrase in unique if len(phrase) > 1), key=len, reverse=True):
            longer[phrase[0], phrase[1]].append(phrase)
        singles = frozenset(phrase[0] for phrase in unique if len(phrase) == 1)
        return cls(singles, {pair: tuple(found) for pair, found in longer.items()})

    def __contains__(self, phrase: Phrase) -> bool:
        return phrase[0] in self.singles if len(phrase) == 1 else phrase in self.longer.get(phrase[:2], ())

    def __iter__(self) -> Iterator[Phrase]:
        for word in self.singles:
            yield (word,)
        for found in self.longer.values():
            yield from found

    def find(
        self, words: Sequence[str], *, base: PhraseBook | None = None, starts: Sequence[int] | None = None
    ) -> Iterator[tuple[Phrase, int, int]]:
        """Each phrase of this book, and of ``base``, with the positions of its first word and of the one after its
        last. From left to right, the longest at each place, none inside another: "insurance policy" is not also a
        "policy". ``starts`` are the places where one may begin, where they are known."""
        starts = self._list_starts(words) if starts is None else starts
        if base:
            starts = sorted({*starts, *base._list_starts(words)})  # noqa: SLF001 - its own kind
        position = 0
        for place in starts:
            if place >= position:
                phrase = self._longest_at(words, place)
                if base:
                    phrase = max(phrase, base._longest_at(words, place), key=len)  # noqa: SLF001
                if phrase:
                    position = place + len(phrase)
                    yield phrase, place, position

    def _list_starts(self, words: Sequence[str]) -> list[int]:
        """Where a phrase may begin."""
        return Openings(self.singles, self.longer.keys()).list_starts(words)

    def _longest_at(self, words: Sequence[str], place: int) -> Phrase:
        for phrase in self.longer.get(tuple(words[place : place + 2]), ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return phrase
        return (words[place],) if words[place] in self.singles else ()
