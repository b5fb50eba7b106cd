"""Trials: the same documents under other rules, or with less known about them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.bench.engine.corpus import Corpus, Labelled
from classifyhub.bench.engine.scores import Said
from classifyhub.engine import Answer, Reading, Rule, RuleSet, compile_rules
from classifyhub.engine.kinds import load_index
from classifyhub.engine.linking import PART

Classifier = Callable[[Reading, Sequence[Rule]], Answer]
DRAWS = 20


def ask(
    documents: Iterable[Labelled],
    readings: Mapping[Path, Reading],
    rules: Sequence[Rule],
    classifier: Classifier,
) -> list[Said]:
    """What ``classifier`` says of each document; a label that no rule names has no right answer but null."""
    types = {rule.type for rule in rules}
    return [
        say(
            document.label if document.label in types else None,
            classifier(readings[document.path], rules) if document.path in readings else None,
        )
        for document in documents
    ]


def say(truth: str | None, answer: Answer | None) -> Said:
    """An answer beside the truth; null stands for a document that could not be read."""
    if answer is None:
        return Said(truth, None, None, None, 0.0, is_answered=False)
    best = max(answer.candidates, key=lambda candidate: candidate.score, default=None)
    return Said(truth, answer.type, answer.confidence, best.type if best else None, best.score if best else 0.0)


def draw_halves(rules: Sequence[Rule], draws: int = DRAWS) -> Iterator[list[Rule]]:
    """Half of the rules, at random but the same each time: documents of the others must be no match."""
    rng = random.Random(3)  # noqa: S311 - a repeatable draw, not a secret
    for _ in range(draws):
        kept = set(rng.sample(range(len(rules)), (len(rules) + 1) // 2))
        yield [rule for index, rule in enumerate(rules) if index in kept]


@dataclass(frozen=True, slots=True)
class TakenOut:
    """Rules as they are understood by a pack that lacks the known types ``without``."""

    ruleset: RuleSet
    without: frozenset[str]


def take_out(rules: Sequence[Rule], place: int, *, also_mentioned: bool = False) -> TakenOut:
    """What one of ``rules`` means taken out of the pack, with its kinds, and then what it would be taken for instead,
    until it is a rule that no known type covers. ``also_mentioned`` takes out as well whatever its words only touch
    on, until nothing known is left of it."""
    least = 0.0 if also_mentioned else PART
    without: frozenset[str] = frozenset()
    while True:
        ruleset = compile_rules(rules, without=without)
        links = ruleset.targets[place].links
        meant = {load_index().kinds[kind].key for kind, certainty in links if certainty >= least}
        if not meant:
            return TakenOut(ruleset, without)
        without |= meant


def fold_by_source(corpus: Corpus, folds: int = 5) -> list[list[Labelled]]:
    """The documents in folds of about the same size, all of one source in the same fold."""
    by_source: dict[str, list[Labelled]] = {}
    for document in corpus.documents:
        by_source.setdefault(document.source, []).append(document)
    parts: list[list[Labelled]] = [[] for _ in range(folds)]
    for documents in sorted(by_source.values(), key=lambda found: (-len(found), found[0].source)):
        min(parts, key=len).extend(documents)
    return parts
