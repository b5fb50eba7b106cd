"""What a provider answers, whatever it is, is stored clean or refused with a sentence; never a crash, never a lie."""

from __future__ import annotations

import json
import math

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifyhub.engine.model import Answer, Candidate, Contribution, Evidence, PageAnswer
from jobs import outcomes, pipeline, sending, states
from jobs.models import Job, JobEvent, PageResult, Reason, Result, ReviewItem, Run, Status
from jobs.providers.base import Reply
from jobs.remote import routing
from tests.support.factories import a_job, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# Text as it comes over a wire: NUL, controls and halves of surrogate pairs included.
wild_text = st.text(st.characters(exclude_categories=()), max_size=40)
wild_number = st.floats() | st.integers(-(2**70), 2**70)
wild_json = st.recursive(
    st.none() | st.booleans() | wild_number | wild_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild_text, inner, max_size=3),
    max_leaves=8,
)
replies = st.builds(
    Reply,
    answer=st.builds(
        Answer,
        type=st.sampled_from(["Invoice", "Letter", None, "Spaceship"]),
        confidence=st.none() | st.floats() | st.floats(0, 1),
        reasoning=wild_text,
        candidates=st.lists(st.builds(Candidate, wild_text, st.floats()), max_size=2).map(tuple),
        evidence=st.lists(st.builds(Evidence, st.integers(), wild_text), max_size=2).map(tuple),
        contributions=st.lists(st.builds(Contribution, wild_text, st.floats()), max_size=2).map(tuple),
        pages=st.lists(
            st.builds(
                PageAnswer,
                st.integers(-1, 2**40),
                st.sampled_from(["Invoice", None]),
                st.none() | st.floats(),
                st.none() | st.integers(-1, 2**40),
                st.none() | st.floats(),
                wild_text,
                wild_text,
                wild_text | st.text(min_size=300, max_size=320),
            ),
            max_size=3,
        ).map(tuple),
        pages_not_read=st.lists(st.integers(), max_size=2).map(tuple),
        engine=wild_text | st.text(min_size=150, max_size=200),
    ),
    pages_read=st.none() | st.integers(-(2**40), 2**40),
    credits=st.none() | st.floats(),
    raw=st.none() | st.dictionaries(wild_text, wild_json, max_size=3),
)


def a_reply(**fields) -> Reply:
    answer = {"type": "Invoice", "confidence": 0.5, "reasoning": "r"} | fields.pop("answer", {})
    return Reply(answer=Answer(**answer), **fields)


def claimed(project=None, **options) -> Job:
    return states.claim(a_job(project or a_project(), **options).pk, worker="w", lease_seconds=60)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(replies)
def test_any_reply_completes_the_job_or_fails_it_with_a_sentence(reply):
    job = claimed()
    pipeline.store_reply(job, reply)
    job.refresh_from_db()
    if job.status == Status.COMPLETED:
        result = Result.objects.get(job=job)
        assert (result.type, result.confidence) == (reply.answer.type, reply.answer.confidence)
        json.dumps([result.raw, result.evidence, result.candidates], allow_nan=False).encode()
        assert "\x00" not in (result.reasoning or "")
        assert PageResult.objects.filter(result=result).count() == len(reply.answer.pages)
    else:
        assert (job.status, job.reason) == (Status.FAILED, Reason.CONTRACT_BROKEN)
        assert job.error_message
        assert not Result.objects.filter(job=job).exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wild_text | st.text(min_size=400, max_size=900))
