"""The numbers that turn what was found into a probability.

Fitted by ``classifyhub.bench.engine.fitting``, ``LOOSE`` by ``fit_loose``; how, and on what, stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

KIND_FEATURES = ("title", "inner", "line", "run", "cues", "sections", "mark", "layout", "vocabulary")
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
    types count that such a rule merely names, or is near to. ``scales`` turn sums into log-odds. ``nothing_*`` make up
    how sure "no match" is."""

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
    into the log-odds that any rule fits, and ``length`` makes good that a long text is less near to anything, by the
    logarithm of its words."""

    own: Mapping[str, float]
    known: float
    any_fits: Scale
    length: float

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
        "title": 5.459,
        "inner": 1.659,
        "line": 2.108,
        "run": 0.1,
        "cues": 7.271,
        "sections": 2.915,
        "mark": 3.649,
        "layout": 1.78,
        "vocabulary": 3.414,
    },
    own={
        "known": {
            "words": 1.437,
            "title_words": 2.934,
            "own_title": 1.18,
            "own_name": 1.742,
            "pairs": 1.072,
            "against": -12.0,
        },
        "shared": {
            "words": 2.059,
            "title_words": 3.155,
            "own_title": 1.36,
            "own_name": 2.108,
            "pairs": 0.917,
            "against": -12.0,
        },
        "unknown": {
            "words": 5.507,
            "title_words": 6.288,
            "own_title": 1.211,
            "own_name": 2.649,
            "pairs": 2.307,
            "against": -12.0,
        },
        "near": {
            "words": 3.915,
            "title_words": 4.492,
            "own_title": 1.261,
            "own_name": 1.748,
            "pairs": 1.364,
            "against": -12.0,
            "near": 3.732,
            "nearest": 3.565,
        },
    },
    starts={"unknown": 1.494, "near": 0.759},
    decoy_start=0.107,
    partial=0.5,
    scales={
        "known": Scale(strength=0.463, lead=1.804, start=-1.807),
        "shared": Scale(strength=0.463, lead=1.804, start=-1.807),
        "unknown": Scale(strength=1.229, lead=1.258, start=-3.95),
        "near": Scale(strength=0.901, lead=1.258, start=-3.108),
    },
    nothing_start=-2.01,
    nothing_distance=0.533,
    nothing_foreign=1.293,
)


LOOSE = Loose(
    own={
        "against": -12.0,
        "words": 0.0,
        "title_words": 0.0,
        "own_title": 0.0,
        "own_name": 0.017,
        "pairs": 0.0,
        "near": 20.135,
        "nearest": 0.0,
    },
    known=0.5,
    any_fits=Scale(strength=0.526, lead=0.0, start=-2.895),
    length=0.544,
)
