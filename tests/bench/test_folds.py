"""Who is judged by whom, and under which rules."""

from __future__ import annotations

from pathlib import Path

from classifyhub.bench.engine.corpus import Corpus, Labelled
from classifyhub.bench.engine.trials import ask, draw_halves, fold_by_source, say
from classifyhub.engine import Answer, Candidate, Rule
from tests.engine.documents import make_reading

RULES = [Rule(f"type {number}") for number in range(7)]


def from_source(source, count):
    return [Labelled(Path(f"{source}{number}"), "type 1", source, is_scan=False) for number in range(count)]


def test_all_of_a_source_are_in_one_fold_and_folds_are_of_about_the_same_size():
    documents = [*from_source("large", 6), *from_source("b", 3), *from_source("c", 2), *from_source("d", 1)]
    folds = fold_by_source(Corpus(Path(), tuple(RULES), tuple(documents), ()), 2)
    assert [sorted({document.source for document in fold}) for fold in folds] == [["large"], ["b", "c", "d"]]


def test_halves_are_different_halves_and_the_same_each_time():
    halves = list(draw_halves(RULES, 20))
    assert {len(half) for half in halves} == {4}
    assert len({tuple(half) for half in halves}) > 10
    assert set().union(*halves) == set(RULES)
    assert halves == list(draw_halves(RULES, 20))


def test_a_document_of_a_type_without_a_rule_has_no_right_answer_but_null():
    path = Path("a")
    [with_rule], [without] = (
        ask(
            [Labelled(path, "type 1", "x", is_scan=False)],
            {path: make_reading("a")},
            rules,
            lambda *_: Answer(None, 0.8, ""),
        )
        for rules in (RULES, RULES[2:])
    )
    assert (with_rule.truth, with_rule.is_right) == ("type 1", False)
    assert (without.truth, without.is_right) == (None, True)


def test_a_document_that_could_not_be_read_is_unanswered_and_wrong_even_where_nothing_fits():
    [said] = ask([Labelled(Path("a"), None, "x", is_scan=False)], {}, RULES, lambda *_: Answer(None, 1.0, ""))
    assert (said.is_answered, said.is_right, said.confidence) == (False, False, None)


def test_the_best_candidate_is_kept_also_where_the_answer_is_null():
    answer = Answer(None, 0.7, "", (Candidate("type 1", 0.2), Candidate("type 2", 0.3)))
    said = say("type 2", answer)
    assert (said.type, said.best, said.score) == (None, "type 2", 0.3)
