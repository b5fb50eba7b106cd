"""What is said of each document by an engine that has seen none of its source, under several sets of rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.bench.engine import baselines, fit_cases, fitting
from classifyhub.bench.engine.corpus import Corpus, Labelled, find_terse_rules
from classifyhub.bench.engine.learning import Learner
from classifyhub.bench.engine.scores import Said
from classifyhub.bench.engine.trials import Classifier, ask, draw_halves, fold_by_source, say, take_out
from classifyhub.engine import Answer, Candidate, Reading, Rule, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.embedding import current_encoder
from classifyhub.engine.loose import judge_text
from classifyhub.engine.meaning import find_passage
from classifyhub.engine.memory import Recall
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import Verdict, fits, judge, judge_no_match, lean_on
from classifyhub.engine.weights import Weights

Readings = Mapping[Path, Reading]
Judged = tuple[Labelled, Said]
Trial = list[list[Judged]]
"""What was said of the documents of each fold."""
Sets = Mapping[str, Sequence[Sequence[Rule]]]


@dataclass(frozen=True, slots=True)
class Fold:
    """Documents, and numbers for the engine that were fitted without their sources."""

    documents: tuple[Labelled, ...]
    weights: Weights


def fit_folds(corpus: Corpus, readings: Readings, *, count: int) -> list[Fold]:
    """``count`` folds, each with what the others teach."""
    readable = [document for document in corpus.documents if has_text(readings, document)]
    cases = fit_cases.measure(readable, readings, corpus.rules)
    folds = []
    for documents in fold_by_source(corpus, count):
        rest = [row for row, document in enumerate(readable) if document not in documents]
        folds.append(Fold(tuple(documents), fitting.fit(cases.take(rest))))
    return folds


def has_text(readings: Readings, document: Labelled) -> bool:
    """Whether anything could be read in it."""
    return document.path in readings and readings[document.path].has_text


def judge_all(corpus: Corpus, readings: Readings, folds: Sequence[Fold]) -> dict[str, Trial]:
    """The engine, what is left of it without comparing meanings, and the baselines, each trial by name."""
    sets: Sets = {"all rules": [corpus.rules], "terse rules": [find_terse_rules(corpus.rules)]}
    halves: Sets = {"half of the rules": list(draw_halves(corpus.rules))}
    trials = judge_engine(corpus, readings, folds, {**sets, **halves})
    if current_encoder():
        without = judge_engine(corpus, readings, folds, sets, compares=False)
        trials |= {f"fast path, {name}": trial for name, trial in without.items()}
    return trials | judge_baselines(corpus, readings, folds)


def judge_engine(
    corpus: Corpus, readings: Readings, folds: Sequence[Fold], sets: Sets, *, compares: bool = True
) -> dict[str, Trial]:
    """Under each of ``sets``, and for each type with a pack that does not know it."""
    trials = {
        name: _ask_engine(readings, folds, rules, compares=compares) for name, rules in sets.items() if all(rules)
    }
    return trials | {"type unknown to the pack": _ask_taken_out(corpus, readings, folds, compares=compares)}


def judge_baselines(corpus: Corpus, readings: Readings, folds: Sequence[Fold]) -> dict[str, Trial]:
    """Under all rules and under half of them."""
    words = baselines.count_words({document.path: readings[document.path] for document in _found(corpus, readings)})
    halves = list(draw_halves(corpus.rules))
    trials = {}
    for name, score in baselines.list_baselines().items():
        scores = score(words, corpus.rules)
        trials[f"{name}, all rules"] = _ask_baseline(scores, folds, [corpus.rules])
        trials[f"{name}, half of them"] = _ask_baseline(scores, folds, halves)
    return trials


def _found(corpus: Corpus, readings: Readings) -> Iterable[Labelled]:
    return (document for document in corpus.documents if document.path in readings)


def _ask_engine(readings: Readings, folds: Iterable[Fold], sets: Sequence[Sequence[Rule]], *, compares: bool) -> Trial:
    return [list(_ask_fold(readings, fold, sets, compares=compares)) for fold in folds]


def _ask_fold(readings: Readings, fold: Fold, sets: Iterable[Sequence[Rule]], *, compares: bool) -> Iterator[Judged]:
    classifier = make_classifier(fold.weights, compares=compares)
    for rules in sets:
        yield from zip(fold.documents, ask(fold.documents, readings, rules, classifier), strict=True)


def _ask_taken_out(corpus: Corpus, readings: Readings, folds: Iterable[Fold], *, compares: bool) -> Trial:
    """Each document under rules whose own type is taken out of the pack, with all that it would be taken for."""
    sets = {rule.type: take_out(corpus.rules, place).ruleset for place, rule in enumerate(corpus.rules)}

    def ask_about(document: Labelled, fold: Fold) -> Said:
        ruleset = sets[document.label or ""]
        return say(document.label, _answer(readings.get(document.path), ruleset, fold, compares=compares))

    return [
        [(document, ask_about(document, fold)) for document in fold.documents if document.label in sets]
        for fold in folds
    ]


def _answer(reading: Reading | None, ruleset: RuleSet, fold: Fold, *, compares: bool) -> Answer | None:
    if reading is None:
        return None
    if not reading.has_text:
        return Answer(None, None, "")
    return conclude(_judge(reading, ruleset, fold.weights, compares=compares), fold.weights)


def _ask_baseline(scores: baselines.Scores, folds: Sequence[Fold], sets: Sequence[Sequence[Rule]]) -> Trial:
    types = [frozenset(rule.type for rule in rules) for rules in sets]
    guessed = [[said for names in types for said in baselines.guess(fold.documents, scores, names)] for fold in folds]
    return [
        list(zip(fold.documents * len(sets), said, strict=True))
        for fold, said in zip(folds, baselines.calibrate(guessed), strict=True)
    ]


def make_classifier(weights: Weights, *, compares: bool = True) -> Classifier:
    """The engine with other numbers; it ``compares`` meanings where it can, or goes by words and known types alone."""

    def answer(reading: Reading, rules: Sequence[Rule]) -> Answer:
        if not reading.has_text:
            return Answer(None, None, "")
        return conclude(_judge(reading, compile_rules(rules), weights, compares=compares), weights)

    return answer


def make_learner(folds: Iterable[Fold], readings: Readings, rules: Sequence[Rule]) -> Learner:
    """The same, and leaning on what people decided. What it finds in a document it finds once."""
    weights = {document: fold.weights for fold in folds for document in fold.documents}
    kept: dict[Labelled, list[Verdict]] = {}
    ruleset = compile_rules(rules)

    def answer(document: Labelled, recall: Recall | None) -> Answer:
        if document not in kept:
            kept[document] = _judge(readings[document.path], ruleset, weights[document], compares=True)
        unaided = conclude(kept[document], weights[document])
        if recall is None:
            return unaided
        return conclude(lean_on(kept[document], recall.judge(unaided.candidates)), weights[document])

    return answer


def _judge(reading: Reading, ruleset: RuleSet, weights: Weights, *, compares: bool) -> list[Verdict]:
    found = find_all(reading, ruleset)
    if not compares:
        return judge(found, ruleset, weights=weights)
    return judge_text(found, ruleset, find_passage(reading.pages), weights=weights)


def conclude(verdicts: Sequence[Verdict], weights: Weights) -> Answer:
    """The answer that ``verdicts`` come to, without its reasons."""
    best = verdicts[0]
    candidates = tuple(Candidate(verdict.label, verdict.probability) for verdict in verdicts)
    if fits(best, weights=weights):
        return Answer(best.label, best.probability, "", candidates)
    return Answer(None, judge_no_match(best, weights=weights)[0], "", candidates)
