"""What an engine must beat: word matching, and the cosine of vectors of a document and a rule.

None knows when no rule fits nor how sure it is, so each is given its best chance: what a score of it means is learned
from other documents."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.scores import Said
from classifyhub.engine import Reading, Rule
from classifyhub.engine.embedding import Encoder, current_encoder
from classifyhub.engine.meaning import find_passage
from classifyhub.engine.words import stems

_PAGE_CHARACTERS = 20_000
_SATURATION, _LENGTH = 1.2, 0.75  # k1 and b as everybody sets them

Scores = Mapping[Path, Mapping[str, float]]
"""Of each document that has text, by the type of each rule."""

Baseline = Callable[["Words", Iterable[Rule]], Scores]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of each document, how many documents each word stands in, how long documents are on average, and how
    each begins."""

    by_document: Mapping[Path, Counter[str]]
    spread: Counter[str]
    length: float
    openings: Mapping[Path, str]

    def rarity(self, word: str) -> float:
        """Inverse document frequency, never below zero."""
        found = self.spread[word]
        return math.log(1 + (len(self.by_document) - found + 0.5) / (found + 0.5))


def count_words(readings: Mapping[Path, Reading]) -> Words:
    """Of all documents with text, without looking at any label."""
    counts = {path: _count(reading) for path, reading in readings.items() if reading.has_text}
    spread = Counter(word for own in counts.values() for word in own)
    length = sum(own.total() for own in counts.values()) / max(1, len(counts))
    return Words(counts, spread, length, {path: find_passage(readings[path].pages) for path in counts})


def _count(reading: Reading) -> Counter[str]:
    return Counter(stem for page in reading.pages for stem in stems(page.text[:_PAGE_CHARACTERS]))


def match_words(words: Words, rules: Iterable[Rule]) -> Scores:
    """BM25 of each document for the words of each rule (Robertson and Zaragoza, 2009)."""
    queries = {rule.type: set(stems(f"{rule.type} {rule.description}")) for rule in rules}
    return {
        path: {label: _bm25(own, query, words) for label, query in queries.items()}
        for path, own in words.by_document.items()
    }


def _bm25(own: Counter[str], query: Iterable[str], words: Words) -> float:
    damping = _SATURATION * (1 - _LENGTH + _LENGTH * own.total() / words.length)
    return sum(words.rarity(word) * own[word] * (_SATURATION + 1) / (own[word] + damping) for word in query)


def compare_words(words: Words, rules: Iterable[Rule]) -> Scores:
    """Cosine of the tf-idf vectors of each document and each rule."""
    queries = {rule.type: _weigh(Counter(stems(f"{rule.type} {rule.description}")), words) for rule in rules}
    return {
        path: {label: _dot(vector, query) for label, query in queries.items()}
        for path, vector in ((path, _weigh(own, words)) for path, own in words.by_document.items())
    }


def _weigh(counts: Counter[str], words: Words) -> dict[str, float]:
    weights = {word: (1 + math.log(count)) * words.rarity(word) for word, count in counts.items()}
    length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _dot(vector: Mapping[str, float], query: Mapping[str, float]) -> float:
    return sum(weight * vector.get(word, 0.0) for word, weight in query.items())


def compare_sentences(words: Words, rules: Iterable[Rule], *, encoder: Encoder) -> Scores:
    """Cosine of the sentence vectors of how each document begins and of each rule."""
    known = list(rules)
    wanted = encoder.encode([f"{rule.type.replace('_', ' ')}: {rule.description}" for rule in known])
    vectors = encoder.encode(list(words.openings.values()))
    return {
        path: {rule.type: float(value) for rule, value in zip(known, row, strict=True)}
        for path, row in zip(words.openings, vectors @ wanted.T, strict=True)
    }


def list_baselines() -> dict[str, Baseline]:
    """By name; sentence vectors where this machine has them."""
    found: dict[str, Baseline] = {"BM25": match_words, "cosine of words": compare_words}
    if encoder := current_encoder():
        found["cosine of sentences"] = partial(compare_sentences, encoder=encoder)
    return found


def guess(documents: Iterable[Labelled], scores: Scores, types: frozenset[str]) -> list[Said]:
    """The best of ``types`` for each document, not yet with a confidence. A document whose type is none of them has no
    right answer but null."""
    return [_guess(document, scores.get(document.path), types) for document in documents]


def _guess(document: Labelled, scores: Mapping[str, float] | None, types: frozenset[str]) -> Said:
    truth = document.label if document.label in types else None
    if scores is None:
        return Said(truth, None, None, None, 0.0, is_answered=False)
    best = max(sorted(types), key=lambda name: scores[name])
    return Said(truth, best, None, best, scores[best])


def calibrate(folds: Sequence[Sequence[Said]]) -> list[list[Said]]:
    """The same guesses with a confidence, or as "no match" where that is likelier, by what the guesses of the other
    folds came to; as they are where those came to nothing."""
    return [
        _learn_and_say([item for other in (*folds[:index], *folds[index + 1 :]) for item in other], fold)
        for index, fold in enumerate(folds)
    ]


def _learn_and_say(others: Iterable[Said], fold: Sequence[Said]) -> list[Said]:
    known = [item for item in others if item.is_answered]
    if not known:
        return list(fold)
    scores = np.array([item.score for item in known])
    middle, width = scores.mean(), scores.std() or 1.0
    is_right = fit_line((scores - middle) / width, np.array([item.best == item.truth for item in known]))
    is_null = fit_line((scores - middle) / width, np.array([item.truth is None for item in known]))
    return [_say(item, (item.score - middle) / width, is_right, is_null) for item in fold]


def _say(item: Said, score: float, is_right: tuple[float, float], is_null: tuple[float, float]) -> Said:
    if not item.is_answered:
        return item
    right, null = (1 / (1 + math.exp(-(slope * score + start))) for slope, start in (is_right, is_null))
    return replace(item, type=item.best if right >= null else None, confidence=max(right, null))


def fit_line(values: Array, right: Array) -> tuple[float, float]:
    """Slope and start of the log-odds that ``right`` holds, by Newton's method. One imagined case either way and a
    light pull to zero keep them finite where all cases are alike."""
    rows = np.stack([np.append(values, [0.0, 0.0]), np.ones(len(values) + 2)], axis=1)
    wanted = np.append(right, [0.0, 1.0])
    line, pull = np.zeros(2), np.diag([0.1, 0.0])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(rows @ line, -30, 30)))
        bend = rows.T @ (rows * (chance * (1 - chance))[:, None]) + pull
        step = np.linalg.solve(bend, rows.T @ (chance - wanted) + pull @ line)
        line = line - step
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])
