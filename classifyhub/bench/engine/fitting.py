"""Fit the numbers of ``engine.weights`` to labelled documents:
``python -m classifyhub.bench.engine.fitting CORPUS MODELS``.

First the weights of the features, so that the right rule (or, where there is none, a known type that no rule means)
leads as often as can be: a conditional logit over random subsets of the rules, half of them taken for unknown to the
pack. Then, all else held, what such rules weigh by, with meanings and where they cannot be compared, over draws of
which most documents fit some rule, as on a desk; then the scales that turn a sum and its lead into a probability, by
logistic regression. All weights are held at zero or above, which keeps the reasons
true: nothing that speaks for a rule may lower it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled, load_corpus, read_all
from classifyhub.bench.engine.descent import descend
from classifyhub.bench.engine.fit_cases import Cases, measure
from classifyhub.bench.engine.logistic import fit_logistic
from classifyhub.engine import Reading
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.linking import HEAD
from classifyhub.engine.meaning import share_out
from classifyhub.engine.rules import Standing
from classifyhub.engine.weights import (
    KIND_FEATURES,
    LARGEST_LEAD,
    MEANING_FEATURES,
    OWN_FEATURES,
    Scale,
    Weights,
)

Array = np.ndarray[Any, Any]

_DRAWS, _STEPS, _RATE, _PULL = 10, 300, 0.15, 2e-3
_UNKNOWN_SHARE = 0.5
_PARTIAL = 0.5  # chosen among 0, a half, three quarters and 1
_FEWEST_RULES = 4
_MOST_NONE = 0.25  # of the documents of a draw that rules of unknown types are fitted to
_LOST = -9.0
# Set by hand: no rule of the data says what it is not, and what an author excludes is excluded. A type mentioned in
# running text is seldom the document's own, which data without talk about documents does not show.
_BY_HAND = {"against": -12.0, "run": 0.1}


_PLACES = {
    "known": len(KIND_FEATURES),
    "unknown": len(KIND_FEATURES) + len(OWN_FEATURES),
    "meaning": len(KIND_FEATURES) + 2 * len(OWN_FEATURES),
    "start": len(KIND_FEATURES) + 2 * len(OWN_FEATURES) + len(MEANING_FEATURES),
    "decoy": len(KIND_FEATURES) + 2 * len(OWN_FEATURES) + len(MEANING_FEATURES) + 1,
}


@dataclass(frozen=True, slots=True)
class _Draw:
    """Some of the rules, some of them unknown, with ``own`` [documents, rules, features] as they are among these."""

    keep: Array
    own: Array
    unknown: Array
    links: Array
    decoys: Array
    truth: Array


_Pair = tuple[Cases, _Draw]


def fit(cases: Cases, *, seed: int = 0) -> Weights:
    """All numbers from ``cases``; the same seed gives the same numbers."""
    rng, plain = np.random.default_rng(seed), cases.without_kin()
    draws = [_draw(plain, rng, is_whole=number % 2 == 0) for number in range(_DRAWS)]
    pairs = [(cases, draw) for draw in draws]
    joint = _fit_features(pairs)
    by_meaning, by_words = (_draw_unknown(each, np.random.default_rng(seed)) for each in (cases, plain))
    near = _fit_unknown(by_meaning, joint)
    words = _fit_unknown(by_words, near, only_words=True)
    weights = replace(
        _unpack(joint, near, words),
        scales=_name_scales(
            _fit_scale(pairs, joint, is_unknown=False),
            _fit_scale(by_meaning, near, is_unknown=True),
            _fit_scale(by_words, words, is_unknown=True),
        ),
    )
    known = [_draw(plain, rng, is_whole=False, unknown_share=0.0) for _ in range(2 * _DRAWS)]
    distance, foreign, start = _fit_nothing(cases, known, joint, weights)
    return replace(weights, nothing_distance=distance, nothing_foreign=foreign, nothing_start=start)


def _begin() -> Array:
    return np.concatenate(
        [np.full(len(KIND_FEATURES), 1.5), np.full(_PLACES["start"] - len(KIND_FEATURES), 0.7), [0, 0]]
    )


def _free() -> Array:
    """Which numbers are to be found: all but those set by hand."""
    names = [*KIND_FEATURES, *OWN_FEATURES, *OWN_FEATURES, *MEANING_FEATURES, "start", "decoy"]
    return np.array([name not in _BY_HAND for name in names])


def _free_unknown(*, only_words: bool = False) -> Array:
    """Only those that a rule without a known type is weighed by, or those of them that stand for its words."""
    free = _free()
    free[: _PLACES["unknown"]] = free[_PLACES["decoy"]] = False
    if only_words:
        free[_PLACES["meaning"] : _PLACES["start"]] = False
    return free


def _without_meaning(flat: Array) -> Array:
    words = flat.copy()
    words[_PLACES["meaning"] : _PLACES["start"]] = 0.0
    return words


def _draw(cases: Cases, rng: np.random.Generator, *, is_whole: bool, unknown_share: float = _UNKNOWN_SHARE) -> _Draw:
    total = len(cases.links)
    size = total if is_whole else int(rng.integers(min(_FEWEST_RULES, total), total + 1))
    return _draw_some(cases, rng, size=size, unknown_share=None if is_whole else unknown_share)


def _draw_some(cases: Cases, rng: np.random.Generator, *, size: int, unknown_share: float | None) -> _Draw:
    keep = np.sort(rng.choice(len(cases.links), size=size, replace=False))
    unknown = np.zeros(size, bool) if unknown_share is None else rng.random(size) < unknown_share
    forgotten = cases.forgotten[keep][unknown].any(0)
    links = np.where(unknown[:, None], 0.0, cases.links[keep]) * ~forgotten
    of_others = links.max(0) >= HEAD
    links[unknown] = _PARTIAL * (cases.partial[keep] * ~forgotten * ~of_others)[unknown]
    spare = cases.decoys | (cases.links.max(0) > 0)
    decoys = spare & ~(links.max(0) > 0) & ~forgotten
    links[unknown] = np.maximum(links[unknown], _PARTIAL * (cases.kin[keep] * decoys)[unknown])
    places = {rule: place for place, rule in enumerate(keep)}
    truth = np.array([places.get(rule, -1) for rule in cases.truth])
    return _Draw(keep, _list_own(cases, keep), unknown, links, decoys, truth)


def _draw_unknown(cases: Cases, rng: np.random.Generator) -> list[_Pair]:
    """Draws with rules of unknown types in each, and only so many documents that fit no rule as a desk may get: with
    few rules drawn nearly all would be such, and a rule that the pack does not know would never be trusted."""
    total = len(cases.links)
    draws = []
    for number in range(_DRAWS):
        size = total if number % 2 == 0 else int(rng.integers(min(_FEWEST_RULES, total), total + 1))
        draws.append(_draw_some(cases, rng, size=size, unknown_share=_UNKNOWN_SHARE))
    return [_keep_typed(cases, draw, rng) for draw in draws]


def _keep_typed(cases: Cases, draw: _Draw, rng: np.random.Generator) -> _Pair:
    typed, others = np.flatnonzero(draw.truth >= 0), np.flatnonzero(draw.truth < 0)
    most = int(len(typed) * _MOST_NONE / (1 - _MOST_NONE))
    rows = np.sort(np.concatenate([typed, rng.permutation(others)[:most]]))
    return cases.take(rows), replace(draw, own=draw.own[rows], truth=draw.truth[rows])


def _fit_features(pairs: Sequence[_Pair]) -> Array:
    """All features, by a conditional logit held at zero or above."""
    begin, free = _begin(), _free()
    return _descend(lambda flat: np.mean([_slope(cases, draw, flat) for cases, draw in pairs], axis=0), begin, free)


def _fit_unknown(pairs: Sequence[_Pair], joint: Array, *, only_words: bool = False) -> Array:
    """The same of what a rule without a known type is weighed by; all else stays as it is in ``joint``."""
    contests = [_stage(cases, draw, joint) for cases, draw in pairs]
    begin = _without_meaning(joint) if only_words else joint
    free = _free_unknown(only_words=only_words)
    return _descend(lambda flat: np.mean([_slope_unknown(each, flat) for each in contests], axis=0), begin, free)


def _descend(slope: Callable[[Array], Array], begin: Array, free: Array) -> Array:
    begin = np.where(_free(), begin, 0.0)
    pull = np.where(np.arange(len(begin)) < _PLACES["start"], _PULL, 0.0)
    least = np.where(pull > 0, 0.0, -np.inf)
    return descend(
        lambda flat: slope(flat) + pull * flat,
        begin,
        steps=_STEPS,
        rate=_RATE,
        least=np.where(free, least, begin),
        most=np.where(free, np.inf, begin),
    )


@dataclass(frozen=True, slots=True)
class _Contest:
    """A draw in which only what rules without a known type are weighed by is open: ``totals`` [documents, rules and the
    decoy] without it."""

    totals: Array
    own: Array
    unknown: Array
    truth: Array


def _stage(cases: Cases, draw: _Draw, flat: Array) -> _Contest:
    weights = _split(flat)
    weights["unknown"], weights["start"] = np.zeros_like(weights["unknown"]), 0.0
    spoken = cases.kinds @ weights["kind"]
    claimed = (spoken[:, None, :] * draw.links[None]).max(2)
    totals = _total_rules(claimed, draw.own, draw.unknown, weights)
    decoy = np.where(draw.decoys[None], spoken, _LOST).max(1) + weights["decoy"]
    return _Contest(np.concatenate([totals, decoy[:, None]], axis=1), draw.own, draw.unknown, draw.truth)


def _slope_unknown(contest: _Contest, flat: Array) -> Array:
    """The gradient of its mean loss, 0 for what is not open."""
    weights = _split(flat)
    scores = contest.totals.copy()
    scores[:, :-1] += (contest.own @ weights["unknown"] + weights["start"]) * contest.unknown
    error = _find_error(scores, contest.truth)[:, :-1] * contest.unknown
    slope = np.zeros_like(flat)
    slope[_PLACES["unknown"] : _PLACES["start"]] = np.einsum("nr,nrf->f", error, contest.own)
    slope[_PLACES["start"]] = error.sum()
    return slope


def _find_error(scores: Array, truth: Array) -> Array:
    """By how much each of ``scores`` is too high, for the mean loss; -1, no rule, is the last column: the decoys."""
    error = np.exp(scores - scores.max(1, keepdims=True))
    error /= error.sum(1, keepdims=True)
    error[np.arange(len(truth)), truth] -= 1
    found: Array = error / len(truth)
    return found


def _slope(cases: Cases, draw: _Draw, flat: Array) -> Array:
    """The gradient of one draw's mean loss."""
    weights = _split(flat)
    rows = np.arange(len(cases.truth))
    spoken = cases.kinds @ weights["kind"]
    claims = spoken[:, None, :] * draw.links[None]
    loudest = claims.argmax(2)
    certainty = draw.links[np.arange(len(draw.keep))[None], loudest]
    own = draw.own
    totals = _total_rules(claims.max(2), own, draw.unknown, weights)
    decoy_claims = np.where(draw.decoys[None], spoken, _LOST)
    decoy = decoy_claims.argmax(1)
    scores = np.concatenate([totals, decoy_claims[rows, decoy][:, None] + weights["decoy"]], axis=1)
    error = _find_error(scores, draw.truth)
    of_rules, of_unknown = error[:, :-1], error[:, :-1] * draw.unknown
    kinds = cases.kinds[rows[:, None], loudest] * certainty[:, :, None]
    words = own[:, :, : len(OWN_FEATURES)]
    return np.concatenate(
        [
            np.einsum("nr,nrf->f", of_rules, kinds) + error[:, -1] @ cases.kinds[rows, decoy],
            np.einsum("nr,nrf->f", of_rules - of_unknown, words),
            np.einsum("nr,nrf->f", of_unknown, own),
            [of_unknown.sum(), error[:, -1].sum()],
        ]
    )


