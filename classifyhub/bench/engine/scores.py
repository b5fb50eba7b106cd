"""Figures about answers: plain functions of what was said, how surely, and what was right."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 15
PRECISION = 0.98
_DRAWS = 200
_SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Said:
    """One answer beside the truth. ``best`` and ``score`` are the best candidate's, also when the answer was no match;
    an unread document says null with no confidence and scores 0."""

    truth: str | None
    type: str | None
    confidence: float | None
    best: str | None
    score: float
    is_answered: bool = True

    @property
    def is_right(self) -> bool:
        return self.is_answered and self.type == self.truth


def mean(values: Iterable[float]) -> float | None:
    """Null of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else None


def accuracy(said: Sequence[Said]) -> float | None:
    """Share of right answers, no match included."""
    return mean(item.is_right for item in said)


def top1(said: Sequence[Said]) -> float | None:
    """Share of typed documents whose best candidate is right, whatever the threshold said."""
    return mean(item.best == item.truth for item in said if item.truth)


def macro_f1(said: Sequence[Said]) -> float | None:
    """Mean over labels, no match being one."""
    return mean(_f1(said, label) for label in {item.truth for item in said})


def _f1(said: Sequence[Said], label: str | None) -> float:
    hits = sum(item.is_right for item in said if item.truth == label)
    claimed = sum(item.is_answered and item.type == label for item in said)
    total = sum(item.truth == label for item in said)
    return 2 * hits / (claimed + total) if claimed + total else 0.0


def null_recall(said: Sequence[Said]) -> float | None:
    """Share of documents without a fitting rule that were said to have none."""
    return mean(item.is_right for item in said if item.truth is None)


def auroc(said: Sequence[Said]) -> float | None:
    """How well the best score tells typed documents from the others: 0.5 is chance. Unread ones rank worst."""
    typed = [item.score if item.is_answered else -math.inf for item in said if item.truth]
    others = [item.score if item.is_answered else math.inf for item in said if not item.truth]
    if not typed or not others:
        return None
    ranked = sorted(others)
    return sum(_share_below(value, ranked) for value in typed) / len(typed)


def _share_below(value: float, ranked: Sequence[float]) -> float:
    below = sum(other < value for other in ranked)
    return (below + 0.5 * sum(other == value for other in ranked)) / len(ranked)


def ece(said: Sequence[Said]) -> float | None:
    """Expected calibration error over equal bins, of the scored answers."""
    return _bin_error([(item.confidence, item.is_right) for item in said if item.confidence is not None])


def ece_noise(said: Sequence[Said]) -> float | None:
    """The error that perfectly honest confidences of the same size would show on so few documents."""
    sure = [item.confidence for item in said if item.confidence is not None]
    rng = random.Random(7)  # noqa: S311 - a repeatable draw, not a secret
    draws = [_bin_error([(value, rng.random() < value) for value in sure]) for _ in range(_DRAWS)]
    return mean(draw for draw in draws if draw is not None)


def _bin_error(pairs: Sequence[tuple[float, bool]]) -> float | None:
    bins: dict[int, float] = defaultdict(float)
    for confidence, is_right in pairs:
        bins[min(BINS - 1, int(confidence * BINS))] += confidence - int(is_right)
    return sum(map(abs, bins.values())) / len(pairs) if pairs else None


def brier(said: Sequence[Said]) -> float | None:
    """Mean squared distance of confidence and truth."""
    return mean((item.confidence - item.is_right) ** 2 for item in said if item.confidence is not None)


def log_loss(said: Sequence[Said]) -> float | None:
    """In nats."""
    scored = [(item.confidence, item.is_right) for item in said if item.confidence is not None]
    return mean(-math.log(max(_SMALL, sure if is_right else 1 - sure)) for sure, is_right in scored)


def find_threshold(said: Sequence[Said], precision: float = PRECISION) -> float | None:
    """The lowest confidence above which typed answers are right that often; null where none is."""
    sure = sorted(((item.confidence, item.is_right) for item in said if item.type and item.confidence), reverse=True)
    best, right = None, 0
    for count, (confidence, is_right) in enumerate(sure, start=1):
        right += is_right
        is_last = count == len(sure) or sure[count][0] != confidence
        if is_last and right / count >= precision:
            best = confidence
    return best


def straight_through(folds: Sequence[Sequence[Said]]) -> tuple[float | None, float | None]:
    """Share of all documents let through, and how many of those were right, each fold by the threshold that the
    others choose."""
    let, total = [], 0
    for index, fold in enumerate(folds):
        threshold = find_threshold([item for other in (*folds[:index], *folds[index + 1 :]) for item in other])
        total += len(fold)
        if threshold is not None:
            let += [item for item in fold if item.type and (item.confidence or 0) >= threshold]
    return (len(let) / total if total else None), mean(item.is_right for item in let)
