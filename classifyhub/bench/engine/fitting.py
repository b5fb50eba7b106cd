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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled, load_corpus, read_all
from classifyhub.bench.engine.logistic import fit_logistic
from classifyhub.bench.engine.trials import take_out
from classifyhub.engine import Reading, Rule, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.kinds import load_index
from classifyhub.engine.linking import HEAD
from classifyhub.engine.meaning import compare_to, find_passage, share_out
from classifyhub.engine.rules import RuleSet, Standing
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
_PARTIAL = 0.5  # chosen among 0, a half and 1
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
class Cases:
    """Documents as numbers: ``kinds`` [documents, kinds, features], ``own`` [documents, rules, features], the last of
    which are those of meaning, ``links`` [rules, kinds], ``truth`` the place of the right rule or -1. Were a rule
    unknown to the pack, the kinds ``forgotten`` [rules, kinds] would not be there and it would have the links
    ``partial`` [rules, kinds]."""

    kinds: Array
    own: Array
    links: Array
    decoys: Array
    truth: Array
    partial: Array
    forgotten: Array

    def take(self, rows: Sequence[int] | Array) -> Cases:
        """The same for some of the documents."""
        return replace(self, kinds=self.kinds[rows], own=self.own[rows], truth=self.truth[rows])


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


def measure(documents: Sequence[Labelled], readings: Mapping[Path, Reading], rules: Sequence[Rule]) -> Cases:
    """The features of every document for every rule, as the engine measures them."""
    ruleset = compile_rules(rules)
    places = {rule.type: place for place, rule in enumerate(rules)}
    found = [find_all(readings[document.path], ruleset) for document in documents]
    without = [take_out(rules, place) for place in range(len(rules))]
    return Cases(
        np.stack([_kind_rows(measure_kinds(one)) for one in found]),
        np.stack([_own_rows(ruleset, one, readings[at.path]) for at, one in zip(documents, found, strict=True)]),
        _links(ruleset),
        np.array([place in ruleset.decoys for place in range(len(load_index().kinds))]),
        np.array([places.get(document.label or "", -1) for document in documents]),
        np.stack([_links(trial.ruleset)[place] for place, trial in enumerate(without)]),
        np.array([[kind.key in trial.without for kind in load_index().kinds] for trial in without]),
    )


def _kind_rows(kinds: Mapping[int, Mapping[str, float]]) -> Array:
    rows = np.zeros((len(load_index().kinds), len(KIND_FEATURES)))
    for place, features in kinds.items():
        rows[place] = [features.get(name, 0.0) for name in KIND_FEATURES]
    return rows


def _own_rows(ruleset: RuleSet, found: Any, reading: Reading) -> Array:
    meaning = compare_to(find_passage(reading.pages), ruleset)() or {}
    measured = [{**measure_rule(target, found), **meaning.get(target.label, {})} for target in ruleset.targets]
    names = (*OWN_FEATURES, *MEANING_FEATURES)
    return np.array([[features.get(name, 0.0) for name in names] for features in measured])


def _links(ruleset: RuleSet) -> Array:
    links = np.zeros((len(ruleset.targets), len(load_index().kinds)))
    for row, target in enumerate(ruleset.targets):
        for place, certainty in target.links:
            links[row, place] = certainty
    return links


def fit(cases: Cases, *, seed: int = 0) -> Weights:
    """All numbers from ``cases``; the same seed gives the same numbers."""
    rng = np.random.default_rng(seed)
    draws = [_draw(cases, rng, is_whole=number % 2 == 0) for number in range(_DRAWS)]
    pairs = [(cases, draw) for draw in draws]
    joint = _fit_features(pairs, _begin(), _free())
    unknown = _draw_unknown(cases, np.random.default_rng(seed))
    near = _fit_features(unknown, joint, _free_unknown())
    words = _fit_features(unknown, _without_meaning(near), _free_unknown(only_words=True))
    weights = _unpack(joint, near, words)
    weights = replace(weights, scales=_fit_scales(pairs, unknown, joint, near, words))
    known = [_draw(cases, rng, is_whole=False, unknown_share=0.0) for _ in range(2 * _DRAWS)]
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
    places = {rule: place for place, rule in enumerate(keep)}
    truth = np.array([places.get(rule, -1) for rule in cases.truth])
    return _Draw(keep, _list_own(cases, keep), unknown, links, spare & ~(links.max(0) > 0) & ~forgotten, truth)


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


def _fit_features(pairs: Sequence[_Pair], flat: Array, free: Array) -> Array:
    """Adam on the conditional logit, projected onto what is not negative; what is not ``free`` stays as it is."""
    flat = np.where(_free(), flat, 0.0)
    mean, square = np.zeros_like(flat), np.zeros_like(flat)
    for step in range(1, _STEPS + 1):
        slope: Array = np.mean([_slope(cases, draw, flat) for cases, draw in pairs], axis=0)
        slope[:-2] += _PULL * flat[:-2]
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        pace = _RATE * (1 - step / _STEPS) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        flat = np.where(free, flat - pace * mean / (1 - 0.9**step), flat)
        flat[:-2] = np.maximum(flat[:-2], 0.0)
    return flat


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
    scores = np.exp(scores - scores.max(1, keepdims=True))
    error = scores / scores.sum(1, keepdims=True)
    error[rows, draw.truth] -= 1  # -1, no rule, is the last column: the decoys
    error /= len(rows)
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
    shares = [share_out(near)[1] for near in own[:, :, -2].tolist()]
    return np.concatenate([own[:, :, :-1], np.array(shares)[:, :, None]], axis=2)


def _split(flat: Array) -> dict[str, Any]:
    return {
        "kind": flat[: _PLACES["known"]],
        "known": flat[_PLACES["known"] : _PLACES["unknown"]],
        "unknown": flat[_PLACES["unknown"] : _PLACES["start"]],
        "start": flat[_PLACES["start"]],
        "decoy": flat[_PLACES["decoy"]],
    }


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
    weights = _split(flat)
    for part in ("known", "unknown"):
        weights[part] = np.where(
            np.arange(len(weights[part])) == OWN_FEATURES.index("against"), _BY_HAND["against"], weights[part]
        )
    spoken = cases.kinds @ weights["kind"]
    claims = (spoken[:, None, :] * draw.links[None]).max(2)
    totals = _total_rules(claims, draw.own, draw.unknown, weights)
    decoy = np.where(draw.decoys[None], spoken, _LOST).max(1) + weights["decoy"]
    ranked = np.sort(np.concatenate([np.full((len(totals), 1), _LOST), totals], axis=1), axis=1)
    best, second = ranked[:, -1], ranked[:, -2]
    rivals = np.where(totals == best[:, None], second[:, None], best[:, None])
    leads = np.clip(totals - np.maximum(rivals, decoy[:, None]), -LARGEST_LEAD, LARGEST_LEAD)
    return _Sums(totals, leads, np.clip(decoy - best, 0.0, LARGEST_LEAD))


def _fit_scales(
    pairs: Sequence[_Pair], unknown: Sequence[_Pair], joint: Array, near: Array, words: Array
) -> dict[str, Scale]:
    known = _fit_scale(pairs, joint, is_unknown=False)
    return {
        Standing.KNOWN.value: known,
        Standing.SHARED.value: known,
        Standing.UNKNOWN.value: _fit_scale(unknown, words, is_unknown=True),
        "near": _fit_scale(unknown, near, is_unknown=True),
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
