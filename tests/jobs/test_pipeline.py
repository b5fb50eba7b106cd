"""One document from claim to answer: local work, a remote call split in two, failures, and the sweeper's net."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db.models.functions import Now
from PIL import Image

from classifyhub.clock import in_seconds
from jobs import pipeline, polling, review, states, sweeper
from jobs.models import Job, Reason, Result, ReviewItem, Run, Status, Submission
from jobs.storage import document_path
from tests.support.factories import a_document, a_job, a_member, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

WAITS = {"waits": 1}


def echo_job(**options) -> Job:
    project = a_project()
    return a_job(project, version=a_version(project, provider_options=options))


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(next_action_at=Now())


def test_a_local_document_is_classified_within_its_claim():
    project = a_project()
    text = b"INVOICE\n\nInvoice number 4711\nTotal due: 120.00 EUR\nPlease pay within 14 days.\n"
    document = a_document(project, content=text, name="bill.txt")
    run = a_run(project, version=a_version(project, provider="local"), documents=[document])
    pipeline.run(run.jobs.get().pk)
    job = run.jobs.get()
    assert (job.status, job.client_status, job.pages_read) == (Status.COMPLETED, Status.COMPLETED, 1)
    assert job.result.type == "Invoice"
    assert 0.5 < job.result.confidence <= 1
    assert job.result.evidence
    assert all(quote["quote"] in text.decode() for quote in job.result.evidence)
    run.refresh_from_db()
    assert run.finished_at is not None


def test_what_was_read_is_kept_and_classifying_again_reads_nothing(monkeypatch):
    project = a_project()
    document = a_document(project, content=b"INVOICE number 1, total due 5 EUR")
    version = a_version(project, provider="local")
    pipeline.run(a_run(project, version=version, documents=[document]).jobs.get().pk)

    document_path(document).write_bytes(b"")  # were it read again it would be empty
    again = a_run(project, version=version, documents=[document]).jobs.get()
    pipeline.run(again.pk)
    again.refresh_from_db()
    assert again.status == Status.COMPLETED


@pytest.mark.parametrize(
    ("content", "media_type", "reason"),
    [
        (b"", "text/plain", Reason.EMPTY),
        (b"%PDF-1.7 and nothing else", "application/pdf", Reason.UNREADABLE),
        (b"\xd0\xcf\x11\xe0", "application/vnd.ms-outlook", Reason.NO_LOCAL_READER),
    ],
)
def test_what_cannot_be_read_fails_with_its_reason_and_is_set_aside_for_a_person(content, media_type, reason):
    project = a_project()
    document = a_document(project, content=content, media_type=media_type)
    job = a_run(project, version=a_version(project, provider="local"), documents=[document]).jobs.get()
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason) == (Status.FAILED, reason)
    item = ReviewItem.objects.get(document=document)
    assert (item.status, item.why, item.current_result) == ("set_aside", "unreadable", None)


def test_a_document_without_text_completes_unscored_and_waits():
    project = a_project()

    picture = BytesIO()
    Image.new("RGB", (60, 80), "white").save(picture, "PNG")
    document = a_document(project, content=picture.getvalue(), name="scan.png", media_type="image/png")
    job = a_run(project, version=a_version(project, provider="local"), documents=[document]).jobs.get()
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason, job.result.type, job.result.confidence) == ("COMPLETED", Reason.NO_TEXT, None, None)
    assert ReviewItem.objects.get(document=document).why == ReviewItem.Why.NO_TEXT


def test_delivering_the_same_message_twice_does_nothing_more():
    job = echo_job()
    pipeline.run(job.pk)
    pipeline.run(job.pk)
    assert Result.objects.filter(job=job).count() == 1
    assert job.events.filter(to_status=Status.RUNNING).count() == 1


def test_a_remote_call_is_written_down_before_it_is_made_and_polled_home():
    job = echo_job(**WAITS)
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason, job.lease_until) == (Status.RUNNING, Reason.WAITING, None)
    assert job.submission.idempotency_key == f"{job.uid}-1"
    assert job.submission.accepted_at is not None
    make_due(job)
    polling.poll("echo", None)
    job.refresh_from_db()
    assert (job.status, job.attempt, job.result.type) == (Status.COMPLETED, 1, "Invoice")
    assert Submission.objects.get().closed_at is not None


def test_a_rejected_document_fails_and_a_provider_that_is_down_is_asked_again_later():
    rejected, down = echo_job(error=Reason.REJECTED), echo_job(error=Reason.UNAVAILABLE, transient=True)
    for job in (rejected, down):
        pipeline.run(job.pk)
        job.refresh_from_db()
    assert (rejected.status, rejected.reason) == (Status.FAILED, Reason.REJECTED)
    assert (down.status, down.reason, down.attempt) == (Status.PENDING, Reason.UNAVAILABLE, 2)


def test_an_answer_outside_the_rules_is_refused():
    job = echo_job(type="Spaceship")
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason) == (Status.FAILED, Reason.CONTRACT_BROKEN)
    assert not Result.objects.filter(job=job).exists()


def test_a_try_of_a_draft_leaves_no_review_item():
    job = a_job(source=Run.Source.TRY)
    pipeline.run(job.pk)
    assert Result.objects.filter(job=job).exists()
    assert not ReviewItem.objects.exists()


class TestSweeper:
    def lose(self, job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))

    def test_a_job_whose_worker_died_is_given_another_attempt(self):
        job = states.claim(echo_job().pk, worker="dead", lease_seconds=60)
        self.lose(job)
        sweeper.sweep()
        job.refresh_from_db()
        assert (job.status, job.reason, job.attempt) == (Status.PENDING, Reason.WORKER_LOST, 2)

    def test_a_job_that_was_accepted_is_polled_again_under_the_same_attempt(self):
        job = echo_job(**WAITS)
        pipeline.run(job.pk)
        self.lose(job)
        sweeper.sweep()
        job.refresh_from_db()
        assert (job.status, job.lease_until, job.attempt) == (Status.RUNNING, None, 1)

    def test_an_intent_without_an_answer_is_a_persons_question_where_the_provider_has_no_key(self):
        project = a_project()
        job = states.claim(
            a_job(project, version=a_version(project, provider="unsiloed")).pk, worker="w", lease_seconds=9
        )
        submission = Submission.objects.create(project=project, provider="unsiloed", idempotency_key="k")
        Job.objects.filter(pk=job.pk).update(submission=submission)
        error = pipeline.ProviderError("reset", reason=Reason.UNAVAILABLE, was_sent=None)
        pipeline.record_failure(job, error)
        job.refresh_from_db()
        assert (job.status, job.reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)

    def test_queued_jobs_are_enqueued_once_a_minute_and_not_at_every_sweep(self):
        job = echo_job()
        assert sweeper.sweep().due == ((job.pk, "call"),)
        assert sweeper.sweep().due == ()
        Job.objects.filter(pk=job.pk).update(enqueued_at=in_seconds(-sweeper.MESSAGE_LOST_SECONDS - 1))
        assert sweeper.sweep().due == ((job.pk, "call"),)

    def test_a_run_that_nobody_finished_is_finished(self):
        job = echo_job()
        pipeline.run(job.pk)
        Run.objects.filter(pk=job.run_id).update(finished_at=None)
        sweeper.sweep()
        assert Run.objects.get(pk=job.run_id).finished_at is not None


class TestReviewItem:
    def run_with(self, project, document, preset, **options):
        version = a_version(project, preset=preset, provider_options=options)
        job = a_run(project, version=version, documents=[document]).jobs.get()
        pipeline.run(job.pk)
        return job

    def test_a_later_run_replaces_what_only_the_machine_said(self):
        project = a_project()
        document, preset = a_document(project), a_version(project).preset
        self.run_with(project, document, preset, type="Invoice")
        second = self.run_with(project, document, preset, type="Letter")
        item = ReviewItem.objects.get()
        assert (item.current_result.type, item.job_id, item.status) == ("Letter", second.pk, "waiting")

    def test_a_later_run_changes_nothing_a_person_decided_and_flags_the_difference(self):

        project = a_project()
        document, preset = a_document(project), a_version(project).preset
        self.run_with(project, document, preset, type="Invoice")
        by = a_member(project)
        held = review.claim_next(project, preset, by=by)
        review.approve(held.item, token=held.claim.token, by=by)
        self.run_with(project, document, preset, type="Letter")
        item = ReviewItem.objects.get()
        assert (item.status, item.final_type, item.why) == ("approved", "Invoice", "differs")
