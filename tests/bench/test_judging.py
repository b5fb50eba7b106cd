"""What is said of each document: by whom, under which rules, and that nobody judges what he has seen."""

from __future__ import annotations

import pytest

from classifyhub.bench.engine import fit_cases, fitting
from classifyhub.bench.engine.judging import fit_folds, judge_all, make_classifier, make_learner
from classifyhub.bench.engine.scores import accuracy
from classifyhub.bench.engine.trials import DRAWS, ask
from classifyhub.engine import compile_rules
from classifyhub.engine.classifying import classify
from classifyhub.engine.memory import Entry, Memory, profile_reading
from classifyhub.engine.weights import WEIGHTS


@pytest.fixture(scope="module")
def folds(corpus, readings):
    return fit_folds(corpus, readings, count=2)


@pytest.fixture(scope="module")
def trials(corpus, readings, folds):
    return judge_all(corpus, readings, folds)


def said_in(trial):
    return [said for fold in trial for _, said in fold]


def test_no_source_stands_in_two_folds_and_every_document_in_one(corpus, folds):
    sources = [{document.source for document in fold.documents} for fold in folds]
    assert sum(map(len, sources)) == len(set().union(*sources))
    assert sorted(document.path for fold in folds for document in fold.documents) == sorted(
        document.path for document in corpus.documents
    )


def test_the_numbers_of_a_fold_are_fitted_without_it(corpus, readings, folds):
    first, second = folds
    rest = [document for document in corpus.documents if document in second.documents]  # sums depend on the order
    assert first.weights == fitting.fit(fit_cases.measure(rest, readings, corpus.rules))
    assert first.weights != second.weights


def test_nothing_that_speaks_for_a_rule_is_weighed_against_it(folds):
    for fold in folds:
        weights = [*fold.weights.kind.items(), *(item for own in fold.weights.own.values() for item in own.items())]
        assert all(value >= 0 for name, value in weights if name != "against")


def test_clear_papers_are_told_apart_by_numbers_fitted_to_others(trials):
    assert accuracy(said_in(trials["all rules"])) > 0.9


def test_under_half_of_the_rules_documents_of_the_others_fit_none(corpus, trials):
    half = said_in(trials["half of the rules"])
    assert len(half) == DRAWS * len(corpus.documents)
    assert {said.truth for said in half[: len(corpus.documents)]} > {None}
    assert sum(said.truth is None for said in half) > len(half) / 4


def test_every_baseline_is_asked_what_the_engine_is_asked(trials):
    names = {"all rules", "terse rules", "half of the rules", "type unknown to the pack"}
    names |= {f"{name}, {rules}" for name in ("BM25", "cosine of words") for rules in ("all rules", "half of them")}
    assert names <= trials.keys()
    documents = [document for fold in trials["all rules"] for document, _ in fold]
    for name in {name for name in names if "all" in name or "terse" in name}:
        assert [document for fold in trials[name] for document, _ in fold] == documents
        assert None not in {said.confidence for said in said_in(trials[name])}
        assert [said.truth for said in said_in(trials[name])] == [document.label for document in documents]


def test_with_its_own_numbers_the_engine_says_what_it_always_says(corpus, readings):
    ruleset = compile_rules(corpus.rules)
    measured = ask(corpus.documents, readings, corpus.rules, make_classifier(WEIGHTS))
    shipped = ask(corpus.documents, readings, corpus.rules, lambda reading, _: classify(reading, ruleset))
    assert measured == shipped


def test_a_learner_leans_on_decisions_as_the_engine_does(corpus, readings, folds):
    own = [type(fold)(fold.documents, WEIGHTS) for fold in folds]
    learner, ruleset = make_learner(own, readings, corpus.rules), compile_rules(corpus.rules)
    entries = [
        Entry(str(document.path), document.path.name, "menu", profile_reading(readings[document.path]), ())
        for document in corpus.documents
        if document.label is None
    ]
    memory, asked = Memory.of(entries[1:]), next(item for item in corpus.documents if item.label is None)
    recall = memory.about(profile_reading(readings[asked.path]), document=str(asked.path))
    aided, shipped = learner(asked, recall), classify(readings[asked.path], ruleset, memory=recall)
    assert (aided.type, aided.confidence, aided.candidates) == (shipped.type, shipped.confidence, shipped.candidates)
    assert learner(asked, None).type is None
