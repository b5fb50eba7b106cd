"""What is said of each document by an engine that has seen none of its source, under several sets of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.bench.engine import baselines, fitting
from classifyhub.bench.engine.corpus import Corpus, Labelled, find_terse_rules
from classifyhub.bench.engine.learning import Learner
from classifyhub.bench.engine.scores import Said
from classifyhub.bench.engine.trials import Classifier, ask, draw_halves, fold_by_source
from classifyhub.engine import Answer, Candidate, Reading, Rule, compile_rules
from classifyhub.engine.classifying import THRESHOLD, find_all
from classifyhub.engine.memory import Recall
from classifyhub.engine.scoring import Verdict, judge, judge_no_match, lean_on
from classifyhub.engine.weights import Weights

Readings = Mapping[Path, Reading]
Judged = tuple[Labelled, Said]
Trial = list[list[Judged]]
"""What was said of the documents of each fold."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Documents, and numbers for the engine that were fitted without their sources."""

    documents: tuple[Labelled, ...]
    weights: Weights


def fit_folds(corpus: Corpus, readings: Readings, *, count: int) -> list[Fold]:
    """``count`` folds, each with what the others teach."""
    readable = [document for document in corpus.documents if has_text(readings, document)]
    cases = fitting.measure(readable, readings, corpus.rules)
    folds = []
    for documents in fold_by_source(corpus, count):
        rest = [row for row, document in enumerate(readable) if document not in documents]
        folds.append(Fold(tuple(documents), fitting.fit(cases.take(rest))))
    return folds


def has_text(readings: Readings, document: Labelled) -> bool:
    """Whether anything could be read in it."""
    return document.path in readings and readings[document.path].has_text


def judge_all(corpus: Corpus, readings: Readings, folds: Sequence[Fold]) -> dict[str, Trial]:
    """The engine under all rules, under terse ones and under half of them, then the baselines, each trial by name."""
    halves = list(draw_halves(corpus.rules))
    sets: dict[str, Sequence[Sequence[Rule]]] = {
        "all rules": [corpus.rules],
        "terse rules": [find_terse_rules(corpus.rules)],
        "half of the rules": halves,
    }
    trials = {name: _ask_engine(readings, folds, rules) for name, rules in sets.items() if all(rules)}
    words = baselines.count_words({document.path: readings[document.path] for document in _found(corpus, readings)})
    for name, score in baselines.BASELINES.items():
        scores = score(words, corpus.rules)
        trials[f"{name}, all rules"] = _ask_baseline(scores, folds, [corpus.rules])
        trials[f"{name}, half of them"] = _ask_baseline(scores, folds, halves)
    return trials


def _found(corpus: Corpus, readings: Readings) -> Iterable[Labelled]:
    return (document for document in corpus.documents if document.path in readings)


def _ask_engine(readings: Readings, folds: Iterable[Fold], sets: Sequence[Sequence[Rule]]) -> Trial:
    return [
        [
            judged
            for rules in sets
            for judged in zip(
                fold.documents, ask(fold.documents, readings, rules, make_classifier(fold.weights)), strict=True
            )
        ]
        for fold in folds
    ]


def _ask_baseline(scores: baselines.Scores, folds: Sequence[Fold], sets: Sequence[Sequence[Rule]]) -> Trial:
    types = [frozenset(rule.type for rule in rules) for rules in sets]
    guessed = [[said for names in types for said in baselines.guess(fold.documents, scores, names)] for fold in folds]
    return [
        list(zip(fold.documents * len(sets), said, strict=True))
        for fold, said in zip(folds, baselines.calibrate(guessed), strict=True)
    ]


def make_classifier(weights: Weights) -> Classifier:
    """The engine with other numbers."""

    def answer(reading: Reading, rules: Sequence[Rule]) -> Answer:
        return conclude(_judge(reading, rules, weights), weights) if reading.has_text else Answer(None, None, "")

    return answer


def make_learner(folds: Iterable[Fold], readings: Readings, rules: Sequence[Rule]) -> Learner:
    """The same, and leaning on what people decided. What it finds in a document it finds once."""
    weights = {document: fold.weights for fold in folds for document in fold.documents}
    kept: dict[Labelled, list[Verdict]] = {}

    def answer(document: Labelled, recall: Recall | None) -> Answer:
        if document not in kept:
            kept[document] = _judge(readings[document.path], rules, weights[document])
        unaided = conclude(kept[document], weights[document])
        if recall is None:
            return unaided
        return conclude(lean_on(kept[document], recall.judge(unaided.candidates)), weights[document])

    return answer


def _judge(reading: Reading, rules: Sequence[Rule], weights: Weights) -> list[Verdict]:
    ruleset = compile_rules(rules)
    return judge(find_all(reading, ruleset), ruleset, weights=weights)


def conclude(verdicts: Sequence[Verdict], weights: Weights) -> Answer:
    """The answer that ``verdicts`` come to, without its reasons."""
    best = verdicts[0]
    candidates = tuple(Candidate(verdict.label, verdict.probability) for verdict in verdicts)
    if best.probability >= THRESHOLD:
        return Answer(best.label, best.probability, "", candidates)
    return Answer(None, judge_no_match(best, weights=weights)[0], "", candidates)
