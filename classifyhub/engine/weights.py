"""The numbers that turn what was found into a probability.

Fitted by ``classifyhub.bench.engine.fitting``; how, and on what, stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KIND_FEATURES = ("title", "inner", "line", "run", "cues", "sections", "mark", "vocabulary")
OWN_FEATURES = ("words", "title_words", "own_title", "own_name", "pairs", "against")
MEANING_FEATURES = ("near", "nearest")


@dataclass(frozen=True, slots=True)
class Scale:
    """``strength`` and ``lead`` weigh a sum and its distance to the strongest rival; ``start`` is where a rule stands
    before anything is found. All in log-odds."""

    strength: float
    lead: float
    start: float

    def of(self, total: Any, lead: Any) -> Any:
        """Log-odds; for numbers and arrays alike."""
        return self.strength * total + self.lead * lead + self.start


@dataclass(frozen=True, slots=True)
class Weights:
    """``kind`` weighs what speaks for a known type, ``own`` what speaks for a rule in its own words, by its standing,
    or "near" for a rule without a known type where its meaning is compared too. ``starts`` and ``decoy_start`` put
    rules without a known type, and known types without a rule, on one scale with the others; ``partial`` is what known
    types count that such a rule merely names. ``scales`` turn sums into log-odds. ``nothing_*`` make up how sure "no
    match" is."""

    kind: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    starts: Mapping[str, float]
    decoy_start: float
    partial: float
    scales: Mapping[str, Scale]
    nothing_start: float
    nothing_distance: float
    nothing_foreign: float


LARGEST_LEAD = 4.0

CERTAIN = 4.6
"""Log-odds of 99 %: the documents behind these numbers are too few to promise more."""

SURE = 2.5
"""Log-odds from which on more evidence makes less and less difference."""

WEIGHTS = Weights(
    kind={
        "title": 5.031,
        "inner": 2.832,
        "line": 1.39,
        "run": 0.072,
        "cues": 7.312,
        "sections": 4.414,
        "mark": 3.9,
        "vocabulary": 3.958,
    },
    own={
        "known": {
            "words": 1.777,
            "title_words": 2.384,
            "own_title": 0.85,
            "own_name": 0.947,
            "pairs": 0.609,
            "against": -12.0,
        },
        "shared": {
            "words": 1.699,
            "title_words": 2.286,
            "own_title": 1.235,
            "own_name": 1.904,
            "pairs": 0.645,
            "against": -12.0,
        },
        "unknown": {
            "words": 2.509,
            "title_words": 3.755,
            "own_title": 1.73,
            "own_name": 3.044,
            "pairs": 1.095,
            "against": -12.0,
        },
        "near": {
            "words": 1.699,
            "title_words": 2.286,
            "own_title": 1.235,
            "own_name": 1.904,
            "pairs": 0.645,
            "against": -12.0,
            "near": 1.101,
            "nearest": 3.079,
        },
    },
    starts={"unknown": 1.206, "near": 0.628},
    decoy_start=-0.66,
    partial=0.5,
    scales={
        "known": Scale(strength=0.57, lead=1.371, start=-2.282),
        "shared": Scale(strength=0.57, lead=1.371, start=-2.282),
        "unknown": Scale(strength=1.365, lead=1.145, start=-3.718),
        "near": Scale(strength=0.57, lead=1.097, start=-2.265),
    },
    nothing_start=-1.722,
    nothing_distance=0.474,
    nothing_foreign=1.514,
)
