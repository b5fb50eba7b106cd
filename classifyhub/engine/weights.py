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
        "title": 4.791,
        "inner": 2.627,
        "line": 1.4,
        "run": 0.104,
        "cues": 6.655,
        "sections": 4.793,
        "mark": 3.785,
        "vocabulary": 4.276,
    },
    own={
        "known": {
            "words": 2.003,
            "title_words": 2.643,
            "own_title": 0.694,
            "own_name": 0.943,
            "pairs": 0.708,
            "against": -12.0,
        },
        "shared": {
            "words": 1.708,
            "title_words": 2.307,
            "own_title": 1.204,
            "own_name": 1.923,
            "pairs": 0.659,
            "against": -12.0,
        },
        "unknown": {
            "words": 2.534,
            "title_words": 3.785,
            "own_title": 1.716,
            "own_name": 3.08,
            "pairs": 1.107,
            "against": -12.0,
        },
        "near": {
            "words": 1.708,
            "title_words": 2.307,
            "own_title": 1.204,
            "own_name": 1.923,
            "pairs": 0.659,
            "against": -12.0,
            "near": 1.092,
            "nearest": 3.137,
        },
    },
    starts={"unknown": 1.054, "near": 0.471},
    decoy_start=-0.69,
    partial=0.5,
    scales={
        "known": Scale(strength=0.639, lead=1.182, start=-2.482),
        "shared": Scale(strength=0.639, lead=1.182, start=-2.482),
        "unknown": Scale(strength=1.426, lead=1.095, start=-3.693),
        "near": Scale(strength=0.622, lead=1.026, start=-2.379),
    },
    nothing_start=-1.593,
    nothing_distance=0.39,
    nothing_foreign=1.461,
)
