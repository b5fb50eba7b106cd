"""A whole run: created, counted, finished once, cancelled, retried, classified again."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from classifyhub.accounts.models import AuditEvent
from jobs import erasure, pipeline, review, runs, states
from jobs.models import Document, Job, JobEvent, Reason, ReviewItem, Run, Status
from tests.support.factories import a_document, a_member, a_project, a_run, a_version, an_item
from tests.support.races import race

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def project():
    return a_project()


def finish(job: Job, status: str) -> None:
    """End a PENDING job in ``status``."""
    claimed = states.claim(job.pk, worker="w", lease_seconds=60)
    if status == Status.FAILED:
        states.fail(claimed, reason=Reason.TIMED_OUT)
    elif status == Status.CANCELLED:
        states.cancel(claimed, by=None)
    else:
        states.complete(claimed, held=False)


def counts_of(run: Run) -> runs.Counts:
    return runs.count([run.pk])[run.pk]


class TestCreating:
    def test_a_run_is_sealed_with_one_queued_job_and_one_event_per_document(self, project):
        run = a_run(project, documents=3)
        run.refresh_from_db()
        assert (run.sealed_at is None, run.finished_at) == (False, None)
        assert list(run.jobs.values_list("status", "client_status", "queue").distinct()) == [
            ("PENDING", "PENDING", "call")
        ]
        assert JobEvent.objects.filter(job__run=run).count() == 3
        assert AuditEvent.objects.filter(verb="run.started", object_uid=str(run.uid)).exists()

    def test_local_work_goes_to_its_own_queue(self, project):
        run = a_run(project, version=a_version(project, provider="local"))
        assert run.jobs.get().queue == "local"

    def test_a_run_of_nothing_is_done_at_once(self, project):
        run = a_run(project, documents=0)
        run.refresh_from_db()
        assert run.finished_at is not None

    def test_a_name_from_anywhere_is_cleaned_and_cut(self, project):
        run = runs.create(project, a_version(project), [], by=a_member(project), name="a\x00\n" + "b" * 300)
        run.refresh_from_db()
        assert run.name == "a\ufffd " + "b" * 117


class TestCounting:
    def test_every_job_is_in_one_column(self, project):
        run = a_run(project, documents=5)
        jobs = list(run.jobs.order_by("pk"))
        for job, status in zip(jobs, [Status.COMPLETED, Status.FAILED, Status.CANCELLED], strict=False):
            finish(job, status)
        states.claim(jobs[3].pk, worker="w", lease_seconds=60)
        counts = counts_of(run)
        assert (counts.queued, counts.running, counts.completed, counts.failed, counts.cancelled) == (1, 1, 1, 1, 1)
        assert (counts.total, counts.done, counts.is_live) == (5, 3, True)

    def test_what_waits_for_a_person_is_not_settled(self, project):
        item = an_item(project)
        counts = counts_of(item.job.run)
        assert (counts.waiting, counts.settled) == (1, 0)
        held = review.claim(item, by=a_member(project))
        review.approve(held.item, token=held.claim.token, by=held.claim.by)
        counts = counts_of(item.job.run)
        assert (counts.waiting, counts.settled) == (0, 1)

    def test_a_document_that_waits_waits_in_every_run_that_holds_it(self, project):
        first = an_item(project)
        second = an_item(project, document=first.document, preset=first.preset)
        assert first.job_id != second.job_id
        assert [counts_of(item.job.run).waiting for item in (first, second)] == [1, 1]

    def test_another_presets_question_does_not_count(self, project):
        decided = an_item(project, policy={"auto_approve_at": 0.1})
        an_item(project, document=decided.document)
        assert counts_of(decided.job.run).waiting == 0

    def test_documents_under_rules_sent_with_a_call_wait_too(self, project):
        item = an_item(project)
        type(item.job.version).objects.filter(pk=item.job.version_id).update(preset=None, number=None)
        ReviewItem.objects.update(preset=None)
        assert counts_of(item.job.run).waiting == 1


class TestFinishing:
    def test_it_is_finished_when_the_last_job_is_final_and_not_before(self, project):
        run = a_run(project, documents=2)
        first, second = run.jobs.order_by("pk")
        finish(first, Status.COMPLETED)
        assert runs.finish_if_done(run.pk) is False
        finish(second, Status.FAILED)
        assert runs.finish_if_done(run.pk) is True
        assert runs.finish_if_done(run.pk) is False

    def test_a_run_that_is_still_being_filled_is_not_finished(self, project):
        run = a_run(project, documents=0)
        Run.objects.filter(pk=run.pk).update(sealed_at=None, finished_at=None)
        assert runs.finish_if_done(run.pk) is False

    def test_the_net_finishes_all_that_are_done_at_once(self, project):
        done, live = [a_run(project) for _ in range(3)], a_run(project)
        for run in done:
            finish(run.jobs.get(), Status.COMPLETED)
        assert runs.finish_all_done() == 3
        live.refresh_from_db()
        assert live.finished_at is None

    @pytest.mark.django_db(transaction=True)
    def test_two_last_jobs_that_end_at_once_finish_it(self, project):
        for _ in range(5):
            run = a_run(project, documents=2, version=a_version(project))
            race(*[lambda job=job: pipeline.run(job.pk) for job in run.jobs.all()])
            run.refresh_from_db()
            assert run.finished_at is not None

    @pytest.mark.django_db(transaction=True)
    def test_a_retry_that_is_not_yet_committed_while_it_finishes_leaves_it_live(self, project):
        run = a_run(project)
        finish(run.jobs.get(), Status.FAILED)
        retried = threading.Event()

        def retry():
            with transaction.atomic():
                states.retry(run.jobs.get(), by=run.by)
                retried.set()
                time.sleep(0.5)  # the other one is waiting for this row by now

        def finish_meanwhile():
            retried.wait(60)
            runs.finish_if_done(run.pk)

        race(retry, finish_meanwhile)
        run.refresh_from_db()
        assert run.finished_at is None


class TestCancelling:
    def test_what_is_not_final_is_stopped_and_what_is_stays(self, project):
        run = a_run(project, documents=3)
        done, running, _queued = run.jobs.order_by("pk")
        finish(done, Status.COMPLETED)
        states.claim(running.pk, worker="w", lease_seconds=60)
        assert runs.cancel(run, by=run.by) == 2
        assert list(run.jobs.order_by("pk").values_list("status", flat=True)) == ["COMPLETED", "CANCELLED", "CANCELLED"]
        run.refresh_from_db()
        assert run.finished_at is not None

    def test_a_long_queue_is_stopped_in_a_few_statements_and_each_job_tells_by_whom(self, project, monkeypatch):
        monkeypatch.setattr(states, "BATCH", 10)
        run = a_run(project, documents=25)
        with CaptureQueriesContext(connection) as queries:
            assert runs.cancel(run, by=run.by) == 25
        assert len(queries) <= 20
        notes = JobEvent.objects.filter(job__run=run, to_status=Status.CANCELLED).values_list("note", "attempt")
        assert list(notes) == [(f"cancelled by {run.by.display_name}", 1)] * 25
        assert runs.cancel(run, by=run.by) == 0

    @pytest.mark.django_db(transaction=True)
    def test_workers_that_take_jobs_meanwhile_do_not_save_them(self, project):
        run = a_run(project, documents=8)
        keys = list(run.jobs.order_by("-pk").values_list("pk", flat=True))

        def claim_all():
            return [states.claim(key, worker="w", lease_seconds=60) for key in keys]

        _claimed, stopped = race(claim_all, lambda: runs.cancel(run, by=run.by))
        assert stopped == 8
        assert not run.jobs.exclude(status=Status.CANCELLED).exists()


class TestRetrying:
    def test_failed_jobs_are_queued_again_and_the_run_is_live_again(self, project):
        run = a_run(project, documents=2)
        for job in run.jobs.all():
            finish(job, Status.FAILED)
        runs.finish_if_done(run.pk)
        assert runs.retry_failed(run, by=run.by) == 2
        run.refresh_from_db()
        assert run.finished_at is None
        assert not run.jobs.exclude(status=Status.PENDING, enqueued_at=None).exists()

    @pytest.mark.parametrize("reason", [Reason.OUTCOME_UNKNOWN, Reason.ENCRYPTED, Reason.NO_LOCAL_READER])
    def test_what_may_be_billed_twice_and_what_ends_the_same_again_is_left_to_a_person(self, project, reason):
        run = a_run(project)
        states.fail(states.claim(run.jobs.get().pk, worker="w", lease_seconds=60), reason=reason)
        assert runs.retry_failed(run, by=run.by) == 0

    def test_a_document_that_was_erased_is_not_tried_again(self, project):
        run = a_run(project, documents=2)
        for job in run.jobs.all():
            finish(job, Status.FAILED)
        erasure.erase_document(run.jobs.earliest("pk").document, by=run.by)
        assert runs.retry_failed(run, by=run.by) == 1


class TestClassifyingAgain:
    def test_the_same_documents_run_under_another_version(self, project):
        run, version = a_run(project, documents=3), a_version(project)
        again = runs.classify_again(runs.documents_of(run), version, by=run.by, name="Again")
        assert again.source == Run.Source.AGAIN
        assert set(again.jobs.values_list("document", "version")) == {
            (document, version.pk) for document in run.jobs.values_list("document", flat=True)
        }

    def test_erased_documents_are_left_out(self, project):
        run = a_run(project, documents=2)
        Document.objects.filter(jobs=run.jobs.first()).update(blob=None, name="", path="", deleted_at=run.created_at)
        assert runs.classify_again(runs.documents_of(run), a_version(project), by=run.by, name="x").jobs.count() == 1

    def test_another_projects_documents_are_left_out(self, project):
        run = a_run(a_project())
        again = runs.classify_again(runs.documents_of(run), a_version(project), by=run.by, name="x")
        assert again.jobs.count() == 0

    def test_one_form_sent_twice_is_one_run(self, project):
        run, version, uid = a_run(project), a_version(project), uuid.uuid4()
        first, second = (
            runs.classify_again(runs.documents_of(run), version, by=run.by, name="x", client_uid=uid) for _ in range(2)
        )
        assert first == second
        assert Run.objects.filter(source=Run.Source.AGAIN).count() == 1

    def test_one_form_sent_with_another_preset_is_another_run(self, project):
        run, uid = a_run(project), uuid.uuid4()
        for version in (a_version(project), a_version(project)):
            runs.classify_again(runs.documents_of(run), version, by=run.by, name="x", client_uid=uid)
        assert Run.objects.filter(source=Run.Source.AGAIN).count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_a_double_click_is_one_run(self, project):
        run, version, uid = a_run(project), a_version(project), uuid.uuid4()
        made = race(
            *[lambda: runs.classify_again(runs.documents_of(run), version, by=run.by, name="x", client_uid=uid)] * 3
        )
        assert len({one.pk for one in made}) == 1


def test_the_pace_is_measured_over_the_run_and_unknown_before_the_first_answer(project):
    run = a_run(project, documents=4)
    assert runs.pace(run, counts_of(run)) == runs.Pace()
    pace = runs.pace(run, runs.Counts(total=4, completed=1, queued=3))
    assert pace.per_minute > 0
    assert pace.seconds_left > 0


def test_a_run_takes_documents_twice_only_as_two_jobs(project):
    document = a_document(project)
    first, second = (a_run(project, documents=[document]) for _ in range(2))
    assert first.jobs.get().document_id == second.jobs.get().document_id
