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
        "starts": 1.69,
        "closed": 1.02,
        "complete": 1.16,
        "title": 1.25,
        "opens": 0.6,
        "other size": 1.56,
        "other source": 1.1,
        "other letters": 0.8,
        "other words": 1.19,
        "other kind": 0.55,
        "other type": 0.97,
        "other form": 1.12,
        "later": -0.9,
        "begins inside": -0.7,
        "number goes on": -1.08,
        "bare number goes on": -2.05,
        "same head": -1.26,
        "same foot": -0.69,
        "same letters": -0.34,
        "same margin": -1.58,
        "same odd size": -1.37,
        "references": -1.51,
        "words": -2.12,
        "kind": -1.67,
    },
    start=0.19,
    usual=-0.26,
)
