"""Figures about answers: plain functions of what was said, how surely, and what was right."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BINS = 15
PRECISION = 0.98
_DRAWS = 200
_SMALL = 1e-6
_SIGMAS = 1.96  # 95 % of a normal distribution lie within so many standard deviations


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


Folds = Sequence[Sequence[Said]]
Passed = tuple[float | None, float | None]
"""Which share of all documents passes, and which share of those is right."""


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


def find_threshold(said: Iterable[Said], precision: float = PRECISION) -> float | None:
    """The lowest confidence above which answers are right that often; null where there is none."""
    sure = sorted(((item.confidence, item.is_right) for item in said if item.confidence is not None), reverse=True)
    best, right = None, 0
    for count, (confidence, is_right) in enumerate(sure, start=1):
        right += is_right
        is_last = count == len(sure) or sure[count][0] != confidence
        if is_last and right / count >= precision:
            best = confidence
    return best


def coverage(folds: Folds) -> Passed:
    """What passes at 98 % precision, "no match" included."""
    return _let_through(folds, lambda item: item.is_answered)


def straight_through(folds: Folds) -> Passed:
    """What passes at 98 % precision with a type, and so would need no person."""
    return _let_through(folds, lambda item: item.type is not None)


def _let_through(folds: Folds, may_pass: Callable[[Said], bool]) -> Passed:
    """Each fold by the threshold that the others choose: none is chosen on what it is judged on."""
    let: list[Said] = []
    for index, fold in enumerate(folds):
        others = (item for other in (*folds[:index], *folds[index + 1 :]) for item in other if may_pass(item))
        threshold = find_threshold(others)
        if threshold is not None:
            let += [item for item in fold if may_pass(item) and (item.confidence or 0.0) >= threshold]
    total = sum(map(len, folds))
    return (len(let) / total if total else None), mean(item.is_right for item in let)


def range_of_share(hits: int, total: int) -> tuple[float, float] | None:
    """Where a share lies with 95 % certainty (Wilson's interval), were the documents drawn one by one."""
    if not total:
        return None
    share, weight = hits / total, _SIGMAS**2 / total
    middle = (share + weight / 2) / (1 + weight)
    reach = _SIGMAS * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return middle - reach, middle + reach


FIGURES: Mapping[str, Callable[[Sequence[Said]], float | None]] = {
    "accuracy": accuracy,
    "top-1": top1,
    "macro-F1": macro_f1,
    "AUROC": auroc,
    "null recall": null_recall,
    "ECE": ece,
    "ECE noise": ece_noise,
    "Brier": brier,
    "log-loss": log_loss,
}


def measure(said: Sequence[Said]) -> dict[str, Any]:
    """All figures of some answers, rounded."""
    likely = range_of_share(sum(item.is_right for item in said), len(said))
    return {
        "documents": len(said),
        **{name: _round(figure(said)) for name, figure in FIGURES.items()},
        "accuracy, 95 %": [round(bound, 4) for bound in likely] if likely else None,
    }


def measure_folds(folds: Folds) -> dict[str, Any]:
    """The same, and which share passes at 98 % precision with how many of those right."""
    shares = {"coverage": coverage(folds), "straight through": straight_through(folds)}
    return (
        measure([item for fold in folds for item in fold])
        | {name: _round(share) for name, (share, _) in shares.items()}
        | {f"{name}, right": _round(right) for name, (_, right) in shares.items()}
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
