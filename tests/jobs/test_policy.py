"""What passes by itself: only what the policy lets pass, and never what nobody could be sure of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine.model import Answer, PageAnswer
from jobs import policy
from jobs.models import ReviewItem

State, Why = ReviewItem.State, ReviewItem.Why

confidences = st.none() | st.floats(0, 1)


def answer(type_name: str | None = "Invoice", confidence: float | None = 0.9, *, has_text: bool = True) -> Answer:
    return Answer(type=type_name, confidence=confidence, reasoning="", has_text=has_text)


@pytest.mark.parametrize(
    ("given_answer", "threshold", "expected"),
    [
        (answer(), None, (State.WAITING, Why.EVERY, 900)),
        (answer(), 0.9, (State.AUTO_APPROVED, "", 900)),
        (answer(), 0.91, (State.WAITING, Why.BELOW, 900)),
        (answer(), 0, (State.AUTO_APPROVED, "", 900)),
        (answer(None), 0.5, (State.WAITING, Why.NO_MATCH, 900)),
        (answer(None, None), 0.5, (State.WAITING, Why.NOT_SCORED, 0)),
        (answer("Invoice", None), 0.5, (State.WAITING, Why.NOT_SCORED, 0)),
        (answer(has_text=False), 0.5, (State.WAITING, Why.NO_TEXT, 900)),
    ],
)
def test_an_answer_passes_or_waits_with_its_reason_and_its_place(given_answer, threshold, expected):
    verdict = policy.judge(given_answer, {"auto_approve_at": threshold})
    assert (verdict.status, verdict.why, verdict.priority) == expected


@given(st.none() | st.text(), confidences, st.booleans(), st.none() | st.floats(0, 1))
def test_nothing_passes_without_text_type_confidence_and_threshold(type_name, confidence, has_text, threshold):
    given_answer = answer(type_name, confidence, has_text=has_text)
    verdict = policy.judge(given_answer, {"auto_approve_at": threshold})
    if verdict.status == State.AUTO_APPROVED:
        assert has_text
        assert type_name is not None
        assert confidence >= threshold
    else:
        assert verdict.why
    assert 0 <= verdict.priority <= 1000


def test_a_file_that_holds_several_documents_waits_however_sure_the_answer_is():
    pages = (PageAnswer(1, "Invoice", 0.99, document=1), PageAnswer(2, "Letter", 0.99, document=2, border=0.9))
    packet = Answer(type="Invoice", confidence=0.99, reasoning="", pages=pages)
    assert policy.judge(packet, {"auto_approve_at": 0.5}).why == Why.SEVERAL
    one = Answer(type="Invoice", confidence=0.99, reasoning="", pages=(PageAnswer(1, "Invoice", 0.99, document=1),))
    assert not policy.judge(one, {"auto_approve_at": 0.5}).waits


def test_an_empty_policy_lets_nothing_pass():
    assert policy.judge(answer(confidence=1.0), {}).waits


def test_only_what_waits_is_held_and_only_where_the_policy_says_so():
    waits, passes = policy.judge(answer(), {}), policy.judge(answer(), {"auto_approve_at": 0.1})
    assert [policy.is_held(verdict, {"hold": True}) for verdict in (waits, passes)] == [True, False]
    assert not policy.is_held(waits, {})
