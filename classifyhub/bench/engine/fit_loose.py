"""Find the numbers for short texts without a layout: ``python -m classifyhub.bench.engine.fit_loose MODELS`` prints
them as they stand in ``classifyhub/engine/weights.py``.

Fitted to texts written for this purpose (``short_texts.yaml``), put to random choices of their labels: of one desk, of
a few together and of all, with some texts among them that fit none. First what speaks for a rule, by a conditional
logit over the rules of the texts that fit one; then, by logistic regression, how probable it is that any fits, given
what the nearest comes to. All weights are held at zero or above."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np
import yaml

from classifyhub.bench.engine.descent import descend
from classifyhub.bench.engine.logistic import fit_logistic
from classifyhub.engine import Reading, Rule, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.meaning import compare_to, find_passage
from classifyhub.engine.readers.flow import make_page
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import find_loudest
from classifyhub.engine.weights import OWN_FEATURES, WEIGHTS, Loose, Scale
from classifyhub.engine.words import stems

Array = np.ndarray[Any, Any]

_FILE = Path(__file__).with_name("short_texts.yaml")
_NAMES = (*(name for name in OWN_FEATURES if name != "against"), "near", "known")
_AGAINST, _MOST_KNOWN = -12.0, 0.5  # by hand, as elsewhere: what a rule merely names counts half
_DRAWS, _STEPS, _RATE, _PULL = 200, 400, 0.3, 1e-4
_NONE = 0.2  # of the texts of a draw fit no rule: a desk has rules for most of what it gets
_FEWEST_RULES = 3
_SEVERAL = 3  # desks whose labels are put together
_MOST_TEXTS = 50  # of a draw, so that those of all labels do not outweigh the others


@dataclass(frozen=True, slots=True)
class Short:
    """A text and the place of its label among all."""

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Cases:
    """Texts as numbers: ``own`` [texts, rules, features] in the order of ``_NAMES``, the logarithm of their ``length``
    [texts] in words, the place of the ``truth`` [texts], and which rules the ``desks`` have [desks, rules]."""

    own: Array
    length: Array
    truth: Array
    desks: Array


def load_short_texts() -> tuple[list[Rule], list[Short], Array]:
    """All labels as rules, all texts, and which of the rules each desk has [desks, rules]."""
    rules: dict[str, Rule] = {}
    texts: list[Short] = []
    desks = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    for label, said in (pair for desk in desks for pair in desk["labels"].items()):
        found = said if isinstance(said, dict) else {"texts": said}
        rules.setdefault(label.casefold(), Rule(label, found.get("says", "")))
        texts += [Short(text, list(rules).index(label.casefold())) for text in found["texts"]]
    owned = [{label.casefold() for label in desk["labels"]} for desk in desks]
    return list(rules.values()), texts, np.array([[label in own for label in rules] for own in owned])


def measure(rules: Iterable[Rule], texts: Iterable[Short], desks: Array) -> Cases:
    """The features of every text for every rule, as the engine measures them. Takes a sentence encoder."""
    ruleset, shorts = compile_rules(rules), list(texts)
    rows = np.stack([_measure(ruleset, short.text) for short in shorts])
    length = np.log([len(stems(short.text)) for short in shorts])
    return Cases(rows, length, np.array([short.label for short in shorts]), desks)


def _measure(ruleset: RuleSet, text: str) -> Array:
    reading = Reading("text/plain", 1, (make_page(1, text),))
    found = find_all(reading, ruleset)
    kinds = measure_kinds(found)
    meaning = compare_to(find_passage(reading.pages), ruleset, with_kin=False)() or {}
    rows = []
    for target in ruleset.targets:
        _, _, parts = find_loudest(target.links, kinds, WEIGHTS)
        features = {
            **measure_rule(target, found),
            **meaning[target.label].features,
            "known": sum(part for _, part in parts),
        }
        rows.append([features[name] for name in _NAMES])
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class _Draw:
    """Some rules and some texts, by their places; ``truth`` by the place among the rules kept, -1 for none."""

    own: Array
    length: Array
    truth: Array


def _draw(cases: Cases, rng: np.random.Generator) -> _Draw:
    keep = _choose_rules(cases, rng)
    is_typed = np.isin(cases.truth, keep)
    typed, others = np.flatnonzero(is_typed), np.flatnonzero(~is_typed)
    near_rules = cases.desks[cases.desks[:, keep].max(axis=1)].max(axis=0)
    is_near = near_rules[cases.truth[others]]  # of the same desks: the harder half
    wanted = int(len(typed) * _NONE / (1 - _NONE))
    near = rng.permutation(others[is_near])[: wanted // 2]
    chosen = np.concatenate([typed, near, rng.permutation(others[~is_near])[: wanted - len(near)]])
    rows = rng.permutation(chosen)[:_MOST_TEXTS]
    places = {rule: place for place, rule in enumerate(keep)}
    truth = np.array([places.get(label, -1) for label in cases.truth[rows]])
    return _Draw(cases.own[np.ix_(rows, keep)], cases.length[rows], truth)


def _choose_rules(cases: Cases, rng: np.random.Generator) -> Array:
    """Most often of one desk, else of several, or of all."""
    total = len(cases.desks)
    count = min(total, int(rng.choice([1, _SEVERAL, total], p=[0.6, 0.2, 0.2])))
    of = np.flatnonzero(cases.desks[rng.choice(total, count, replace=False)].any(axis=0))
    return np.sort(rng.choice(of, int(rng.integers(min(_FEWEST_RULES, len(of)), len(of) + 1)), replace=False))


def fit(cases: Cases, *, seed: int = 0) -> Loose:
    """All numbers from ``cases``; the same seed gives the same numbers."""
    rng = np.random.default_rng(seed)
    draws = [_draw(cases, rng) for _ in range(_DRAWS)]
    flat = _fit_features([(draw.own[draw.truth >= 0], draw.truth[draw.truth >= 0]) for draw in draws])
    rows = [np.stack([(draw.own @ flat).max(axis=1), draw.length], axis=1) for draw in draws]
    is_typed = np.concatenate([draw.truth >= 0 for draw in draws])
    strength, length, start = fit_logistic(np.concatenate(rows), is_typed)
    own = {name: round(float(value), 3) for name, value in zip(_NAMES, flat, strict=True)}
    known = own.pop("known")
    return Loose({"against": _AGAINST, **own, "nearest": 0.0}, known, Scale(strength, 0.0, start), length)


def _fit_features(draws: Sequence[tuple[Array, Array]]) -> Array:
    """By a conditional logit, held at zero or above and, of known types, not above what is allowed."""
    return descend(
        lambda flat: np.mean([_slope(own, truth, flat) for own, truth in draws], axis=0) + _PULL * flat,
        np.full(len(_NAMES), 0.5),
        steps=_STEPS,
        rate=_RATE,
        most=np.where(np.array(_NAMES) == "known", _MOST_KNOWN, np.inf),
    )


def _slope(own: Array, truth: Array, flat: Array) -> Array:
    """The gradient of one draw's mean loss."""
    totals = own @ flat
    error = np.exp(totals - totals.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error[np.arange(len(truth)), truth] -= 1
    slope: Array = np.einsum("nr,nrf->f", error, own) / len(truth)
    return slope


def main(arguments: Iterable[str]) -> None:
    (models,) = arguments
    use_encoder(lambda: Place(Path(models), waits=True))
    print(pformat(fit(measure(*load_short_texts())), sort_dicts=False, width=118))


if __name__ == "__main__":
    main(sys.argv[1:])
