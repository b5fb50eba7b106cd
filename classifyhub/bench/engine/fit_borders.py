"""Fit the numbers of ``engine.packets.weights``: ``python -m classifyhub.bench.engine.fit_borders CORPUS``.

Few files come with their borders labelled, but documents one behind the other have true ones. So packets are put
together out of the labelled single documents: some of the same type, some not; long documents up to a few pages, so
that they do not drown the others. In half of the packets all pages are made to look as if one scanner had read them
(same size, no layout), for the documents come from everywhere and would be told apart too easily. Then a logistic
regression; each cue may only speak for what it is meant to speak for, or not at all."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from classifyhub.bench.engine.corpus import Labelled, load_corpus, read_all
from classifyhub.engine import Reading, Rule, compile_rules
from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import scan_page
from classifyhub.engine.packets.cues import AGAINST, FOR, measure
from classifyhub.engine.packets.profiles import Profile, make_profile
from classifyhub.engine.packets.weights import BORDER_WEIGHTS, BorderWeights
from classifyhub.engine.sniffing import IMAGES, PDF, TEXT

Array = np.ndarray[Any, Any]
Profiles = Mapping[Path, Sequence[Profile]]

_PACKETS = 600
_DOCUMENTS = (2, 3, 3, 4, 5)
_MOST_PAGES = (1, 2, 3, 4, 6, 8)
_OF_SAME_TYPE, _FROM_ONE_SCANNER = 0.45, 0.5
_STEPS, _RATE, _PULL = 3000, 1.5, 2e-3
_NO_RULES = compile_rules([Rule("-")])  # borders do not depend on them
_KINDS = frozenset({PDF, TEXT, *IMAGES})
_SIGNS = np.array([1.0] * len(FOR) + [-1.0] * len(AGAINST))


def profile_all(documents: Iterable[Labelled], readings: Mapping[Path, Reading]) -> Profiles:
    """The first pages of every document that is not of a format of its own kind, as ``fit`` takes them."""
    paths = [document.path for document in documents if document.path in readings]
    return {path: _profile(readings[path]) for path in paths if readings[path].media_type in _KINDS}


def _profile(reading: Reading) -> list[Profile]:
    pages = [page for page in reading.pages if page.source != "none"][: max(_MOST_PAGES)]
    return [make_profile(page, scan_page(page, _NO_RULES, marks=find_marks(reading, page))) for page in pages]


def fit(documents: Sequence[Labelled], profiles: Profiles, *, seed: int = 1) -> BorderWeights:
    """All numbers from packets made of ``documents``; the same seed gives the same numbers. Documents too few to be put
    together, or all of one page, teach nothing and leave the engine's own."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
    usable = [document for document in documents if profiles.get(document.path)]
    if len(usable) < max(_DOCUMENTS) or all(len(profiles[document.path]) == 1 for document in usable):
        return BORDER_WEIGHTS
    packets = [_put_together(usable, profiles, rng) for _ in range(_PACKETS)]
    rows = np.array([_row(measure(*pair)) for pages, _ in packets for pair in pairwise(pages)])
    is_border = np.array([starts for _, all_starts in packets for starts in all_starts[1:]])
    weights = _fit_logistic(rows * _SIGNS, is_border)
    cues = {name: round(float(value), 2) for name, value in zip((*FOR, *AGAINST), weights[:-1] * _SIGNS, strict=True)}
    usual = float(is_border.mean())
    return BorderWeights(cues, round(float(weights[-1]), 2), round(float(np.log(usual / (1 - usual))), 2))


def _row(cues: Mapping[str, float]) -> list[float]:
    return [cues[name] for name in (*FOR, *AGAINST)]


def _put_together(
    documents: Sequence[Labelled], profiles: Profiles, rng: random.Random
) -> tuple[list[Profile], list[bool]]:
    """The pages of some documents one behind the other, and for each page whether a document starts there."""
    pages: list[Profile] = []
    starts: list[bool] = []
    for document in _choose(documents, rng):
        own = profiles[document.path][: rng.choice(_MOST_PAGES)]
        pages += own
        starts += [True, *[False] * (len(own) - 1)]
    if rng.random() < _FROM_ONE_SCANNER:
        pages = [_rescan(page) for page in pages]
    return [_renumber(page, number) for number, page in enumerate(pages, start=1)], starts


def _choose(documents: Sequence[Labelled], rng: random.Random) -> list[Labelled]:
    by_label: dict[str | None, list[Labelled]] = defaultdict(list)
    for document in documents:
        by_label[document.label].append(document)
    chosen = [rng.choice(documents)]
    for _ in range(rng.choice(_DOCUMENTS) - 1):
        pool = by_label[chosen[-1].label] if rng.random() < _OF_SAME_TYPE else documents
        chosen.append(rng.choice(pool))
    return list({document.path: document for document in chosen}.values())


def _rescan(profile: Profile) -> Profile:
    return replace(profile, page=replace(profile.page, width=0.0, height=0.0, source="ocr"), layout=None)


def _renumber(profile: Profile, number: int) -> Profile:
    return replace(profile, page=replace(profile.page, number=number))


def _fit_logistic(rows: Array, right: Array) -> Array:
    """Weights of the columns, none below zero, and the start; by descent with projection."""
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - right) / len(rows)
        slope[:-1] += _PULL * weights[:-1]
        weights = weights - _RATE * slope
        weights[:-1] = np.maximum(weights[:-1], 0.0)
    return weights


def main(arguments: Iterable[str]) -> None:
    """Print the numbers as they stand in ``weights.py``."""
    (folder,) = arguments
    corpus = load_corpus(Path(folder))
    readings = read_all([document.path for document in corpus.documents], cache=Path("var/bench-readings"))
    weights = fit(corpus.documents, profile_all(corpus.documents, readings))
    print(pformat(weights, sort_dicts=False, width=118))


if __name__ == "__main__":
    main(sys.argv[1:])
