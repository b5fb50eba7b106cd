"""Fit the numbers of ``engine.weights`` to labelled documents: ``python -m classifyhub.bench.engine.fitting CORPUS``.

First the weights of the features, so that the right rule (or, where there is none, a known type that no rule means)
leads as often as can be: a conditional logit over random subsets of the rules, a third of them taken for unknown to
the pack. Then the scales that turn a sum and its lead into a probability, by logistic regression. All weights are held
at zero or above, which keeps the reasons true: nothing that speaks for a rule may lower it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled, load_corpus, read_all
from classifyhub.engine import Reading, Rule, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.kinds import load_index
from classifyhub.engine.rules import RuleSet, Standing
from classifyhub.engine.weights import KIND_FEATURES, LARGEST_LEAD, OWN_FEATURES, Scale, Weights

Array = np.ndarray[Any, Any]

_DRAWS, _STEPS, _RATE, _PULL = 10, 300, 0.15, 2e-3
_UNKNOWN_SHARE = 0.3
_FEWEST_RULES = 4
_LOST = -9.0
_AGAINST = -12.0  # set by hand: no rule of the data says what it is not, and what an author excludes is excluded


@dataclass(frozen=True, slots=True)
class Cases:
    """Documents as numbers: ``kinds`` [documents, kinds, features], ``own`` [documents, rules, features], ``links``
    [rules, kinds], ``truth`` the place of the right rule or -1."""

    kinds: Array
    own: Array
    links: Array
    decoys: Array
    truth: Array

    def take(self, rows: Sequence[int]) -> Cases:
        """The same for some of the documents."""
        return Cases(self.kinds[rows], self.own[rows], self.links, self.decoys, self.truth[rows])


@dataclass(frozen=True, slots=True)
class _Draw:
    """Some of the rules, some of them unknown."""

    keep: Array
    unknown: Array
    links: Array
    decoys: Array
    truth: Array


def measure(documents: Sequence[Labelled], readings: Mapping[Path, Reading], rules: Sequence[Rule]) -> Cases:
    """The features of every document for every rule, as the engine measures them."""
    ruleset = compile_rules(rules)
    places = {rule.type: place for place, rule in enumerate(rules)}
    found = [find_all(readings[document.path], ruleset) for document in documents]
    return Cases(
        np.stack([_kind_rows(measure_kinds(one)) for one in found]),
        np.stack([_own_rows(ruleset, one) for one in found]),
        _links(ruleset),
        np.array([place in ruleset.decoys for place in range(len(load_index().kinds))]),
        np.array([places.get(document.label or "", -1) for document in documents]),
    )


def _kind_rows(kinds: Mapping[int, Mapping[str, float]]) -> Array:
    rows = np.zeros((len(load_index().kinds), len(KIND_FEATURES)))
    for place, features in kinds.items():
        rows[place] = [features.get(name, 0.0) for name in KIND_FEATURES]
    return rows


def _own_rows(ruleset: RuleSet, found: Any) -> Array:
    measured = (measure_rule(target, found) for target in ruleset.targets)
    return np.array([[features[name] for name in OWN_FEATURES] for features in measured])


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
    flat = _fit_features(cases, draws)
    weights = _unpack(flat)
    known, unknown = _fit_scales(cases, draws, weights)
    weights = Weights(**{**_fields(weights), "known": known, "unknown": unknown})
    nothing = _fit_nothing(cases, [draw for draw in draws if len(draw.keep) < len(cases.links)], weights)
    return Weights(**{**_fields(weights), **nothing})


def _fields(weights: Weights) -> dict[str, Any]:
    return {name: getattr(weights, name) for name in weights.__dataclass_fields__}


def _draw(cases: Cases, rng: np.random.Generator, *, is_whole: bool) -> _Draw:
    total = len(cases.links)
    size = total if is_whole else int(rng.integers(min(_FEWEST_RULES, total), total + 1))
    keep = np.sort(rng.choice(total, size=size, replace=False))
    unknown = np.zeros(size, bool) if is_whole else rng.random(size) < _UNKNOWN_SHARE
    links = cases.links[keep].copy()
    forgotten = (links[unknown].max(0) > 0) if unknown.any() else np.zeros(links.shape[1], bool)
    links[unknown] = 0
    taken = links.max(0) > 0
    spare = cases.decoys | (cases.links.max(0) > 0)
    places = {rule: place for place, rule in enumerate(keep)}
    truth = np.array([places.get(rule, -1) for rule in cases.truth])
    return _Draw(keep, unknown, links, spare & ~taken & ~(forgotten & ~taken), truth)


def _fit_features(cases: Cases, draws: Sequence[_Draw]) -> Array:
    """Adam on the conditional logit, projected onto what is not negative."""
    flat = np.concatenate([np.full(len(KIND_FEATURES), 1.5), np.full(2 * len(OWN_FEATURES), 0.7), [0.0, 0.0]])
    free = np.array([name != "against" for name in (*KIND_FEATURES, *OWN_FEATURES, *OWN_FEATURES)] + [True, True])
    mean, square = np.zeros_like(flat), np.zeros_like(flat)
    for step in range(1, _STEPS + 1):
        slope: Array = np.mean([_slope(cases, draw, flat) for draw in draws], axis=0)
        slope[:-2] += _PULL * flat[:-2]
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        pace = _RATE * (1 - step / _STEPS) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        flat = np.where(free, flat - pace * mean / (1 - 0.9**step), 0.0)
        flat[:-2] = np.maximum(flat[:-2], 0.0)
    return flat


def _slope(cases: Cases, draw: _Draw, flat: Array) -> Array:
    """The gradient of one draw's mean loss."""
    weights = _split(flat)
    rows, known = np.arange(len(cases.truth)), ~draw.unknown & (draw.links.max(1) > 0)
    spoken = cases.kinds @ weights["kind"]
    claims = spoken[:, None, :] * draw.links[None]
    loudest = claims.argmax(2)
    certainty = draw.links[np.arange(len(draw.keep))[None], loudest]
    own = cases.own[:, draw.keep]
    totals = _total_rules(claims.max(2), own, known, weights)
    decoy_claims = np.where(draw.decoys[None], spoken, _LOST)
    decoy = decoy_claims.argmax(1)
    scores = np.concatenate([totals, decoy_claims[rows, decoy][:, None] + weights["decoy"]], axis=1)
    scores = np.exp(scores - scores.max(1, keepdims=True))
    error = scores / scores.sum(1, keepdims=True)
    error[rows, draw.truth] -= 1  # -1, no rule, is the last column: the decoys
    error /= len(rows)
    of_known, of_unknown = error[:, :-1] * known, error[:, :-1] * ~known
    kinds = cases.kinds[rows[:, None], loudest] * certainty[:, :, None]
    return np.concatenate(
        [
            np.einsum("nr,nrf->f", of_known, kinds) + error[:, -1] @ cases.kinds[rows, decoy],
            np.einsum("nr,nrf->f", of_known, own),
            np.einsum("nr,nrf->f", of_unknown, own),
            [of_unknown.sum(), error[:, -1].sum()],
        ]
    )


