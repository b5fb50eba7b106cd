"""Which known types a rule means that names none: those that are, in other words, most like what it says of them.

Words that both use count, and, where a sentence encoder is at hand, what both mean. A rule is likened only to a type
that is clearly nearer than every other, kin of the same type aside, so that a type nobody knows stays unknown."""

from __future__ import annotations

import functools
import hashlib
import io
import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifyhub.engine.model import Rule
from classifyhub.engine.pack import load_known_types
from classifyhub.engine.pack.compiled import write_whole
from classifyhub.engine.paraphrases import load_paraphrases
from classifyhub.engine.rule_text import split_negation
from classifyhub.engine.words import STOP, stems, worth

if TYPE_CHECKING:
    from classifyhub.engine.embedding import Encoder
    from classifyhub.engine.embedding.encoder import Vectors

Likeness = Mapping[str, float]

_FEWEST = 2  # telling words of a description; less says nothing
_SHARE_OF_WORDS = 0.3  # of likeness, beside meaning
_KEPT = 1024  # rules


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rule is like a type from ``least`` on, when every other type is ``lead`` further away. Both were chosen on 220
    wordings of rules, written by somebody who had not read the paraphrases: from there on, 19 of 20 were meant so. What
    customers ask, which is no paper at all, comes near to some as well, though hardly nearer than ``sure``."""

    least: float
    lead: float
    sure: float


BY_WORDS = Bounds(least=0.28, lead=0.05, sure=0.35)
BY_MEANING = Bounds(least=0.40, lead=0.02, sure=0.45)


def find_alike(likeness: Likeness, bounds: Bounds) -> list[str]:
    """The type that is most like a rule, and its kin that are hardly less; none where that is not clear."""
    best = max(likeness, key=lambda key: likeness[key], default="")
    if not best or likeness[best] < bounds.least:
        return []
    near = [key for key, value in likeness.items() if value > likeness[best] - bounds.lead]
    return near if all(are_kin(best, key) for key in near) else []


def liken(rule: Rule, encoder: Encoder | None, *, without: Container[str] = frozenset()) -> Likeness:
    """How much each known type is like what ``rule`` says, up to 1; nothing for a rule that says next to nothing."""
    return {key: value for key, value in _liken(rule, encoder).items() if key not in without}


@functools.lru_cache(maxsize=_KEPT)
def _liken(rule: Rule, encoder: Encoder | None) -> Likeness:
    wanted, _ = split_negation(rule.description)
    if sum(worth(word) == 1 for word in set(stems(wanted))) < _FEWEST:
        return {}
    said = f"{rule.type}: {wanted}"
    by_words = _compare_words(said)
    if encoder is None:
        return by_words
    nearness = encode_types(encoder) @ encoder.encode([said])[0]
    return {
        key: float(near) * (1 - _SHARE_OF_WORDS) + by_words[key] * _SHARE_OF_WORDS
        for key, near in zip(by_words, nearness, strict=True)
    }


@functools.lru_cache(maxsize=1)
def encode_types(encoder: Encoder) -> Vectors:
    """Vectors of the paraphrases, in their order. They take a second, so they are kept beside the model."""
    import numpy as np  # noqa: PLC0415 - a process that compares no meanings does without

    said = [f"{key}: {text}" for key, text in load_paraphrases().items()]
    kept = encoder.folder / f"types-{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}.npy"
    try:
        found: Vectors = np.load(kept)
    except (OSError, ValueError, EOFError):  # not made yet, or cut short
        found = encoder.encode(said).astype(np.float32)
        written = io.BytesIO()
        np.save(written, found)
        write_whole(kept, written.getvalue())
    return found


def _compare_words(said: str) -> dict[str, float]:
    """The cosine of the words, each weighed by how few types it stands for."""
    vocabulary = _load_vocabulary()
    own = vocabulary.weigh(stems(said))
    length = math.hypot(*own.values()) or 1.0
    return {
        key: math.fsum(own[word] * weight for word, weight in weights.items() if word in own) / length
        for key, weights in vocabulary.types.items()
    }


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """For each type the words of its paraphrase with their weights, of length 1; and how many types use each word."""

    types: Mapping[str, Mapping[str, float]]
    counts: Mapping[str, int]

    def weigh(self, words: Sequence[str]) -> dict[str, float]:
        return _weigh(words, self.counts, len(self.types))


@functools.cache
def _load_vocabulary() -> _Vocabulary:
    said = {key: stems(f"{key} {text}") for key, text in load_paraphrases().items()}
    counts = Counter(word for words in said.values() for word in set(words))
    weighed = {key: _weigh(words, counts, len(said)) for key, words in said.items()}
    return _Vocabulary({key: _scale(weights) for key, weights in weighed.items()}, counts)


def _weigh(words: Sequence[str], counts: Mapping[str, int], types: int) -> dict[str, float]:
    found = {word: _rarity(counts.get(word, 0), types) * min(1.0, 2 * worth(word)) for word in words}
    return {word: weight for word, weight in found.items() if weight and word not in STOP}


def _rarity(count: int, types: int) -> float:
    return math.log((types + 1) / (count + 0.5))


def _scale(weights: Mapping[str, float]) -> dict[str, float]:
    length = math.hypot(*weights.values()) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def are_kin(one: str, other: str) -> bool:
    """The same type, a kind of the other, both of one kind, or all but the same."""
    first, second = _kin()[one], _kin()[other]
    return one == other or not first.isdisjoint(second)


@functools.cache
def _kin() -> Mapping[str, frozenset[str]]:
    """For each type itself, the wider one, and those that many people mean the same by."""
    return {kind.key: frozenset({kind.key, kind.of, *kind.near} - {""}) for kind in load_known_types()}


def list_kin(keys: Sequence[str]) -> set[str]:
    """All types that are kin of any of ``keys``."""
    return {other for key in keys for other in _kin() if are_kin(key, other)}