def _total_rules(claimed: Array, own: Array, unknown: Array, weights: Mapping[str, Any]) -> Array:
    of_known = own[:, :, : len(OWN_FEATURES)] @ weights["known"]
    of_unknown = own @ weights["unknown"] + weights["start"]
    totals: Array = np.maximum(claimed, 0.0) + np.where(unknown[None], of_unknown, of_known)
    return totals


def _list_own(cases: Cases, keep: Array) -> Array:
    """What speaks for the rules ``keep`` in their own words, and how near they are beside these alone."""
    own = cases.own[:, keep]
    shared = np.array([share_out(near) for near in own[:, :, -1].tolist()])
    return np.concatenate([own[:, :, :-1], shared.transpose(0, 2, 1)], axis=2)


def _split(flat: Array) -> dict[str, Any]:
    return {
        "kind": flat[: _PLACES["known"]],
        "known": flat[_PLACES["known"] : _PLACES["unknown"]],
        "unknown": flat[_PLACES["unknown"] : _PLACES["start"]],
        "start": flat[_PLACES["start"]],
        "decoy": flat[_PLACES["decoy"]],
    }


def _set_by_hand(flat: Array) -> dict[str, Any]:
    """The same with the numbers that no data tell."""
    weights = _split(flat)
    named = (("kind", KIND_FEATURES), ("known", OWN_FEATURES), ("unknown", (*OWN_FEATURES, *MEANING_FEATURES)))
    for part, names in named:
        values = zip(names, weights[part], strict=True)
        weights[part] = np.array([_BY_HAND.get(name, value) for name, value in values])
    return weights


