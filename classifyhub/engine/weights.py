"""The numbers that turn what was found into a probability.

Fitted by ``classifyhub.bench.engine.fitting``; how, and on what, stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Loose:
    """For short texts without a layout. ``own`` weighs what speaks for a rule in its own words and how near it is;
    ``known`` is what known types count of what they do elsewhere; ``any_fits`` turns what the nearest rule comes to
    into the log-odds that any rule fits."""

    own: Mapping[str, float]
    known: float
    any_fits: Scale

    def among(self, weights: Weights) -> Weights:
        """As weights, by those of known types in ``weights``."""
        kind = {name: self.known * value for name, value in weights.kind.items()}
        return replace(weights, kind=kind, own={"loose": self.own}, starts={}, decoy_start=0.0)


LARGEST_LEAD = 4.0

CERTAIN = 4.6
"""Log-odds of 99 %: the documents behind these numbers are too few to promise more."""

SURE = 2.5
"""Log-odds from which on more evidence makes less and less difference."""

WEIGHTS = Weights(
    kind={
        "title": 4.998,
        "inner": 2.831,
        "line": 1.387,
        "run": 0.072,
        "cues": 7.345,
        "sections": 4.425,
        "mark": 3.911,
        "vocabulary": 3.986,
    },
    own={
        "known": {
            "words": 1.75,
            "title_words": 2.388,
            "own_title": 0.861,
            "own_name": 0.948,
            "pairs": 0.605,
            "against": -12.0,
        },
        "shared": {
            "words": 2.002,
            "title_words": 2.818,
            "own_title": 1.447,
            "own_name": 2.251,
            "pairs": 0.796,
            "against": -12.0,
        },
        "unknown": {
            "words": 5.479,
            "title_words": 5.422,
            "own_title": 1.341,
            "own_name": 2.94,
            "pairs": 2.162,
            "against": -12.0,
        },
        "near": {
            "words": 3.971,
            "title_words": 3.941,
            "own_title": 1.227,
            "own_name": 2.104,
            "pairs": 1.429,
            "against": -12.0,
            "near": 3.868,
            "nearest": 3.579,
        },
    },
    starts={"unknown": 1.318, "near": 0.713},
    decoy_start=-0.679,
    partial=0.5,
    scales={
        "known": Scale(strength=0.565, lead=1.378, start=-2.316),
        "shared": Scale(strength=0.565, lead=1.378, start=-2.316),
        "unknown": Scale(strength=0.914, lead=1.206, start=-3.251),
        "near": Scale(strength=0.734, lead=1.174, start=-2.743),
    },
    nothing_start=-1.778,
    nothing_distance=0.501,
    nothing_foreign=1.497,
)

LOOSE = Loose(
    own={
        "against": -12.0,
        "words": 0.0,
        "title_words": 0.0,
        "own_title": 0.0,
        "own_name": 0.016,
        "pairs": 0.052,
        "near": 20.278,
        "nearest": 0.0,
    },
    known=0.5,
    any_fits=Scale(strength=0.474, lead=0.0, start=-1.386),
)
