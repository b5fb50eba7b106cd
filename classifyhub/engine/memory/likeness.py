"""How alike a document is to each decided one: by its words, and by what the rules say of it.

The words count as they are, without a table of how rare each is: such a table would have to be counted from the
decided documents, hold traces of forgotten ones, and bring nothing (measured on real office documents)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from classifyhub.engine.memory.entries import Entry
from classifyhub.engine.memory.profiles import Profile
from classifyhub.engine.model import Candidate

_RULES = 0.1  # part of the whole; the words have the rest
_SHORT = 20.0  # a text of so few words cannot be very like another: two words in common may be chance

Scores = Mapping[str, float]


class Likeness:
    """The decided documents, ready to be compared with."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.size = len(entries)
        self._postings: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for index, entry in enumerate(entries):
            for word, weight in _weigh_words(entry.profile).items():
                self._postings[word].append((index, weight))
        self._rules = [_normalise(scores_of(entry.unaided)) for entry in entries]

    def measure(self, profile: Profile, unaided: Scores) -> list[float]:
        """0 to 1 for each entry, in order."""
        rules = _normalise(unaided)
        total = [_RULES * _dot(rules, other) for other in self._rules]
        for index, value in enumerate(self._compare_words(profile)):
            total[index] += (1 - _RULES) * value
        return total

    def _compare_words(self, profile: Profile) -> list[float]:
        found = [0.0] * self.size
        for word, weight in _weigh_words(profile).items():
            for index, other in self._postings.get(word, ()):
                found[index] += weight * other
        return found


def scores_of(candidates: Sequence[Candidate]) -> dict[str, float]:
    """By type."""
    return {candidate.type: candidate.score for candidate in candidates}


def _weigh_words(profile: Profile) -> dict[int, float]:
    return _normalise({word: 1 + math.log(count) for word, count in profile.words}, more=_SHORT)


def _normalise(weights: Mapping[Any, float], *, more: float = 0.0) -> dict[Any, float]:
    """To length 1, or less by ``more`` than there is."""
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values()) + more) or 1.0
    return {key: weight / length for key, weight in weights.items()}


def _dot(some: Scores, others: Scores) -> float:
    return sum(value * others[key] for key, value in some.items() if key in others)
