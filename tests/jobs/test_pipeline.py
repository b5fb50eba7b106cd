"""One document from claim to answer: local work, a remote call split in two, failures, and the sweeper's net."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from PIL import Image

from classifyhub.clock import in_seconds
from jobs import failpoints, pipeline, polling, resolving, review, sending, states, sweeper, tasks
from jobs.models import Document, Job, Reason, Result, ReviewItem, Run, Status, Submission, WorkerBeat
from jobs.providers.base import Accepted, RejectedError, UnavailableError
from jobs.remote import routing
from jobs.storage import document_path
from tests.support.factories import a_connection, a_document, a_job, a_member, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

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
        (b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel", Reason.NO_LOCAL_READER),
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


def test_a_provider_nobody_here_speaks_fails_the_job_and_not_the_worker():
    project = a_project()
    job = a_job(project, version=a_version(project, provider="unsiloed"))
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason) == (Status.FAILED, Reason.BAD_CREDENTIALS)


@pytest.mark.parametrize("provider", ["local", "echo"])
def test_a_document_erased_before_its_turn_fails_and_leaves_nothing_to_decide(provider):
    project = a_project()
    job = a_job(project, version=a_version(project, provider=provider))
    Document.objects.update(blob=None, name="", path="", deleted_at=Now())
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.reason) == (Status.FAILED, Reason.UNREADABLE)
    assert not ReviewItem.objects.exists()


def test_a_document_whose_file_is_gone_fails_with_that_reason():
    job = echo_job()
    document_path(job.document).unlink()
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error_message) == (Status.FAILED, "The document's bytes are gone.")


class TestAMistakeOfOurs:
    def test_it_costs_an_attempt_and_is_raised_for_the_log(self, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=ZeroDivisionError()))
        job = echo_job()
        with pytest.raises(ZeroDivisionError):
            pipeline.run(job.pk)
        job.refresh_from_db()
        assert (job.status, job.reason, job.attempt) == (Status.PENDING, Reason.INTERNAL, 2)

    def test_five_times_it_fails_the_job_and_ends_the_run(self, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=ZeroDivisionError()))
        job = echo_job()
        for _ in range(5):
            make_due(job)
            with pytest.raises(ZeroDivisionError):
                pipeline.run(job.pk)
        job.refresh_from_db()
        assert (job.status, job.reason, job.error_message) == (Status.FAILED, Reason.INTERNAL, "ZeroDivisionError")
        assert Run.objects.get().finished_at is not None

    def test_after_an_intent_without_a_key_a_person_is_asked(self, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=ZeroDivisionError()))
        job = keyless_job()
        with pytest.raises(ZeroDivisionError):
            pipeline.run(job.pk)
        job.refresh_from_db()
        assert (job.status, job.reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)


def keyless_job() -> Job:
    """One for a provider that knows no idempotency key."""
    project = a_project()
    connection = a_connection(project, "unsiloed")
    return a_job(project, version=a_version(project, provider="unsiloed", connection=connection))


class TestUnknownOutcome:
    BROKEN = UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None)

    def test_a_connection_that_breaks_while_sending_asks_a_person_where_there_is_no_key(self, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=self.BROKEN))
        job = keyless_job()
        pipeline.run(job.pk)
        job.refresh_from_db()
        assert (job.status, job.reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)

    def test_with_a_key_it_is_simply_sent_again(self, monkeypatch):
        provider = install(monkeypatch, ScriptedProvider(answer=self.BROKEN))
        job = echo_job()
        for _ in range(2):
            make_due(job)
            pipeline.run(job.pk)
        assert [request.idempotency_key for request in provider.submitted] == [f"{job.uid}-1"] * 2
        assert Submission.objects.count() == 1

    def test_a_persons_retry_takes_the_next_key(self, monkeypatch):
        provider = install(monkeypatch, ScriptedProvider(answer=RejectedError("no", reason=Reason.REJECTED)))
        job = echo_job()
        pipeline.run(job.pk)
        states.retry(Job.objects.get(), by=a_member(job.project))
        pipeline.run(job.pk)
        assert [request.idempotency_key for request in provider.submitted] == [f"{job.uid}-1", f"{job.uid}-2"]
        assert Submission.objects.count() == 2

    @pytest.mark.parametrize(
        ("found", "status", "reason"),
        [
            (Accepted(remote_id="r1"), Status.RUNNING, Reason.WAITING),
            (None, Status.FAILED, Reason.OUTCOME_UNKNOWN),
            (UnavailableError("503", reason=Reason.UNAVAILABLE), Status.FAILED, Reason.OUTCOME_UNKNOWN),
        ],
        ids=["the provider has it", "it has not", "it does not answer"],
    )
    def test_a_worker_lost_while_sending_is_looked_up_at_the_provider(self, monkeypatch, found, status, reason):
        provider = install(monkeypatch, ScriptedProvider(found=found))
        job = states.claim(keyless_job().pk, worker="dead", lease_seconds=60)
        sending.write_intent([job], routing.route_of(job), lease_seconds=60)
        Job.objects.update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))
        doubts = sweeper.sweep().doubts
        assert (doubts, provider.looked_up) == ((job.submission_id,), [])  # a sweep calls nobody
        assert sweeper.sweep().doubts == ()
        tasks.settle_doubt(job.submission_id)
        tasks.settle_doubt(job.submission_id)
        job.refresh_from_db()
        assert (job.status, job.reason, provider.looked_up) == (status, reason, [f"{job.uid}-1"])

    def test_looking_again_finds_it_and_its_answer_is_fetched(self, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=self.BROKEN, found=Accepted(remote_id="r1")))
        job = keyless_job()
        pipeline.run(job.pk)
        job.refresh_from_db()
        stale = Job.objects.get()
        assert resolving.look_again(job) is True
        assert resolving.look_again(stale) is True  # pressed twice
        job.refresh_from_db()
        assert (job.status, job.reason, job.submission.remote_id) == (Status.RUNNING, Reason.WAITING, "r1")
        assert job.submission_number == 1

    @pytest.mark.parametrize(
        ("found", "said"),
        [
            (None, "The provider does not show it."),
            (UnavailableError("503", reason=Reason.UNAVAILABLE), "The provider could not be asked: 503"),
        ],
    )
    def test_looking_again_in_vain_changes_nothing_but_what_is_said_of_it(self, monkeypatch, found, said):
        install(monkeypatch, ScriptedProvider(answer=self.BROKEN, found=found))
        job = keyless_job()
        pipeline.run(job.pk)
        job.refresh_from_db()
        assert resolving.look_again(job) is False
        job = Job.objects.get()
        assert job.reason == Reason.OUTCOME_UNKNOWN
        assert job.error_message.startswith(said)


def test_a_worker_that_slept_through_its_lease_sends_nothing():
    job = states.claim(echo_job().pk, worker="slow", lease_seconds=60)
    sending.write_intent([job], routing.route_of(job), lease_seconds=60)
    states.postpone(Job.objects.get(), reason=Reason.WORKER_LOST)
    with pytest.raises(states.LostRaceError):
        sending.write_intent([job], routing.route_of(job), lease_seconds=60)


def test_each_queue_has_its_own_lease():
    project = a_project()
    for provider, seconds in (("local", pipeline.LOCAL_LEASE_SECONDS), ("echo", pipeline.CALL_LEASE_SECONDS)):
        job = a_job(project, version=a_version(project, provider=provider))
        leases = []

        def note(name, job=job, leases=leases):
            if name == "after_claim":
                row = Job.objects.get(pk=job.pk)
                leases.append((row.lease_until - row.started_at).total_seconds())

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(failpoints, "hit", note)
            (tasks.run_job if provider == "local" else tasks.call_job)(job.pk)
        assert leases == [pytest.approx(seconds, abs=1)]


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

    def test_one_job_that_cannot_be_mended_does_not_keep_the_others(self, monkeypatch):
        broken, other = (states.claim(echo_job().pk, worker="dead", lease_seconds=60) for _ in range(2))
        for job in (broken, other):
            self.lose(job)
        plain = pipeline.recover

        def recover(job, **options):
            if job.pk == broken.pk:
                raise ZeroDivisionError
            plain(job, **options)

        monkeypatch.setattr(pipeline, "recover", recover)
        sweeper.sweep()
        other.refresh_from_db()
        assert other.status == Status.PENDING

    def test_a_live_lease_is_left_alone(self):
        job = states.claim(echo_job().pk, worker="alive", lease_seconds=60)
        sweeper.sweep()
        job.refresh_from_db()
        assert (job.status, job.attempt) == (Status.RUNNING, 1)

    def test_the_clock_leaves_its_sign_of_life(self):
        sweeper.sweep()
        assert WorkerBeat.objects.filter(name="clock").exists()

    def test_what_is_not_due_is_not_enqueued(self):
        job = echo_job()
        Job.objects.filter(pk=job.pk).update(next_action_at=in_seconds(60))
        assert sweeper.sweep().due == ()

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


@pytest.mark.parametrize(
    "fields", [{"provider": "local"}, {}, {"provider_options": WAITS}], ids=["local", "answered at once", "polled"]
)
def test_a_document_costs_at_most_twenty_queries(fields):
    project = a_project()
    job = a_job(project, version=a_version(project, **fields))
    with CaptureQueriesContext(connection) as queries:
        pipeline.run(job.pk)
    if fields.get("provider_options"):
        make_due(job)
        with CaptureQueriesContext(connection) as more:
            polling.poll_batch(polling.waiting_jobs("echo", None))
    else:
        more = []
    asked = [query["sql"] for query in (*queries, *more) if "SAVEPOINT" not in query["sql"]]
    assert Job.objects.get().status == Status.COMPLETED
    assert len(asked) <= 20, "\n".join(asked)
