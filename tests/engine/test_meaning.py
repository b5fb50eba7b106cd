"""Rules that no known type covers: their words, the types they name, and how near a document is in meaning."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from classifyhub.engine.classifying import find_all
from classifyhub.engine.embedding import Place, current_encoder, use_encoder
from classifyhub.engine.kinds import load_index
from classifyhub.engine.meaning import compare_to, find_kin, find_passage, share_out
from classifyhub.engine.model import Contribution
from classifyhub.engine.rules import Standing
from classifyhub.engine.scoring import fits, judge
from tests.engine.documents import INVOICE, make_reading

BEES = Rule("Hive jottings", "What a beekeeper notes about each colony: queen seen, brood, honey, mites, feeding.")
BOATS = Rule("Berth allotment", "Which berth of the harbour a yacht may lie at, and until when.")
BILLS = Rule("Invoice", "A bill that asks for payment.")
NOT_NOTHING = (Contribution("Nothing speaks for no match", -4.0),)
# Says what the first rule means in other words than the rule does.
APIARY = "Bees inspected on a warm day. The swarm is strong, larvae in nine frames, varroa treated, sugar syrup given."


@pytest.fixture
def _encoder(models, _forgotten_encoder):
    use_encoder(lambda: Place(models))


def judge_text(text, *rules):
    reading, ruleset = make_reading(text), compile_rules(rules)
    return {
        verdict.label: verdict
        for verdict in judge(
            find_all(reading, ruleset), ruleset, ask_meaning=compare_to(find_passage(reading.pages), ruleset)
        )
    }


@pytest.mark.usefixtures("_encoder")
def test_a_document_in_other_words_than_the_rule_is_found_by_its_meaning():
    with_meaning = judge_text(APIARY, BEES, BOATS, BILLS)
    assert with_meaning["Hive jottings"].own.scale == "near"
    parts = dict(with_meaning["Hive jottings"].own.parts)
    assert parts["near"] > 0
    assert parts["nearest"] > 0
    assert with_meaning["Hive jottings"].probability > 3 * with_meaning["Berth allotment"].probability
    assert max(with_meaning, key=lambda label: with_meaning[label].probability) == "Hive jottings"


@pytest.mark.usefixtures("_encoder")
def test_what_meaning_adds_is_part_of_the_sum():
    answer = classify(make_reading(APIARY, "Second sheet."), compile_rules([BEES, BOATS, BILLS]))
    odds = sum(part.value for part in answer.contributions)
    assert answer.confidence == pytest.approx(1 / (1 + math.exp(-odds)))
    assert answer.type == "Hive jottings"
    assert "Near to the rule in meaning" in {part.name for part in answer.contributions}
    assert "judged by its words and how near it is in meaning" in answer.reasoning


def test_without_an_encoder_words_alone_decide_and_the_answer_says_so(_forgotten_encoder):
    answer = classify(
        make_reading("HIVE JOTTINGS\nColony 4, queen seen, brood and honey good, few mites"),
        compile_rules([BEES, BOATS]),
    )
    assert answer.type == "Hive jottings"
    assert "judged by its words alone" in answer.reasoning


def test_meaning_is_asked_only_where_the_answer_may_turn_on_it():
    asked = []

    def ask():
        asked.append(True)

    def judged(text, *rules):
        asked.clear()
        reading, ruleset = make_reading(text), compile_rules(rules)
        judge(find_all(reading, ruleset), ruleset, ask_meaning=ask)
        return bool(asked)

    assert not judged(APIARY, BILLS)  # a rule of a known type needs none
    assert judged(APIARY, BILLS, BEES)
    assert not judged(INVOICE, BILLS, BEES)  # nothing would bring the other rule near


@pytest.mark.usefixtures("_encoder")
def test_rules_of_known_types_are_weighed_the_same_with_an_encoder_or_without():
    reading, ruleset = make_reading(APIARY), compile_rules([BEES, BILLS])
    found = find_all(reading, ruleset)
    without, with_it = (
        {verdict.label: verdict.own for verdict in judge(found, ruleset, ask_meaning=ask)}
        for ask in (None, compare_to(find_passage(reading.pages), ruleset))
    )
    assert without["Invoice"] == with_it["Invoice"]
    assert without["Hive jottings"] != with_it["Hive jottings"]


def test_known_types_that_a_rule_merely_names_count_in_part():
    rule = Rule("Joiner pack", "Whatever a newcomer brings along: a passport, a driving licence or such.")
    (target,) = compile_rules([rule]).targets
    assert target.standing is Standing.UNKNOWN
    passport = "PASSPORT\nPassport No. 123456\nNationality\nDate of birth\nPlace of birth\nDate of expiry\nAuthority"
    verdict = judge_text(passport, rule, BOATS)["Joiner pack"]
    assert verdict.own.kind is not None
    assert 0 < verdict.own.certainty < 0.5
    assert verdict.probability > judge_text(APIARY, rule, BOATS)["Joiner pack"].probability


def test_of_rules_that_are_all_far_the_nearest_still_has_the_largest_share():
    near, shares = share_out([0.14, 0.05, -0.02])
    assert near == [0.14, 0.05, 0.0]
    assert shares[0] > 1.5 * shares[1] > 1.5 * shares[2]
    assert sum(shares) < 1  # the rest is that of a text that has nothing to do with the document


def test_nearness_tells_very_near_rules_apart():
    near, shares = share_out([0.85, 0.75])
    assert near[0] > near[1]
    assert shares[0] > 2 * shares[1]


def test_being_the_only_rule_makes_none_near():
    assert share_out([0.0])[1][0] < 0.3
    assert share_out([0.6])[1][0] > 0.9


@pytest.mark.usefixtures("_encoder")
def test_a_known_type_near_to_an_unknown_rule_in_meaning_speaks_for_it():
    """No rule asks for cheques, and what this one asks for is like them."""
    rules = [Rule("Gold slip", "Papers with an amount in words, handed over instead of coins."), BOATS, BILLS]
    text = "CHEQUE\nPay to the order of\nAccount payee\nVoid after 90 days\nAuthorized signature"
    meaning = compare_to(text, compile_rules(rules))()
    kin = {load_index().kinds[place].key: nearness for place, nearness in meaning["Gold slip"].kin}
    assert kin["cheque"] > 0.3
    assert "cheque" not in {load_index().kinds[place].key for place, _ in meaning["Berth allotment"].kin}
    own = judge_text(text, *rules)["Gold slip"].own
    assert own.kind is not None
    assert load_index().kinds[own.kind].key in kin
    assert {"title", "cues"} & dict(own.parts).keys()


@pytest.mark.usefixtures("_encoder")
def test_an_odd_rule_whose_meaning_was_compared_may_be_the_likeliest_answer_from_a_quarter_on():
    reading, ruleset = make_reading(APIARY), compile_rules([BEES, BILLS, Rule("Receipt")])
    ask = compare_to(find_passage(reading.pages), ruleset)
    best = judge(find_all(reading, ruleset), ruleset, ask_meaning=ask)[0]
    assert (best.label, best.is_odd) == ("Hive jottings", True)
    for sure, expected in ((0.6, True), (0.3, True), (0.2, False)):
        assert fits(replace(best, probability=sure, nothing=NOT_NOTHING)) is expected
    by_words = replace(best, own=replace(best.own, scale="unknown"), probability=0.3, nothing=NOT_NOTHING)
    assert not fits(by_words)
    assert fits(replace(by_words, is_odd=False))


@pytest.mark.usefixtures("_encoder")
def test_a_type_that_some_rule_means_is_nobody_elses_kin():
    rules = [BEES, BOATS, BILLS]
    kin = find_kin(current_encoder(), (Rule("Dues", "A bill that asks for payment."), *rules))
    assert kin[0, load_index().places["invoice"]] > 0
    meaning = compare_to(APIARY, compile_rules([Rule("Dues", "Who owes us how much."), *rules]))()
    assert load_index().places["invoice"] not in dict(meaning["Dues"].kin)
