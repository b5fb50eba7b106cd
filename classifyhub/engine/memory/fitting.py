"""How much the memory may say, and how far the answers can be trusted: both found by leaving out one decision at a
time and asking what the others would have made of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifyhub.engine.memory.entries import Entry
from classifyhub.engine.memory.likeness import Likeness, scores_of
from classifyhub.engine.memory.voting import find_leads

MOST_TRIALS = 120  # of the newest decisions: more take longer and change nothing
RECALIBRATED_FROM = 20
LARGEST_SAY = 6.0  # log-odds
_WEIGHTS = (0.0, 1.5, 3.0, 4.5, 6.0, 8.0, 12.0, 16.0)
_USUAL = 8.0  # the weight that served best over many drawn memories of office documents
_AT_FIRST, _FEW = 3.0, 10  # the weight, and the most, while fewer decisions than this can be tried
_FIRMNESS = 3.0  # how many decisions it takes to go from that weight to nothing, or to twice as much
_SURENESS = 0.1  # of a right decision for one nat of log loss
_EDGE = 0.005  # of a score: nothing is quite certain
_FOLDS = 5
_STEPS, _LONGEST_STEP = 20, 0.3
_FLATTEST = 0.1
_TOWARDS_AS_IS = 2.0  # holds a correction back while decisions are few


@dataclass(frozen=True, slots=True)
class Fit:
    """``weight`` of the leads in log-odds; a match of ``x`` log-odds is right with ``slope * x + shift``."""

    weight: float
    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class _Trial:
    """One decision, and what would be said without it. ``counts`` where its type has another decision, about other
    bytes: only such a one can show whether the memory helps."""

    truth: str | None
    unaided: Mapping[str, float]
    leads: Mapping[str, float]
    counts: bool


def fit(entries: Sequence[Entry], likeness: Likeness) -> Fit:
    """From decisions that hold under the same rules."""
    trials = list(_try_each(entries, likeness))
    weight = _choose_weight([trial for trial in trials if trial.counts])
    if len(trials) < RECALIBRATED_FROM:
        return Fit(weight)
    return Fit(weight, *_recalibrate([_outcome(trial, weight) for trial in trials]))


def to_log_odds(probability: float) -> float:
    """Held within what a score can mean."""
    held = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(held / (1 - held))


def say(lead: float, weight: float) -> float:
    """What a lead adds to the log-odds."""
    return max(-LARGEST_SAY, min(LARGEST_SAY, weight * lead))


def _try_each(entries: Sequence[Entry], likeness: Likeness) -> Iterable[_Trial]:
    labels = [entry.type for entry in entries]
    contents = Counter(label for label, _ in {(entry.type, entry.sha256) for entry in entries})
    for entry in entries[-MOST_TRIALS:]:
        unaided = scores_of(entry.unaided)
        if not unaided:
            continue
        found = likeness.measure(entry.profile, unaided)
        others = [index for index, other in enumerate(entries) if other.sha256 != entry.sha256]
        leads = find_leads([found[index] for index in others], [labels[index] for index in others], unaided)
        yield _Trial(
            entry.type,
            unaided={name: to_log_odds(score) for name, score in unaided.items()},
            leads={name: lead.value for name, lead in leads.items()},
            counts=contents[entry.type] > 1,
        )


def _choose_weight(trials: Sequence[_Trial]) -> float:
    """The weight by which most decisions would have been right; nothing unless that is better than nothing. How sure
    the answers are counts little in the choice: with one document of a type left out of three, all seem less sure than
    they will be."""
    if not trials:
        return _AT_FIRST
    largest = _AT_FIRST if len(trials) < _FEW else _WEIGHTS[-1]
    better = [weight for weight in _WEIGHTS if 0 < weight <= largest and _is_better(trials, weight)]
    return min((0.0, *better), key=lambda weight: _cost(trials, weight))


def _is_better(trials: Sequence[_Trial], weight: float) -> bool:
    """More answers right than without the memory, or as many and surer."""
    right, before = _count_right(trials, weight), _count_right(trials, 0.0)
    return right > before or (right == before and _total_loss(trials, weight) < _total_loss(trials, 0.0))


def _cost(trials: Sequence[_Trial], weight: float) -> float:
    wrong = len(trials) - _count_right(trials, weight)
    return wrong + _SURENESS * _total_loss(trials, weight) + _FIRMNESS * ((weight - _USUAL) / _USUAL) ** 2


def _count_right(trials: Iterable[_Trial], weight: float) -> int:
    return sum(_answer(_totals(trial, weight)) == trial.truth for trial in trials)


def _total_loss(trials: Iterable[_Trial], weight: float) -> float:
    return math.fsum(_loss(_totals(trial, weight), trial.truth) for trial in trials)


def _totals(trial: _Trial, weight: float) -> dict[str, float]:
    return {name: value + say(trial.leads[name], weight) for name, value in trial.unaided.items()}


def _answer(totals: Mapping[str, float]) -> str | None:
    best = max(totals, key=lambda name: totals[name])
    return best if totals[best] >= 0 else None


def _loss(totals: Mapping[str, float], truth: str | None) -> float:
    """In nats: of the right type for not being taken, and of the strongest wrong one for being so."""
    wrong = max((value for name, value in totals.items() if name != truth), default=-math.inf)
    return _softplus(wrong) + (0.0 if truth is None else _softplus(-totals.get(truth, 0.0)))


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def _outcome(trial: _Trial, weight: float) -> tuple[float, bool]:
    """The log-odds of the best type, and whether it was right."""
    totals = _totals(trial, weight)
    best = max(totals, key=lambda name: totals[name])
    return totals[best], best == trial.truth


def _recalibrate(outcomes: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Platt's slope and shift; left as they are unless that makes up for itself on decisions left out."""
    gain = 0.0
    for fold in range(_FOLDS):
        slope, shift = _fit_line([pair for index, pair in enumerate(outcomes) if index % _FOLDS != fold])
        gain += sum(_surprise(x, right) - _surprise(slope * x + shift, right) for x, right in outcomes[fold::_FOLDS])
    return _fit_line(outcomes) if gain > 0 else (1.0, 0.0)


def _surprise(log_odds: float, is_right: bool) -> float:  # noqa: FBT001 - one of a pair
    return _softplus(-log_odds if is_right else log_odds)


def _fit_line(outcomes: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Newton's method on the log loss, in steps too short to overshoot. The pull towards (1, 0) keeps it sane."""
    slope, shift = 1.0, 0.0
    for _ in range(_STEPS):
        ga, gb = _TOWARDS_AS_IS * (slope - 1), _TOWARDS_AS_IS * shift
        haa, hab, hbb = _TOWARDS_AS_IS, 0.0, _TOWARDS_AS_IS
        for x, is_right in outcomes:
            p = math.exp(-_softplus(-(slope * x + shift)))
            error, spread = p - is_right, p * (1 - p)
            ga, gb = ga + error * x, gb + error
            haa, hab, hbb = haa + spread * x * x, hab + spread * x, hbb + spread
        size = haa * hbb - hab * hab
        slope -= _short((hbb * ga - hab * gb) / size)
        shift -= _short((haa * gb - hab * ga) / size)
    return max(slope, _FLATTEST), shift


def _short(step: float) -> float:
    return max(-_LONGEST_STEP, min(_LONGEST_STEP, step))
