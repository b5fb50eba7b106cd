"""The numbers that turn the cues between two pages into the probability of a border.

Fitted by ``classifyhub.bench.engine.fit_borders``; how, and on what, stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BorderWeights:
    """``cues`` and ``start`` are log-odds of a border in a file that holds several documents; ``usual`` are the
    log-odds of one there before the pages are looked at."""

    cues: Mapping[str, float]
    start: float
    usual: float


BORDER_WEIGHTS = BorderWeights(
    cues={
        "starts": 1.68,
        "closed": 1.03,
        "complete": 1.16,
        "title": 1.26,
        "opens": 0.61,
        "other size": 1.55,
        "other source": 1.1,
        "other letters": 0.81,
        "other words": 1.18,
        "other kind": 0.58,
        "other type": 1.06,
        "other form": 1.1,
        "later": -0.9,
        "begins inside": -0.7,
        "number goes on": -1.1,
        "bare number goes on": -2.05,
        "same head": -1.24,
        "same foot": -0.67,
        "same letters": -0.33,
        "same margin": -1.58,
        "same odd size": -1.36,
        "references": -1.5,
        "words": -2.08,
        "kind": -1.67,
    },
    start=0.18,
    usual=-0.26,
)