def _unpack(joint: Array, near: Array, words: Array) -> Weights:
    parts, fallback = _split(near), _split(words)
    shared = _name(OWN_FEATURES, _split(joint)["unknown"])
    with_meaning = _name((*OWN_FEATURES, *MEANING_FEATURES), parts["unknown"])
    return Weights(
        kind=_name(KIND_FEATURES, parts["kind"]),
        own={
            Standing.KNOWN.value: _name(OWN_FEATURES, parts["known"]),
            Standing.SHARED.value: shared,
            Standing.UNKNOWN.value: _name(OWN_FEATURES, fallback["unknown"]),
            "near": with_meaning,
        },
        starts={Standing.UNKNOWN.value: _round(fallback["start"]), "near": _round(parts["start"])},
        decoy_start=_round(parts["decoy"]),
        partial=_PARTIAL,
        scales={},
        nothing_start=0.0,
        nothing_distance=0.0,
        nothing_foreign=0.0,
    )


def _name(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: _BY_HAND.get(name, _round(value)) for name, value in zip(names, values, strict=False)}


def _round(value: float) -> float:
    return round(float(value), 3)


@dataclass(frozen=True, slots=True)
class _Sums:
    totals: Array
    leads: Array
    foreign: Array


def _sum_up(cases: Cases, draw: _Draw, flat: Array) -> _Sums:
    weights = _set_by_hand(flat)
    spoken = cases.kinds @ weights["kind"]
    claims = (spoken[:, None, :] * draw.links[None]).max(2)
    totals = _total_rules(claims, draw.own, draw.unknown, weights)
    decoy = np.where(draw.decoys[None], spoken, _LOST).max(1) + weights["decoy"]
    ranked = np.sort(np.concatenate([np.full((len(totals), 1), _LOST), totals], axis=1), axis=1)
    best, second = ranked[:, -1], ranked[:, -2]
    rivals = np.where(totals == best[:, None], second[:, None], best[:, None])
    leads = np.clip(totals - np.maximum(rivals, decoy[:, None]), -LARGEST_LEAD, LARGEST_LEAD)
    return _Sums(totals, leads, np.clip(decoy - best, 0.0, LARGEST_LEAD))


