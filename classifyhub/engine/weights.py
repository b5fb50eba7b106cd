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
    "words": 1.559,
    "title_words": 2.428,
    "own_title": 1.922,
    "own_name": 1.896,
    "pairs": 0.54,
    "against": -12.0,
}

WEIGHTS = Weights(
    kind={
        "title": 4.66,
        "inner": 2.453,
        "line": 1.552,
        "run": 0.293,
        "cues": 6.741,
        "sections": 4.823,
        "mark": 3.961,
        "vocabulary": 4.594,
    },
    own={
        "known": {
            "words": 2.502,
            "title_words": 2.568,
            "own_title": 0.298,
            "own_name": 0.94,
            "pairs": 0.719,
            "against": -12.0,
        },
        "shared": _UNKNOWN,
        "unknown": _UNKNOWN,
    },
    unknown_start=1.338,
    decoy_start=-0.791,
    known=Scale(strength=0.547, lead=1.193, start=-2.319),
    unknown=Scale(strength=2.419, lead=0.843, start=-5.347),
    nothing_start=-1.277,
    nothing_distance=0.517,
    nothing_foreign=1.12,
)
