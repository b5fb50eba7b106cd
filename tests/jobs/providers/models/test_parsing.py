"""What a model wrote, and what is taken from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine.model import Rule
from jobs.providers.models.parsing import UnusableAnswerError, parse_answer
from jobs.providers.models.schema import labels_for

LABELS = labels_for([Rule("Invoice"), Rule("Letter")])


def an_answer(**fields):
    usual = {
        "quotes": [{"page": 1, "text": "Amount due"}],
        "reasoning": "It bills.",
        "type": "Invoice",
        "confidence": 90,
    }
    return json.dumps(usual | fields)


def parse(content):
    return parse_answer(content, LABELS)


def test_a_plain_answer_is_read_as_it_stands():
    said = parse(an_answer())
    assert (said.type, said.confidence, said.reasoning) == ("Invoice", 0.9, "It bills.")
    assert said.quotes == ((1, "Amount due"),)


@pytest.mark.parametrize(
    "content",
    [
        f"```json\n{an_answer()}\n```",
        f"<think>Is it a letter? {an_answer(type='Letter')}</think>\n{an_answer()}",
        f"I think {{it}} bills. {an_answer(type='Letter')}</think>{an_answer()}",
        f"Here you are:\n{an_answer()}\nAnything else?",
        f"{an_answer(type='Letter')}\nNo, wait.\n{an_answer()}",
        an_answer(further="keys", schema={"type": "Letter"}),
        f'{{"broken": {an_answer()}',
    ],
    ids=[
        "fenced",
        "thinking",
        "thinking without a beginning",
        "polite",
        "second thoughts",
        "more keys",
        "half an object",
    ],
)
def test_what_stands_around_an_answer_is_left_away(content):
    assert parse(content).type == "Invoice"


@pytest.mark.parametrize("said", ["none", " None", None])
def test_none_is_no_match(said):
    assert parse(an_answer(type=said)).type is None


def test_a_rule_that_is_itself_called_none_is_that_rule():
    labels = labels_for([Rule("None"), Rule("Letter")])
    assert parse_answer(an_answer(type="none"), labels).type == "None"
    assert parse_answer(an_answer(type="none of these"), labels).type is None


@pytest.mark.parametrize(
    ("said", "probability"), [(0, 0.0), (1, 0.01), (87.5, 0.875), (100, 1.0), ("85", 0.85), ("7 %", 0.07)]
)
def test_confidence_is_a_whole_number_of_percent(said, probability):
    assert parse(an_answer(confidence=said)).confidence == probability


@pytest.mark.parametrize(
    "said", [101, -1, 900, 0.9, "high", "900%", None, True, [90], float("nan"), float("inf"), 10**400]
)
def test_a_confidence_that_is_none_is_asked_for_again(said):
    with pytest.raises(UnusableAnswerError, match="confidence"):
        parse(an_answer(confidence=said))


@pytest.mark.parametrize("said", ["Recipe", "", "Invoice, Letter", 7, ["Invoice"], {"type": "Invoice"}])
def test_a_type_that_is_no_label_is_asked_for_again_with_the_labels_and_without_what_was_said(said):
    with pytest.raises(UnusableAnswerError, match='"Invoice", "Letter", "none"') as caught:
        parse(an_answer(type=said))
    assert "Recipe" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "Invoice", "{", "[]", "{}", '{"label": "Invoice"}', "{" * 5000, "[" * 90_000])
def test_an_answer_without_the_object_is_asked_for_again(content):
    with pytest.raises(UnusableAnswerError):
        parse(content)


@pytest.mark.parametrize(
    "quotes", [None, "Amount due", [None, {}, {"page": "1", "text": "a"}, {"page": True, "text": "a"}]]
)
def test_quotes_that_are_none_are_passed_over(quotes):
    assert parse(an_answer(quotes=quotes)).quotes == ()


def test_an_explanation_is_one_line_of_bounded_length_or_nothing():
    assert parse(an_answer(reasoning="a\n\n b")).reasoning == "a b"
    assert len(parse(an_answer(reasoning="x" * 9_000)).reasoning) == 1_000
    assert parse(an_answer(reasoning="\u202elanif\u202c\u200b")).reasoning == "lanif"
    assert parse(an_answer(reasoning=["why"])).reasoning == ""


def test_of_an_endless_answer_the_end_counts_and_is_read_at_once():
    assert parse("<think>{" * 90_000 + an_answer()).type == "Invoice"


@given(st.text(alphabet='{}[]"\\:,truefalsn0129.-Iype \n<thik>/', max_size=80))
def test_whatever_is_written_is_an_answer_within_the_labels_or_refused(noise):
    for content in (noise, noise + an_answer(), an_answer(type="Letter") + noise):
        try:
            said = parse(content)
        except UnusableAnswerError:
            continue
        assert said.type in {"Invoice", "Letter", None}
        assert 0 <= said.confidence <= 1
