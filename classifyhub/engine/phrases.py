"""Find many phrases in one pass over the words of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """Phrases by their first word, longest first."""

    by_first: dict[str, tuple[Phrase, ...]]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> PhraseBook:
        by_first: dict[str, list[Phrase]] = {}
        for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)):
            by_first.setdefault(phrase[0], []).append(phrase)
        return cls({first: tuple(found) for first, found in by_first.items()})

    def find(self, words: Sequence[str]) -> Iterator[tuple[Phrase, int, int]]:
        """Each phrase with the positions of its first word and of the one after its last. From left to right, the
        longest at each place, none inside another: "insurance policy" is not also a "policy"."""
        position = 0
        while position < len(words):
            phrase = self._longest_at(words, position)
            if phrase:
                yield phrase, position, position + len(phrase)
            position += len(phrase) or 1

    def _longest_at(self, words: Sequence[str], position: int) -> Phrase:
        for phrase in self.by_first.get(words[position], ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                return phrase
        return ()