def test_any_error_message_and_note_can_be_stored(text):
    job = claimed()
    states.postpone(job, reason=Reason.UNAVAILABLE, message=text)
    job.refresh_from_db()
    assert len(job.error_message) <= 500
    states._log(job, "", "PENDING", "", text)
    assert len(JobEvent.objects.order_by("-pk").first().note) <= 300


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (a_reply(answer={"type": "Spaceship"}), "type outside"),
        (a_reply(answer={"pages": (PageAnswer(1, "Spaceship", 0.5),)}), "type outside"),
        (a_reply(answer={"confidence": 1.5}), "not a probability"),
        (a_reply(answer={"confidence": math.nan}), "not a probability"),
        (a_reply(answer={"pages": (PageAnswer(1, None, -0.1),)}), "not a probability"),
        (a_reply(answer={"pages": (PageAnswer(0, None, None),)}), "numbers pages"),
        (a_reply(answer={"pages": (PageAnswer(1, None, None),) * 2}), "numbers pages"),
        (a_reply(answer={"pages": (PageAnswer(2, None, None, border=1.5),)}), "no probabilities"),
        (a_reply(answer={"pages": (PageAnswer(2, None, None, border=-0.1),)}), "no probabilities"),
        (a_reply(answer={"pages": (PageAnswer(1, None, None, document=0),)}), "numbers documents"),
        (a_reply(answer={"candidates": (Candidate("Invoice", math.inf),)}), "not finite"),
        (a_reply(raw={"deep": [{"x": math.nan}]}), "not finite"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(reply, sentence):
    assert sentence in outcomes.objection_to(reply, a_version(a_project()))


def test_there_is_no_objection_to_an_honest_null():
    reply = a_reply(answer={"type": None, "confidence": None, "pages": (PageAnswer(1, "Letter", 1.0),)})
    assert outcomes.objection_to(reply, a_version(a_project())) == ""


@pytest.mark.parametrize("credits_given", [math.nan, math.inf, -1.0, 1e12])
def test_a_price_that_cannot_be_is_no_price(credits_given):
    assert outcomes.credits_of(a_reply(credits=credits_given)) is None


def test_an_answer_that_comes_after_the_cancel_is_dropped_and_its_price_kept():
    job = claimed()
    sending.write_intent([job], routing.route_of(job), lease_seconds=60)
    states.cancel(Job.objects.get(pk=job.pk), by=None)
    with pytest.raises(states.LostRaceError):
        pipeline.store_reply(job, a_reply(credits=1.5))
    job.submission.refresh_from_db()
    assert float(job.submission.credits) == 1.5
    assert not Result.objects.exists()
    assert Job.objects.get().status == Status.CANCELLED


def test_nothing_is_stored_by_halves():
    job = claimed()
    one_page_twice = a_reply(answer={"pages": (PageAnswer(1, None, None),) * 2})
    with pytest.raises(IntegrityError):
        outcomes.store(job, one_page_twice)
    assert not Result.objects.exists()
    assert not ReviewItem.objects.exists()
    assert Job.objects.get().status == Status.RUNNING


def test_a_try_of_a_draft_is_never_held():
    project = a_project()
    job = claimed(project, version=a_version(project, policy={"hold": True}), source=Run.Source.TRY)
    outcomes.store(job, a_reply())
    job.refresh_from_db()
    assert job.client_status == Status.COMPLETED
    assert not ReviewItem.objects.exists()


def test_a_failure_that_a_mended_connection_cures_is_nothing_for_people_to_decide():
    job = claimed()
    outcomes.store_failure(job, reason=Reason.BAD_CREDENTIALS, message="401")
    assert not ReviewItem.objects.exists()


def test_the_documents_of_a_packet_and_their_borders_are_kept_with_the_pages():
    pages = (PageAnswer(1, "Invoice", 0.9, document=1), PageAnswer(2, "Letter", 0.8, document=2, border=0.7))
    result = outcomes.store(claimed(), a_reply(answer={"pages": pages}))
    kept = result.pages.order_by("page").values_list("page", "document", "border")
    assert list(kept) == [(1, 1, None), (2, 2, 0.7)]


def test_what_a_page_says_for_itself_is_kept_and_what_it_does_not_say_stays_null():
    pages = (
        PageAnswer(1, None, None, suggested="Delivery\nnote", reasoning="No rule fits."),
        PageAnswer(2, "Invoice", None),
        PageAnswer(3, None, None, error="blank"),
    )
    job = claimed()
    pipeline.store_reply(job, a_reply(answer={"pages": pages}))
    kept = PageResult.objects.filter(result__job=job).order_by("page")
    assert list(kept.values_list("suggested_type", "reasoning", "error")) == [
        ("Delivery note", "No rule fits.", ""),
        ("", None, ""),
        ("", None, "blank"),
    ]
