"""How probable it is that a new document starts on a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from classifyhub.engine.packets.cues import SENSE, Cues, measure_look, measure_sense
from classifyhub.engine.packets.profiles import Profile
from classifyhub.engine.packets.weights import BORDER_WEIGHTS, BorderWeights

_LOUDEST = 6.0
"""The most that one place between two pages counts for the file's holding several documents, in log-odds."""

_GOING_ON = {"title": 0.03, "kind": 0.78, "other kind": 0.22, "other type": 0.03}
"""What pages say of known types that look as if they went on: the means of 750 pairs of such."""


def find_borders(profiles: Sequence[Profile], *, weights: BorderWeights = BORDER_WEIGHTS) -> list[float]:
    """For each page but the first the probability that a new document starts on it.

    Before reading, a file holds as likely one document as several. That it holds several is as much more likely as a
    border is at some place between its pages, the mean over all places: one strange page among a hundred is a figure or
    an annex rather than another document."""
    odds = [_weigh(*pair, weights) for pair in pairwise(profiles)]
    if not odds:
        return []
    evidence = math.fsum(math.exp(min(_LOUDEST, value - weights.usual)) for value in odds) / len(odds)
    several = evidence / (1 + evidence)
    return [several / (1 + math.exp(-value)) for value in odds]


def _weigh(last: Profile, first: Profile, weights: BorderWeights) -> float:
    """Log-odds of a border, in a file that holds several documents. Where whatever the pages say of known types could
    not make it likelier than not, what such pages usually say is taken for it."""
    look = weights.start + _add_up(measure_look(last, first), weights)
    most = math.fsum(max(0.0, weights.cues[name]) for name in SENSE if name != "title" or first.sense.has_names)
    return look + _add_up(_GOING_ON if look + most < 0 else measure_sense(last, first), weights)


def _add_up(cues: Cues, weights: BorderWeights) -> float:
    return math.fsum(weights.cues[name] * value for name, value in cues.items())
