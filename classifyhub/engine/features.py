"""How much speaks for and against a rule in a document: numbers from 0 to about 1 that only grow with what is found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from classifyhub.engine.matching import Found, Hit, Key
from classifyhub.engine.rules import Target

# What counts half: so much weight of cues, of pairs, of title words, so many repetitions of a word.
_HALF_CUES, _HALF_PAIRS, _HALF_TITLE, _HALF_COUNT = 3.0, 2.0, 2.0, 1.5
_SHORT_RULE = 3.0  # keeps a rule of two words from being fulfilled by two words
_TOP_AGAINST = 0.3

Features = Mapping[str, float]


def measure(target: Target, found: Found) -> Features:
    """The features of one target by name, as ``weights`` weighs them."""
    return {
        "title": _largest(target.names, found.titles),
        "name": _largest(target.names, found.tops),
        "cues": _saturate(_total(target.cues, found.phrases), _HALF_CUES),
        "pairs": _saturate(_total(target.pairs, found.phrases), _HALF_PAIRS),
        "title_words": _saturate(_total(target.words, found.title_words), _HALF_TITLE),
        "words": _measure_words(target, found),
        "mark": max((target.marks[mark] for mark in target.marks.keys() & found.marks), default=0.0),
        "against": _measure_against(target, found),
    }


def _measure_against(target: Target, found: Found) -> float:
    """What the rule says it is not, where it is named more than the type itself: "Reminder: your invoice 4711" may well
    be a reminder, which is not an invoice."""
    in_titles = _if_above(_largest(target.against, found.titles), _largest(target.names, found.titles))
    in_tops = _if_above(_largest(target.against, found.tops), _largest(target.names, found.tops))
    return max(in_titles, _TOP_AGAINST * in_tops)


def _if_above(value: float, other: float) -> float:
    return value if value > other else 0.0


def _measure_words(target: Target, found: Found) -> float:
    """The share of the rule's words that stand in the document, repetitions counting less and less (as in BM25)."""
    counts = ((target.words[word], found.counts[word]) for word in target.words.keys() & found.counts.keys())
    found_share = math.fsum(weight * _saturate(count, _HALF_COUNT) for weight, count in counts)
    return found_share / (target.word_total + _SHORT_RULE)


def _pairs(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> Iterable[float]:
    return (weights[key] * hits[key].strength for key in weights.keys() & hits.keys())


def _largest(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> float:
    return max(_pairs(weights, hits), default=0.0)


def _total(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> float:
    return math.fsum(_pairs(weights, hits))  # the same whatever order a set comes in


def _saturate(value: float, half: float) -> float:
    return value / (value + half)
