"""One document: everything that is known about it, and what can be done with it."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs import erasure, pipeline, review, states
from jobs.models import Job, JobEvent, Reason, Result, Review, ReviewItem, Run, Status
from tests.support.factories import a_document, a_job, a_run, a_version, an_item
from tests.support.forms import form_to

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def item(project, admin):
    return an_item(project, by=admin)


def decide(item, admin, type_name="Letter") -> Review:
    held = review.claim(item, by=admin)
    return review.decide(held.item, type_name, token=held.claim.token, by=admin, comment="I looked")


class TestThePage:
    def test_it_shows_answer_reasoning_rule_and_what_happened(self, client, url, item):
        page = client.get(url("job", item.job.uid)).content.decode()
        for words in ("Invoice", "Echo.", "A bill with an invoice number", "Queued", "Completed"):
            assert words in page

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (("Invoice", 0.38), "Unsure: the likeliest type, though under 50%"),
            (("Invoice", 0.5), "Below the 90% this preset asks for"),
            ((None, 0.38), "Unsure whether a rule fits"),
            ((None, 0.6), "No rule matched"),
        ],
    )
    def test_an_answer_more_likely_wrong_than_right_is_called_unsure(self, client, url, project, answer, words):
        item = an_item(project, type=answer[0], confidence=answer[1], policy={"auto_approve_at": 0.9})
        assert words in client.get(url("job", item.job.uid)).content.decode()

    def test_silence_is_not_shown_as_no_match(self, client, url, project, admin):
        item = an_item(project, by=admin, type=None, confidence=None)
        Result.objects.update(has_text=False, reasoning="No text to go by.")
        page = client.get(url("job", item.job.uid)).content.decode()
        assert "No answer" in page
        assert "No match" not in page
        assert "No text to go by" not in page

    def test_it_shows_who_decided_what_and_what_they_said(self, client, url, item, admin):
        decide(item, admin)
        page = client.get(url("job", item.job.uid)).content.decode()
        assert "overridden by Ann" in page
        assert "I looked" in page

    def test_it_refreshes_itself_until_the_document_is_final(self, client, url, project, admin):
        job = a_job(project, by=admin)
        assert b'hx-trigger="every' in client.get(url("job", job.uid), headers=HTMX).content
        pipeline.run(job.pk)
        assert b'hx-trigger="every' not in client.get(url("job", job.uid), headers=HTMX).content

    def test_htmx_gets_the_fragment_and_both_answers_vary_on_it(self, client, url, item):
        page, fragment = (client.get(url("job", item.job.uid), headers=headers) for headers in ({}, HTMX))
        assert [b"<html" in answer.content for answer in (page, fragment)] == [True, False]
        assert all("HX-Request" in answer["Vary"] for answer in (page, fragment))

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 50, "2", ""])
    def test_any_page_number_opens_it(self, client, url, item, page):
        assert client.get(url("job", item.job.uid), {"page": page}).status_code == 200

    def test_a_long_history_costs_no_more_queries(self, client, url, item):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(url("job", item.job.uid))
            return len(captured)

        client.get(url("job", item.job.uid))
        few = queries()
        JobEvent.objects.bulk_create(
            JobEvent(job=item.job, from_status="RUNNING", to_status="PENDING", attempt=n) for n in range(1, 60)
        )
        assert queries() <= few
        assert few <= 25

    @pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING, Status.FAILED, Status.CANCELLED])
    def test_it_opens_in_every_state(self, client, url, project, admin, status):
        job = a_job(project, by=admin)
        if status in (Status.RUNNING, Status.FAILED):
            job = states.claim(job.pk, worker="w", lease_seconds=60)
        if status == Status.FAILED:
            states.fail(job, reason=Reason.ENCRYPTED, message="it has a password")
        if status == Status.CANCELLED:
            states.cancel(job, by=admin)
        page = client.get(url("job", job.uid))
        assert page.status_code == 200
        assert (b"Ask the sender" in page.content) == (status == Status.FAILED)

    @pytest.mark.parametrize("reason", Reason.values)
    def test_every_reason_has_words(self, client, url, project, admin, reason):
        job = states.claim(a_job(project, by=admin).pk, worker="w", lease_seconds=60)
        states.fail(job, reason=reason, message="m")
        assert client.get(url("job", job.uid)).status_code == 200
        assert client.get(url("run", job.run.uid)).status_code == 200

    def test_words_of_a_document_are_text_wherever_they_stand(self, client, url, item):
        evil = "<script>alert(1)</script><b onclick=x>"
        Result.objects.update(
            reasoning=evil, raw={"a": evil}, evidence=[{"page": 1, "quote": evil, "boxes": [], "start": 0, "end": 3}]
        )
        Job.objects.update(error_message=evil)
        for address in (url("job", item.job.uid), url("job_raw", item.job.uid), url("review")):
            page = client.get(address)
            assert page.status_code == 200
            assert b"<script>alert" not in page.content
            assert b"<b onclick" not in page.content

    def test_the_raw_answer_is_shown_word_for_word(self, client, url, item):
        assert b"&quot;echo&quot;: true" in client.get(url("job_raw", item.job.uid)).content


class TestAnErasedDocument:
    NAME = "Quizzaciously.txt"

    @pytest.fixture
    def item(self, project, admin):
        return an_item(project, by=admin, document=a_document(project, name=self.NAME))

    @pytest.fixture(autouse=True)
    def _erased(self, item, admin):
        decide(item, admin)
        erasure.erase_document(item.document, by=admin)

    def test_its_page_says_so_and_shows_the_decision_that_stays(self, client, url, item):
        page = client.get(url("job", item.job.uid)).content.decode()
        assert "Erased document" in page
        assert "Letter" in page
        assert "I looked" not in page
        assert self.NAME not in page

    @pytest.mark.parametrize("name", ["document_original", "document_text"])
    def test_nothing_of_it_is_handed_out(self, client, url, item, name):
        assert client.get(url(name, item.document.uid)).status_code == 404

    def test_its_images_are_gone(self, client, url, item):
        assert client.get(url("document_page", item.document.uid, 1)).status_code == 404

    def test_it_is_neither_classified_again_nor_reopened_nor_decided(self, press, url, item):
        assert press(url("job_again", item.job.uid), preset=item.preset.uid).status_code == 404
        press(url("job_reopen", item.job.uid), reason="look again")
        press(url("job_decide", item.job.uid))
        assert Run.objects.count() == 1
        assert ReviewItem.objects.get().status == "overridden"

    def test_its_review_leads_to_its_page(self, client, url, item):
        assert client.get(url("review_item", item.uid))["Location"] == url("job", item.job.uid)


class TestButtons:
    def test_decide_opens_the_document_in_review(self, client, url, project, admin):
        document = a_document(project, content=b"", media_type="application/pdf")
        version = a_version(project, provider="local")
        job = a_run(project, by=admin, version=version, documents=[document]).jobs.get()
        pipeline.run(job.pk)
        page = form_to(client.get(url("job", job.uid)), url("job_decide", job.uid)).send(client)
        item = ReviewItem.objects.get()
        assert page.places[-1] == url("review_item", item.uid)
        form_to(page, url("review_decide", item.uid)).send(client, button=("type", "Letter"))
        item.refresh_from_db()
        assert (item.status, item.final_type) == ("overridden", "Letter")

    @pytest.mark.parametrize("state", ["queued", "a try"])
    def test_what_cannot_be_decided_makes_no_item(self, press, url, project, admin, state):
        job = a_job(project, by=admin, **({"source": Run.Source.TRY} if state == "a try" else {}))
        if state == "a try":
            pipeline.run(job.pk)
        assert press(url("job_decide", job.uid))["Location"] == url("job", job.uid)
        assert not ReviewItem.objects.exists()

    def test_retry_queues_it_again_and_twice_does_no_harm(self, client, url, project, admin):
        version = a_version(project, provider_options={"error": "rejected"})
        job = a_job(project, by=admin, version=version)
        pipeline.run(job.pk)
        form = form_to(client.get(url("job", job.uid)), url("job_retry", job.uid))
        for _ in range(2):
            assert form.send(client).places == [url("job", job.uid)]
        job.refresh_from_db()
        assert (job.status, job.submission_number) == (Status.PENDING, 2)

    @pytest.mark.parametrize(
        ("reason", "offered"),
        [
            (Reason.TIMED_OUT, ["retry"]),
            (Reason.NO_LOCAL_READER, ["again"]),
            (Reason.ENCRYPTED, ["erase"]),
            (Reason.OUTCOME_UNKNOWN, []),
        ],
    )
    def test_a_failed_document_is_offered_what_may_help(self, client, url, project, reason, offered):
        job = a_job(project)
        states.fail(states.claim(job.pk, worker="w", lease_seconds=60), reason=reason)
        page = client.get(url("job", job.uid)).content.decode()
        marks = {
            "retry": url("job_retry", job.uid),
            "again": 'data-dialog="again"',
            "erase": 'class="button button--ghost button--bad"',
        }
        assert [name for name, mark in marks.items() if mark in page] == offered
        assert page.count(url("document_erase", job.document.uid)) == 1

    def test_classify_again_leads_to_the_new_job_and_twice_to_the_same(self, client, url, item):
        form = form_to(client.get(url("job", item.job.uid)), url("job_again", item.job.uid))
        first, second = form.send(client), form.send(client)
        again = Run.objects.get(source=Run.Source.AGAIN)
        assert first.places == second.places == [url("job", again.jobs.get().uid)]

    def test_reopening_asks_why_and_brings_it_back(self, client, url, item, admin):
        decide(item, admin)
        form = form_to(client.get(url("job", item.job.uid)), url("job_reopen", item.job.uid))
        form.send(client)
        item.refresh_from_db()
        assert item.status == "overridden"
        for _ in range(2):
            form.send(client, reason="the total is missing")
        item.refresh_from_db()
        assert (item.status, item.note) == ("waiting", "the total is missing")
        assert Review.objects.filter(decision="reopen").count() == 1

    def test_what_was_never_in_review_is_not_reopened(self, press, url, project, admin):
        job = a_job(project, by=admin)
        assert press(url("job_reopen", job.uid), reason="x").status_code == 404
        assert not ReviewItem.objects.exists()

    def test_erasing_leads_back_to_the_runs(self, client, url, item):
        form = form_to(client.get(url("job", item.job.uid)), url("document_erase", item.document.uid))
        assert form.send(client).places == [url("runs")]
        item.document.refresh_from_db()
        assert item.document.deleted_at is not None

    def test_an_unknown_document_is_not_found(self, client, url):
        assert client.get(url("job", uuid.uuid4())).status_code == 404
