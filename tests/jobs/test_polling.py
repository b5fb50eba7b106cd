"""Answers brought home: in batches, by one poller per connection, and without a word lost or an attempt spent."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from classifyhub.engine.model import Answer
from jobs import outcomes, pipeline, polling, states, sweeper
from jobs.models import HookEvent, Job, Poller, Reason, Result, Run, Status, Submission
from jobs.providers.base import Accepted, RejectedError, Reply, StillWaiting, UnavailableError
from tests.support.factories import a_connection, a_job, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

REPLY = Reply(answer=Answer(type="Invoice", confidence=0.9, reasoning=""))


@pytest.fixture
def provider(monkeypatch):
    return install(monkeypatch, ScriptedProvider())


def accepted(run: Run) -> list[Job]:
    """Bring all jobs of ``run`` to where their provider has taken them and they are due to be polled."""
    for number, job in enumerate(run.jobs.order_by("pk")):
        submission = Submission.objects.create(
            project=run.project, provider="echo", idempotency_key=str(job.pk), remote_id=f"r{number}", accepted_at=Now()
        )
        Job.objects.filter(pk=job.pk).update(
            status=Status.RUNNING,
            client_status=Status.RUNNING,
            reason=Reason.WAITING,
            started_at=Now(),
            submission=submission,
            next_action_at=in_seconds(-1),
        )
    return list(run.jobs.order_by("pk"))


def test_two_hundred_and_fifty_waiting_documents_are_three_calls(provider):
    run = a_run(a_project(), documents=250)
    accepted(run)
    provider.polled = {f"r{number}": REPLY for number in range(250)}
    assert polling.poll("echo", None) is False
    assert [len(asked) for asked in provider.polls] == [100, 100, 50]
    assert Result.objects.count() == 250
    run.refresh_from_db()
    assert run.finished_at is not None


def test_the_loop_waits_for_what_is_due_before_the_next_sweep(provider):
    accepted(a_run(a_project()))
    Job.objects.update(next_action_at=in_seconds(1))
    provider.polled = {"r0": REPLY}
    assert polling.poll("echo", None) is False
    assert Job.objects.get().status == Status.COMPLETED


@pytest.mark.parametrize("is_reported", [True, False])
def test_a_report_that_comes_while_the_loop_works_is_followed_at_once(monkeypatch, provider, is_reported):
    """Of two documents one is home; the other is reported before the loop has come to rest."""
    project = a_project()
    connection = a_connection(project, "llamacloud_v2")
    _first, second = accepted(a_run(project, documents=2))
    Submission.objects.update(connection=connection)
    Job.objects.filter(pk=second.pk).update(next_action_at=in_seconds(9))
    HookEvent.objects.create(connection=connection, event_id="of another day")
    plain, rests = provider.poll, []

    def poll(pending):
        answers = plain(pending)
        if is_reported and len(provider.polls) == 1:
            HookEvent.objects.create(connection=connection, event_id="done")
            Job.objects.filter(pk=second.pk).update(next_action_at=Now())
        return answers

    def rest(seconds):
        rests.append(seconds)
        Job.objects.filter(pk=second.pk).update(next_action_at=Now())
        time.sleep(seconds)

    provider.poll = poll
    provider.polled = {"r0": REPLY, "r1": REPLY}
    monkeypatch.setattr(polling, "time", SimpleNamespace(monotonic=time.monotonic, sleep=rest))
    assert polling.poll("echo", connection.pk) is False
    assert provider.polls == [["r0"], ["r1"]]
    assert (rests == []) is is_reported
    assert Job.objects.filter(status=Status.COMPLETED).count() == 2


def test_the_loop_leaves_what_is_due_later_to_the_sweep(provider):
    accepted(a_run(a_project()))
    Job.objects.update(next_action_at=in_seconds(polling.AHEAD_SECONDS + 2))
    assert polling.poll("echo", None) is False
    assert provider.polls == []


def test_only_one_poller_asks_at_a_time(provider):
    accepted(a_run(a_project()))
    Poller.objects.create(key="echo:-", lease_until=in_seconds(30))
    assert polling.poll("echo", None) is False
    assert provider.polls == []


def test_a_poller_that_died_is_replaced_when_its_lease_ran_out(provider):
    accepted(a_run(a_project()))
    provider.polled = {"r0": REPLY}
    Poller.objects.create(key="echo:-", lease_until=in_seconds(-1))
    polling.poll("echo", None)
    assert Job.objects.get().status == Status.COMPLETED
    assert not Poller.objects.filter(lease_until__gt=Now()).exists()


def test_a_connection_is_let_go_of_also_when_polling_breaks(provider):
    accepted(a_run(a_project()))
    provider.polled = RuntimeError("a mistake of ours")
    with pytest.raises(RuntimeError):
        polling.poll("echo", None)
    assert not Poller.objects.filter(lease_until__gt=Now()).exists()


class TestOneOutcome:
    @pytest.fixture
    def job(self):
        return accepted(a_run(a_project()))[0]

    def poll_once(self, job) -> Job:
        polling.poll_batch(polling.waiting_jobs("echo", None))
        return Job.objects.get(pk=job.pk)

    def seconds_ahead(self, job, least, most) -> bool:
        return Job.objects.filter(
            pk=job.pk, next_action_at__gt=in_seconds(least), next_action_at__lt=in_seconds(most)
        ).exists()

    def test_what_still_waits_is_looked_at_again_a_second_later(self, provider, job):
        job = self.poll_once(job)
        assert (job.status, job.reason, job.attempt) == (Status.RUNNING, Reason.WAITING, 1)
        assert self.seconds_ahead(job, 0.2, 1.5)

    @pytest.mark.parametrize(("waited", "least", "most"), [(40, 8, 11), (4000, 28, 31)])
    def test_the_longer_it_takes_the_rarer_the_looks(self, provider, job, waited, least, most):
        Job.objects.filter(pk=job.pk).update(started_at=in_seconds(-waited))
        assert self.seconds_ahead(self.poll_once(job), least, most)

    def test_the_vendors_wish_for_a_longer_pause_is_honoured(self, provider, job):
        provider.polled = {"r0": StillWaiting(retry_after=50)}
        assert self.seconds_ahead(self.poll_once(job), 48, 51)

    @pytest.mark.parametrize("whole_call", [True, False])
    def test_an_outage_costs_no_attempt_and_is_told_to_people(self, provider, job, whole_call):
        error = UnavailableError("503", reason=Reason.RATE_LIMITED, retry_after=50)
        provider.polled = error if whole_call else {"r0": error}
        job = self.poll_once(job)
        assert (job.status, job.attempt, job.reason) == (Status.RUNNING, 1, Reason.RATE_LIMITED)
        assert job.error_message == "503"
        assert self.seconds_ahead(job, 48, 51)

    def test_a_refused_key_fails_nobody_for_it_may_be_mended(self, provider, job):
        provider.polled = RejectedError("401", reason=Reason.BAD_CREDENTIALS)
        job = self.poll_once(job)
        assert (job.status, job.reason) == (Status.RUNNING, Reason.BAD_CREDENTIALS)
        provider.polled = {}
        Job.objects.update(next_action_at=Now())
        job = self.poll_once(job)
        assert (job.reason, job.error_message) == (Reason.WAITING, "")

    def test_what_the_provider_rejects_fails_with_its_reason(self, provider, job):
        provider.polled = {"r0": RejectedError("damaged", reason=Reason.UNREADABLE)}
        job = self.poll_once(job)
        assert (job.status, job.reason, job.error_message) == (Status.FAILED, Reason.UNREADABLE, "damaged")
        assert Run.objects.get().finished_at is not None

    def test_a_provider_that_says_nothing_for_a_day_has_lost_it(self, provider, job):
        Job.objects.filter(pk=job.pk).update(started_at=in_seconds(-polling.GIVE_UP_SECONDS - 1))
        job = self.poll_once(job)
        assert (job.status, job.reason) == (Status.FAILED, Reason.TIMED_OUT)

    def test_a_cancelled_job_is_not_polled(self, provider, job):
        states.cancel(job, by=None)
        self.poll_once(job)
        assert provider.polls == []

    def test_an_answer_that_comes_while_somebody_cancels_is_dropped(self, provider, job):
        due = polling.waiting_jobs("echo", None)
        provider.polled = {"r0": REPLY}
        loaded = Job.objects.select_related("version", "run", "document").get()
        states.cancel(Job.objects.get(), by=None)
        polling._take(loaded, REPLY)
        assert due == [(job.pk, "r0")]
        assert Job.objects.get().status == Status.CANCELLED
        assert not Result.objects.exists()


def test_one_answer_that_nobody_can_store_does_not_keep_the_others(provider, monkeypatch):
    jobs = accepted(a_run(a_project(), documents=3))
    provider.polled = {f"r{number}": REPLY for number in range(3)}
    plain = outcomes.build_result

    def build_result(job, reply, **fields):
        if job.pk == jobs[0].pk:
            raise ZeroDivisionError
        return plain(job, reply, **fields)

    monkeypatch.setattr(outcomes, "build_result", build_result)
    polling.poll("echo", None)
    assert [(job.status, job.reason) for job in Job.objects.order_by("pk")] == [
        (Status.FAILED, Reason.INTERNAL),
        (Status.COMPLETED, ""),
        (Status.COMPLETED, ""),
    ]


def test_the_sweeper_names_each_connection_once_and_only_those_with_something_due():
    accepted(a_run(a_project(), documents=2))
    a_job()
    assert sweeper.connections_to_poll() == (("echo", None),)
    Job.objects.filter(status=Status.RUNNING).update(next_action_at=in_seconds(60))
    assert sweeper.connections_to_poll() == ()


def test_what_was_sent_and_accepted_twice_under_one_key_is_one_document_at_the_provider(settings):
    job = a_job(version=a_version(a_project(), provider_options={"waits": 1}))
    pipeline.run(job.pk)
    first = Submission.objects.get().remote_id
    # The acceptance was lost with its worker: the next attempt sends the same key.
    Submission.objects.update(remote_id=None, accepted_at=None)
    Job.objects.update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))
    sweeper.sweep()
    Job.objects.update(next_action_at=Now())
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.attempt, job.submission.remote_id, Submission.objects.count()) == (2, first, 1)


def test_a_cancelled_acceptance_is_taken_back_at_the_provider(monkeypatch):
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)

    class CancelledWhileSending(ScriptedProvider):
        def submit(self, request):
            states.cancel(Job.objects.get(), by=None)
            return super().submit(request)

    provider = install(monkeypatch, CancelledWhileSending(answer=Accepted(remote_id="r1")))
    with pytest.raises(states.LostRaceError):
        pipeline._work(job, lease_seconds=60)
    assert provider.cancelled == ["r1"]
    assert Submission.objects.get().remote_id == "r1"
