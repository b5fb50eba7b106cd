"""Whom a document is like: for each type, how much closer its decided documents are than those of any other."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_NEAREST = 3  # of the documents of a type; their mean is how close the type is
_STRANGERS = 0.05  # how alike two documents are that have nothing to do with each other
_HALF = 1.0  # so many decisions of a type have half of the say

Label = str | None


@dataclass(frozen=True, slots=True)
class Lead:
    """``value`` is positive where the documents of this type are the closest, negative where those of ``towards`` are
    closer; 0 where none is close. It grows with how many documents of the leading type there are."""

    value: float
    towards: Label


def find_leads(likeness: Sequence[float], labels: Sequence[Label], types: Iterable[str]) -> dict[str, Lead]:
    """The lead of each type, or lack of one, given how alike the document is to each decided one."""
    closeness, counts = _measure_closeness(likeness, labels)
    ranked = sorted(closeness, key=lambda label: -closeness[label])[:2]
    return {name: _lead(name, closeness, counts, ranked) for name in types}


def _measure_closeness(
    likeness: Sequence[float], labels: Sequence[Label]
) -> tuple[dict[Label, float], dict[Label, int]]:
    by_label: dict[Label, list[float]] = defaultdict(list)
    for value, label in zip(likeness, labels, strict=True):
        by_label[label].append(value)
    nearest = {label: heapq.nlargest(_NEAREST, values) for label, values in by_label.items()}
    closeness = {label: max(_STRANGERS, sum(values) / len(values)) for label, values in nearest.items()}
    return closeness, {label: len(values) for label, values in by_label.items()}


def _lead(name: str, closeness: Mapping[Label, float], counts: Mapping[Label, int], ranked: Sequence[Label]) -> Lead:
    own = closeness.get(name, _STRANGERS)
    others = [label for label in ranked if label != name]
    other = closeness[others[0]] if others else _STRANGERS
    towards = name if own > other or not others else others[0]
    count = counts.get(towards, 0)
    return Lead(math.log(own / other) * count / (count + _HALF), towards)
