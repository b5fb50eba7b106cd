"""The labelled documents as numbers, from which ``fitting`` finds what they weigh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.trials import take_out
from classifyhub.engine import Reading, Rule, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.embedding import current_encoder
from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.kinds import load_index
from classifyhub.engine.meaning import compare_to, find_kin, find_passage
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.weights import KIND_FEATURES, OWN_FEATURES

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Cases:
    """Documents as numbers: ``kinds`` [documents, kinds, features], ``own`` [documents, rules, features], the last of
    which is how near they are, ``links`` [rules, kinds], ``truth`` the place of the right rule or -1. Were a rule
    unknown to the pack, the kinds ``forgotten`` [rules, kinds] would not be there, it would have the links ``partial``
    [rules, kinds], and be near to others in meaning as ``kin`` [rules, kinds] says."""

    kinds: Array
    own: Array
    links: Array
    decoys: Array
    truth: Array
    partial: Array
    forgotten: Array
    kin: Array

    def take(self, rows: Sequence[int] | Array) -> Cases:
        """The same for some of the documents."""
        return replace(self, kinds=self.kinds[rows], own=self.own[rows], truth=self.truth[rows])

    def without_kin(self) -> Cases:
        """The same where meanings of rules and known types are not compared."""
        return replace(self, kin=np.zeros_like(self.kin))


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
        find_kin(encoder, ruleset.rules) if (encoder := current_encoder()) else np.zeros_like(_links(ruleset)),
    )


def _kind_rows(kinds: Mapping[int, Mapping[str, float]]) -> Array:
    rows = np.zeros((len(load_index().kinds), len(KIND_FEATURES)))
    for place, features in kinds.items():
        rows[place] = [features.get(name, 0.0) for name in KIND_FEATURES]
    return rows


def _own_rows(ruleset: RuleSet, found: Any, reading: Reading) -> Array:
    meaning = compare_to(find_passage(reading.pages), ruleset, with_kin=False)() or {}
    near = [meaning[target.label].features["near"] if meaning else 0.0 for target in ruleset.targets]
    words = [measure_rule(target, found) for target in ruleset.targets]
    return np.array([[*map(of.__getitem__, OWN_FEATURES), value] for of, value in zip(words, near, strict=True)])


def _links(ruleset: RuleSet) -> Array:
    links = np.zeros((len(ruleset.targets), len(load_index().kinds)))
    for row, target in enumerate(ruleset.targets):
        for place, certainty in target.links:
            links[row, place] = certainty
    return links