def _total_rules(claimed: Array, own: Array, known: Array, weights: Mapping[str, Any]) -> Array:
    of_known = np.maximum(claimed, 0.0) + own @ weights["known"]
    totals: Array = np.where(known[None], of_known, own @ weights["unknown"] + weights["start"])
    return totals


def _split(flat: Array) -> dict[str, Any]:
    first, second = len(KIND_FEATURES), len(OWN_FEATURES)
    return {
        "kind": flat[:first],
        "known": flat[first : first + second],
        "unknown": flat[first + second : first + 2 * second],
        "start": flat[-2],
        "decoy": flat[-1],
    }


def _unpack(flat: Array) -> Weights:
    parts = _split(flat)
    known, unknown = (
        {name: _round(value) for name, value in zip(OWN_FEATURES, parts[part], strict=True)} | {"against": _AGAINST}
        for part in ("known", "unknown")
    )
    return Weights(
        kind={name: _round(value) for name, value in zip(KIND_FEATURES, parts["kind"], strict=True)},
        own={Standing.KNOWN.value: known, Standing.SHARED.value: unknown, Standing.UNKNOWN.value: unknown},
        unknown_start=_round(parts["start"]),
        decoy_start=_round(parts["decoy"]),
        known=Scale(1.0, 1.0, 0.0),
        unknown=Scale(1.0, 1.0, 0.0),
        nothing_start=0.0,
        nothing_distance=0.0,
        nothing_foreign=0.0,
    )


