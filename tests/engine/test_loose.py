"""Short texts without a layout: what counts as one, and which rule it fits."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from classifyhub.engine.classifying import find_all, judge_gist, lay_out, make_gist
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.gist import Question
from classifyhub.engine.loose import is_loose, judge_loose, judge_text
from classifyhub.engine.meaning import compare_to, find_passage
from classifyhub.engine.memory import Neighbours
from classifyhub.engine.memory.recall import Vote
from classifyhub.engine.scoring import judge_no_match, lean_on
from tests.engine.documents import INVOICE, make_reading

REQUESTS = [Rule(name) for name in ("lost_key", "broken_lift", "noisy_neighbours", "rent_increase")]
LIFT = "We were stuck in the elevator between two floors again, please have somebody look at it."


@pytest.fixture
def _encoder(models, _forgotten_encoder):
    use_encoder(lambda: Place(models))


def judged(text, rules=REQUESTS):
    reading, ruleset = make_reading(text), compile_rules(rules)
    return judge_text(find_all(reading, ruleset), ruleset, find_passage(reading.pages))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([LIFT], True),
        (["Lift broken again!"], True),
        ([INVOICE], False),
        ([LIFT * 20], False),
        ([LIFT, "Minutes of the meeting of the tenants, with all that was said."], False),
        (["Tea 2.40\nScone 3.10\nJam 0.80\nCard 6.30\nVisa 4711\nTill 3\nShop 12"], False),
    ],
)
def test_a_loose_text_is_short_and_reads_like_a_sentence(texts, expected):
    reading = make_reading(*texts)
    assert is_loose(find_passage(reading.pages), find_all(reading, compile_rules(REQUESTS))) is expected


@pytest.mark.usefixtures("_encoder")
def test_a_request_in_other_words_goes_where_it_belongs_and_the_numbers_add_up():
    answer = classify(make_reading(LIFT), compile_rules(REQUESTS))
    assert answer.type == "broken_lift"
    assert sum(part.value for part in answer.contributions) == pytest.approx(
        math.log(answer.confidence / (1 - answer.confidence))
    )
    assert "It is a short text, judged by how near it is in meaning." in answer.reasoning


@pytest.mark.usefixtures("_encoder")
def test_the_rules_and_none_of_them_share_one_probability():
    for text in (LIFT, "Our cat likes to sleep on the washing machine."):
        verdicts = judged(text)
        none = 1 / (1 + math.exp(sum(-part.value for part in verdicts[0].nothing)))
        assert none + sum(verdict.probability for verdict in verdicts) == pytest.approx(1, abs=0.05)


@pytest.mark.usefixtures("_encoder")
def test_a_text_that_no_rule_has_to_do_with_is_no_match_and_says_how_sure_that_is():
    glaciers = make_reading("The glaciers of Patagonia lose ice faster than was thought.")
    answer = classify(glaciers, compile_rules(REQUESTS))
    assert answer.type is None
    assert answer.confidence > answer.candidates[0].score
    assert sum(part.value for part in answer.contributions) == pytest.approx(
        math.log(answer.confidence / (1 - answer.confidence))
    )


@pytest.mark.usefixtures("_encoder")
def test_of_two_texts_as_near_the_longer_one_is_likelier_to_fit_some_rule():
    reading, ruleset = make_reading(LIFT), compile_rules(REQUESTS)
    found, meaning = find_all(reading, ruleset), compare_to(find_passage(reading.pages), ruleset)()
    longer = replace(found, counts={**found.counts, "besides": 30})
    ours, other = (judge_loose(each, ruleset, meaning)[0] for each in (found, longer))
    assert other.probability > ours.probability


@pytest.mark.usefixtures("_encoder")
def test_one_rule_alone_does_not_take_everything():
    near, far = (judged(text, REQUESTS[1:2])[0].probability for text in (LIFT, "The tide turns at noon in the bay."))
    assert far < 0.5 < near + 0.2
    assert far < near


@pytest.mark.usefixtures("_encoder")
def test_a_name_that_is_a_subject_stands_for_what_is_said_of_it():
    rules = [Rule(name) for name in ("World", "Farming", "Religion")]
    best = judged("The ambassador was called home after shells fell on the border post for a third night.", rules)[0]
    assert best.label == "World"


@pytest.mark.usefixtures("_encoder")
def test_what_is_kept_of_a_loose_text_is_judged_alike():
    reading, ruleset = make_reading(LIFT), compile_rules(REQUESTS)
    kept = judge_gist(make_gist(reading, lay_out(reading)), Question.of(ruleset))
    answer = classify(reading, ruleset)
    assert (kept.type, kept.candidates) == (answer.type, answer.candidates)


@pytest.mark.usefixtures("_encoder")
@pytest.mark.parametrize(("value", "is_likelier"), [(4.0, False), (-4.0, True)])
def test_decisions_speak_for_or_against_no_match_too(value, is_likelier):
    verdicts = judged(LIFT)
    votes = [Vote(verdict.label, value, verdict.label, "", 0.9) for verdict in verdicts[:1]]
    leaned = {verdict.label: verdict for verdict in lean_on(verdicts, Neighbours(9, 1.0, tuple(votes)))}
    before, after = (judge_no_match(best)[0] for best in (verdicts[0], leaned[verdicts[0].label]))
    assert (after > before) is is_likelier
    assert after < 0.99


def test_where_most_rules_are_known_or_no_encoder_is_ready_it_is_judged_like_a_paper(_forgotten_encoder):
    def fail():
        pytest.fail("The encoder was asked for.")

    assert judged(LIFT)[0].nothing == ()
    use_encoder(fail)
    assert judged("Please find our invoice for two chairs.", [Rule("invoice"), Rule("contract")])[0].nothing == ()