def _name_scales(known: Scale, near: Scale, words: Scale) -> dict[str, Scale]:
    return {
        Standing.KNOWN.value: known,
        Standing.SHARED.value: known,
        Standing.UNKNOWN.value: words,
        "near": near,
    }


def _fit_scale(pairs: Sequence[_Pair], flat: Array, *, is_unknown: bool) -> Scale:
    rows, right = [], []
    for cases, draw in pairs:
        sums = _sum_up(cases, draw, flat)
        chosen = draw.unknown == is_unknown
        if chosen.any():
            rows.append(np.stack([sums.totals[:, chosen].ravel(), sums.leads[:, chosen].ravel()], axis=1))
            right.append((draw.truth[:, None] == np.arange(len(draw.keep))[None])[:, chosen].ravel())
    return Scale(*fit_logistic(np.concatenate(rows), np.concatenate(right)))


def _fit_nothing(cases: Cases, draws: Sequence[_Draw], flat: Array, weights: Weights) -> tuple[float, ...]:
    rows, right = [], []
    for draw in draws:
        sums = _sum_up(cases, draw, flat)
        odds = weights.scales[Standing.KNOWN.value].of(sums.totals, sums.leads).max(1)
        is_null = odds < 0
        rows.append(np.stack([-odds, sums.foreign], axis=1)[is_null])
        right.append((draw.truth < 0)[is_null])
    return fit_logistic(np.concatenate(rows), np.concatenate(right))


def main(arguments: Iterable[str]) -> None:
    folder, models = arguments
    use_encoder(lambda: Place(Path(models), waits=True))
    corpus = load_corpus(Path(folder))
    readings = read_all([document.path for document in corpus.documents], cache=Path("var/bench-readings"))
    documents = [document for document in corpus.documents if _has_text(readings, document)]
    print(pformat(fit(measure(documents, readings, corpus.rules)), sort_dicts=False, width=118))


def _has_text(readings: Mapping[Path, Reading], document: Labelled) -> bool:
    return document.path in readings and readings[document.path].has_text


if __name__ == "__main__":
    main(sys.argv[1:])