def _round(value: float) -> float:
    return round(float(value), 3)


@dataclass(frozen=True, slots=True)
class _Sums:
    totals: Array
    leads: Array
    known: Array
    foreign: Array


def _sum_up(cases: Cases, draw: _Draw, weights: Weights) -> _Sums:
    known = ~draw.unknown & (draw.links.max(1) > 0)
    spoken = cases.kinds @ np.array([weights.kind[name] for name in KIND_FEATURES])
    own = cases.own[:, draw.keep]
    scales = {part: np.array([weights.own[part][name] for name in OWN_FEATURES]) for part in ("known", "unknown")} | {
        "start": weights.unknown_start
    }
    totals = _total_rules((spoken[:, None, :] * draw.links[None]).max(2), own, known, scales)
    decoy = np.where(draw.decoys[None], spoken, _LOST).max(1) + weights.decoy_start
    ranked = np.sort(np.concatenate([np.full((len(totals), 1), _LOST), totals], axis=1), axis=1)
    best, second = ranked[:, -1], ranked[:, -2]
    rivals = np.where(totals == best[:, None], second[:, None], best[:, None])
    leads = np.clip(totals - np.maximum(rivals, decoy[:, None]), -LARGEST_LEAD, LARGEST_LEAD)
    return _Sums(totals, leads, known, np.clip(decoy - best, 0.0, LARGEST_LEAD))


def _fit_scales(cases: Cases, draws: Sequence[_Draw], weights: Weights) -> tuple[Scale, Scale]:
    scales = []
    for is_known in (True, False):
        rows, right = [], []
        for draw in draws:
            sums = _sum_up(cases, draw, weights)
            chosen = sums.known == is_known
            if chosen.any():
                rows.append(np.stack([sums.totals[:, chosen].ravel(), sums.leads[:, chosen].ravel()], axis=1))
                right.append((draw.truth[:, None] == np.arange(len(draw.keep))[None])[:, chosen].ravel())
        scales.append(Scale(*_fit_logistic(np.concatenate(rows), np.concatenate(right))))
    return scales[0], scales[1]


def _fit_nothing(cases: Cases, draws: Sequence[_Draw], weights: Weights) -> dict[str, float]:
    rows, right = [], []
    for draw in draws:
        sums = _sum_up(cases, draw, weights)
        odds = np.where(
            sums.known[None],
            weights.known.of(sums.totals, sums.leads),
            weights.unknown.of(sums.totals, sums.leads),
        ).max(1)
        is_null = odds < 0
        rows.append(np.stack([-odds, sums.foreign], axis=1)[is_null])
        right.append((draw.truth < 0)[is_null])
    distance, foreign, start = _fit_logistic(np.concatenate(rows), np.concatenate(right))
    return {"nothing_distance": distance, "nothing_foreign": foreign, "nothing_start": start}


def _fit_logistic(rows: Array, right: Array) -> tuple[float, ...]:
    """Weights of the columns, none below zero, and the start; by Newton's method with projection."""
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    weights = np.zeros(rows.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - right) / len(rows) + 1e-4 * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows / len(rows) + 1e-4 * np.eye(len(weights))
        is_free = np.ones(len(weights), bool)
        is_free[:-1] = (weights[:-1] > 0) | (slope[:-1] < 0)
        step = np.zeros_like(weights)
        step[is_free] = np.linalg.solve(bend[np.ix_(is_free, is_free)], slope[is_free])
        weights = weights - step
        weights[:-1] = np.maximum(weights[:-1], 0.0)
        if np.abs(step).max() < 1e-8:
            break
    return tuple(_round(value) for value in weights)


def main(arguments: Iterable[str]) -> None:
    (folder,) = arguments
    corpus = load_corpus(Path(folder))
    readings = read_all([document.path for document in corpus.documents], cache=Path("var/bench-readings"))
    documents = [document for document in corpus.documents if _has_text(readings, document)]
    print(pformat(fit(measure(documents, readings, corpus.rules)), sort_dicts=False, width=118))


def _has_text(readings: Mapping[Path, Reading], document: Labelled) -> bool:
    return document.path in readings and readings[document.path].has_text


if __name__ == "__main__":
    main(sys.argv[1:])
