"""Kept documents judged by other rules in a process of its own: the same verdicts, none for what is not kept."""

from __future__ import annotations

import pytest

from classifyhub.engine import Question, Rule, compile_rules, judge_gist, lay_out, make_gist, rejudging
from classifyhub.engine.rejudging import Asked, NoAnswer, Rules, ask, judge
from tests.engine.documents import make_reading

BILL = "INVOICE\nInvoice number 4711\nTotal due: 120.00 EUR"
MENU = "Canteen menu of the week\nMonday: lentil soup. Tuesday: fish with rice."
PAPERS = Rules((Rule("Invoice", "Asks for payment."),))
PAPERS_AND_FOOD = Rules((Rule("Bill", "Asks for payment."), Rule("Menu", "Lists the dishes of a canteen.")))


@pytest.fixture
def gists(tmp_path):
    found = []
    for number, text in enumerate((BILL, MENU)):
        reading = make_reading(text)
        gist = make_gist(reading, lay_out(reading))
        (tmp_path / f"{number}.gist").write_bytes(gist.to_bytes())
        found.append(gist)
    return found


@pytest.fixture
def asked(tmp_path, gists):
    paths = tuple(str(tmp_path / name) for name in ("0.gist", "1.gist", "2.gist"))
    return Asked((PAPERS, PAPERS_AND_FOOD), paths, seconds=600)


def test_each_document_gets_the_verdict_of_each_set_of_rules(asked, gists, monkeypatch):
    monkeypatch.setattr(rejudging, "LONGEST", 600)  # a busy machine takes longer to start a process
    for found, (bill, menu, lost) in zip(asked.sets, ask(asked), strict=True):
        question = Question.of(compile_rules(found.rules))
        for answer, gist in ((bill, gists[0]), (menu, gists[1])):
            expected = judge_gist(gist, question)
            assert (answer.type, answer.confidence) == (expected.type, expected.confidence)
        assert lost is None


def test_what_was_kept_by_another_version_is_as_lost(asked, tmp_path):
    (tmp_path / "0.gist").write_bytes(b'["old",null,null,null,null]')
    assert [row[0] for row in judge(asked)] == [None, None]


def test_nothing_is_judged_once_the_time_is_up(asked):
    late = Asked(asked.sets, asked.gists, seconds=0)
    assert judge(late) == [[None, None, None], [None, None, None]]


def test_no_document_at_all_is_no_answer_to_each(asked):
    assert judge(Asked(asked.sets, ())) == [[], []]


def test_rules_that_cannot_be_used_are_no_answer(asked):
    with pytest.raises(NoAnswer):
        ask(Asked((Rules(()),), asked.gists))


def test_a_process_that_takes_too_long_is_ended(asked, monkeypatch):
    monkeypatch.setattr(rejudging, "LONGEST", 0.01)
    with pytest.raises(NoAnswer, match="timed out"):
        ask(asked)
