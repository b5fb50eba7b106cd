"""Find many phrases in one pass over the words of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """Phrases, and by first word how many words the phrases that begin with it have, most first: a text is looked up
    once per length, however many phrases begin alike ("date of ...")."""

    phrases: frozenset[Phrase]
    lengths: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> PhraseBook:
        unique = frozenset(phrases)
        lengths: dict[str, set[int]] = {}
        for phrase in unique:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        return cls(unique, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()})

    def find(self, words: Sequence[str], *, base: PhraseBook | None = None) -> Iterator[tuple[Phrase, int, int]]:
        """Each phrase of this book, and of ``base``, with the positions of its first word and of the one after its
        last. From left to right, the longest at each place, none inside another: "insurance policy" is not also a
        "policy"."""
        books = (self, base) if base else (self,)
        position = 0
        while position < len(words):
            phrase = max((book._longest_at(words, position) for book in books), key=len)  # noqa: SLF001 - its own kind
            if phrase:
                yield phrase, position, position + len(phrase)
            position += len(phrase) or 1

    def _longest_at(self, words: Sequence[str], position: int) -> Phrase:
        for length in self.lengths.get(words[position], ()):
            phrase = tuple(words[position : position + length])
            if phrase in self.phrases:
                return phrase
        return ()
