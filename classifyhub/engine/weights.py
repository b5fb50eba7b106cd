"""The numbers that turn what was found into a probability.

Fitted by ``classifyhub.bench.engine.fitting``; how, and on what, stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KIND_FEATURES = ("title", "inner", "line", "run", "cues", "sections", "mark", "vocabulary")
OWN_FEATURES = ("words", "title_words", "own_title", "own_name", "pairs", "against")


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
    """``kind`` weighs what speaks for a known type, ``own`` what speaks for a rule in its own words, by its standing;
    ``unknown_start`` and ``decoy_start`` put rules without a known type, and known types without a rule, on one scale
    with the others. ``nothing_*`` make up how sure "no match" is."""

    kind: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    unknown_start: float
    decoy_start: float
    known: Scale
    unknown: Scale
    nothing_start: float
    nothing_distance: float
    nothing_foreign: float


LARGEST_LEAD = 4.0

CERTAIN = 4.6
"""Log-odds of 99 %: the documents behind these numbers are too few to promise more."""

_UNKNOWN = {
    "words": 1.576,
    "title_words": 2.439,
    "own_title": 1.857,
    "own_name": 2.071,
    "pairs": 0.698,
    "against": -12.0,
}

WEIGHTS = Weights(
    kind={
        "title": 4.918,
        "inner": 0.385,
        "line": 1.157,
        "run": 0.067,
        "cues": 6.725,
        "sections": 5.779,
        "mark": 3.841,
        "vocabulary": 4.002,
    },
    own={
        "known": {
            "words": 2.165,
            "title_words": 2.638,
            "own_title": 0.664,
            "own_name": 0.949,
            "pairs": 0.806,
            "against": -12.0,
        },
        "shared": _UNKNOWN,
        "unknown": _UNKNOWN,
    },
    unknown_start=1.43,
    decoy_start=-0.82,
    known=Scale(strength=0.614, lead=1.176, start=-2.441),
    unknown=Scale(strength=2.136, lead=0.951, start=-5.028),
    nothing_start=-1.777,
    nothing_distance=0.733,
    nothing_foreign=1.036,
)
