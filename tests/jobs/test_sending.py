"""The way out: what is written before and after a call, for one document and for hundreds in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import pytest
from django.db import connection as database
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifyhub.clock import in_seconds
from classifyhub.engine.model import Answer
from jobs import pipeline, polling, providers_registry, resolving, sending, states, sweeper, tasks, withdrawing
from jobs.models import ConnectionDay, Job, Reason, RemoteCopy, Status, Submission
from jobs.providers.base import (
    Accepted,
    HeldBackError,
    MisconfiguredError,
    ProviderError,
    RejectedError,
    Reply,
    Request,
    UnavailableError,
)
from jobs.remote import copies, routing, usage
from jobs.standins import running_standin
from jobs.storage import document_path
from tests.support.factories import a_connection, a_job, a_member, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

BUSY = UnavailableError("503", reason=Reason.UNAVAILABLE, was_sent=False)
BROKEN = UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None)
ODD = RejectedError("This one is odd.", reason=Reason.REJECTED)
WRONG_KEY = MisconfiguredError("401", reason=Reason.BAD_CREDENTIALS)
REPLY = Reply(answer=Answer(type="Invoice", confidence=0.9, reasoning=""), credits=3.0)


class Carrier(ScriptedProvider):
    """One that takes hundreds at once: it sends each up, then makes one job of them. ``refuses`` gives what it refuses
    by place; ``meanwhile`` happens while they go up."""

    def __init__(
        self,
        *,
        refuses: Mapping[int, ProviderError] | None = None,
        meanwhile: Callable[[], object] = lambda: None,
        **options,
    ) -> None:
        super().__init__(**{"answer": Accepted(remote_id="group-1")} | options)
        self.refuses, self.meanwhile = refuses or {}, meanwhile
        self.groups: list[list[str]] = []

    def submit_group(self, requests: Sequence[Request]) -> Accepted:
        self.groups.append([one.idempotency_key for one in requests])
        for place, request in enumerate(requests):
            request.note_upload(f"copy-{len(self.groups)}-{place}")
        self.meanwhile()
        accepted = self.submit(requests[0])
        refused = {requests[place].idempotency_key: error for place, error in self.refuses.items()}
        return Accepted(remote_id=accepted.remote_id, refused=refused)


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def connection(project):
    return a_connection(project, "llamacloud_v1")


def a_group(project, connection, *, documents: int = 3, **fields) -> list[Job]:
    version = a_version(project, provider=connection.provider, connection=connection, **fields)
    return list(a_run(project, version=version, documents=documents).jobs.order_by("pk"))


def again(*jobs: Job) -> list[Job]:
    return list(Job.objects.select_related("submission").filter(pk__in=[job.pk for job in jobs]).order_by("pk"))


def states_of(*jobs: Job) -> list[tuple[str, str]]:
    return [(job.status, job.reason) for job in again(*jobs)]


def cancel(job: Job) -> None:
    states.cancel(Job.objects.get(pk=job.pk), by=None)


def sweep_and_settle() -> None:
    for submission_id in sweeper.sweep().doubts:
        tasks.settle_doubt(submission_id)


def lose_worker() -> None:
    Job.objects.filter(status=Status.RUNNING).update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))


WAITS = (Status.RUNNING, Reason.WAITING)
IN_DOUBT = (Status.FAILED, Reason.OUTCOME_UNKNOWN)


class TestAGroup:
    def test_all_that_is_due_under_a_version_goes_out_in_one_call(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        other_version = a_job(project, version=a_version(project, provider="llamacloud_v1", connection=connection))
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        assert [len(group) for group in carrier.groups] == [3]
        assert states_of(*jobs) == [WAITS] * 3
        assert Submission.objects.get().remote_id == "group-1"
        assert other_version.status == Status.PENDING
        assert set(copies.known(jobs, connection)) == {job.pk for job in jobs}

    def test_what_the_provider_refuses_fails_alone(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        install(monkeypatch, Carrier(refuses={1: ODD}))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [WAITS, (Status.FAILED, Reason.REJECTED), WAITS]
        assert [job.submission is not None for job in again(*jobs)] == [True, False, True]

    def test_one_whose_bytes_are_gone_fails_alone(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        document_path(jobs[1].document).unlink()
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        assert [len(group) for group in carrier.groups] == [2]
        assert states_of(*jobs) == [WAITS, (Status.FAILED, Reason.UNREADABLE), WAITS]

    def test_where_all_bytes_are_gone_nothing_is_sent(self, project, connection, monkeypatch):
        jobs = a_group(project, connection, documents=2)
        for job in jobs:
            document_path(job.document).unlink()
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        assert not carrier.groups
        assert not Submission.objects.exists()
        assert jobs[0].run.jobs.filter(status=Status.FAILED).count() == 2

    def test_one_that_is_cancelled_before_the_intent_does_not_keep_the_others(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        carrier = install(monkeypatch, Carrier())
        monkeypatch.setattr(
            sending, "_requests_for", lambda *given, plain=sending._requests_for: (cancel(jobs[1]), plain(*given))[1]
        )
        pipeline.run(jobs[0].pk)
        assert [len(group) for group in carrier.groups] == [2]
        assert states_of(*jobs) == [WAITS, (Status.CANCELLED, Reason.CANCELLED), WAITS]

    def test_one_that_is_cancelled_while_it_goes_up_stays_cancelled(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        install(monkeypatch, Carrier(meanwhile=lambda: cancel(jobs[2])))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [WAITS, WAITS, (Status.CANCELLED, Reason.CANCELLED)]

    def test_a_provider_that_is_busy_gets_all_of_them_again_and_nothing_is_billed(
        self, project, connection, monkeypatch
    ):
        jobs = a_group(project, connection)
        carrier = install(monkeypatch, Carrier(answer=BUSY))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [(Status.PENDING, Reason.UNAVAILABLE)] * 3
        assert {job.submission for job in again(*jobs)} == {None}
        day = ConnectionDay.objects.get()
        assert (day.jobs, day.credits) == (0, 0)
        carrier.answer = Accepted(remote_id="group-2")
        Job.objects.update(next_action_at=Now())
        pipeline.run(jobs[2].pk)
        assert states_of(*jobs) == [WAITS] * 3
        assert ConnectionDay.objects.get().jobs == 3

    def test_a_connection_that_breaks_leaves_all_of_them_in_doubt(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        install(monkeypatch, Carrier(answer=BROKEN))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [IN_DOUBT] * 3
        assert ConnectionDay.objects.get().jobs == 3  # for it may be billed

    def test_a_refused_key_lets_all_of_them_try_the_fallback(self, project, connection, monkeypatch):
        jobs = a_group(project, connection, fallback_provider="local")
        install(monkeypatch, Carrier(answer=WRONG_KEY))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [(Status.PENDING, Reason.BAD_CREDENTIALS)] * 3

    def test_a_mistake_of_ours_gives_none_of_them_up(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        monkeypatch.setattr(sending, "send_group", a_mistake)
        monkeypatch.setattr(providers_registry, "build", lambda route, job: Carrier())
        with pytest.raises(ZeroDivisionError):
            pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [(Status.PENDING, Reason.INTERNAL)] * 3

    @pytest.mark.parametrize(
        ("found", "left"), [(Accepted(remote_id="group-1"), WAITS), (None, IN_DOUBT)], ids=["it has it", "it has not"]
    )
    def test_a_lost_group_is_looked_up_once_for_all(self, project, connection, monkeypatch, found, left):
        jobs = a_group(project, connection)
        carrier = install(monkeypatch, Carrier(found=found))
        held = [states.claim(job.pk, worker="dead", lease_seconds=60) for job in jobs]
        sending.write_intent(held, routing.route_of(held[0]), lease_seconds=60)
        lose_worker()
        sweep_and_settle()
        assert carrier.looked_up == [f"{jobs[0].uid}-1"]
        assert states_of(*jobs) == [left] * 3

    def test_every_document_that_has_gone_up_holds_all_of_them_for_longer(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        nearly_over, seen = in_seconds(1), []
        carrier = Carrier(meanwhile=lambda: seen.extend(Job.objects.values_list("lease_until", flat=True)))
        plain = states.renew_all

        def renew_late(submission, **options):
            Job.objects.update(lease_until=nearly_over)
            plain(submission, **options)

        monkeypatch.setattr(sending, "RENEW_SECONDS", 0)
        monkeypatch.setattr(states, "renew_all", renew_late)
        install(monkeypatch, carrier)
        pipeline.run(jobs[0].pk, lease_seconds=pipeline.CALL_LEASE_SECONDS)
        assert min((until - timezone.now()).total_seconds() for until in seen) > pipeline.CALL_LEASE_SECONDS - 30

    def test_what_the_vendor_took_from_a_worker_that_was_given_up_is_found_by_looking_again(
        self, project, connection, monkeypatch
    ):
        jobs = a_group(project, connection, documents=2)

        def give_up():
            lose_worker()
            sweep_and_settle()

        install(monkeypatch, Carrier(meanwhile=give_up))
        pipeline.run(jobs[0].pk)
        assert states_of(*jobs) == [IN_DOUBT] * 2
        assert all(resolving.look_again(job) for job in again(*jobs))
        assert states_of(*jobs) == [WAITS] * 2

    def test_the_credits_of_a_group_are_those_of_all_its_answers(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        carrier.polled = {"group-1": REPLY}
        Job.objects.update(next_action_at=Now())
        polling.poll_batch(polling.waiting_jobs("llamacloud_v1", connection.pk))
        assert {status for status, _reason in states_of(*jobs)} == {Status.COMPLETED}
        assert Submission.objects.get().credits == 9
        assert ConnectionDay.objects.get().credits == 9

    def test_a_job_of_a_group_costs_at_most_twenty_queries(self, project, connection, monkeypatch):
        jobs = a_group(project, connection, documents=20)
        install(monkeypatch, Carrier())
        with CaptureQueriesContext(database) as queries:
            pipeline.run(jobs[0].pk)
        assert len([one for one in queries if "SAVEPOINT" not in one["sql"]]) <= 20 * len(jobs)


def a_mistake(*_given, **_options):
    raise ZeroDivisionError


def test_a_document_sent_over_the_wire_costs_at_most_twenty_queries(project):
    with running_standin("llamacloud", key="llx-test") as standin:
        connection = a_connection(project, "llamacloud_v2", base_url=standin.url, secret="llx-test")
        first, second = a_group(project, connection, documents=2)
        pipeline.run(first.pk)  # makes the day's row
        with CaptureQueriesContext(database) as queries:
            pipeline.run(second.pk)
    asked = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
    assert states_of(second) == [WAITS]
    assert len(asked) <= 20, "\n".join(asked)


class TestTwice:
    """No document is sent a second time to a provider that would not know it again."""

    @pytest.fixture
    def job(self, project) -> Job:
        connection = a_connection(project, "unsiloed")
        return a_job(project, version=a_version(project, provider="unsiloed", connection=connection))

    def test_a_mistake_of_ours_after_a_first_attempt_that_was_refused(self, job, monkeypatch):
        provider = install(monkeypatch, ScriptedProvider(answer=BUSY))
        pipeline.run(job.pk)
        provider.answer = ZeroDivisionError()
        Job.objects.update(next_action_at=Now())
        with pytest.raises(ZeroDivisionError):
            pipeline.run(job.pk)
        assert states_of(job) == [IN_DOUBT]

    def test_one_in_doubt_that_is_queued_again_all_the_same(self, job, monkeypatch):
        provider = install(monkeypatch, ScriptedProvider(answer=BROKEN))
        held = states.claim(job.pk, worker="one", lease_seconds=60)
        sending.write_intent([held], routing.route_of(held), lease_seconds=60)
        states.postpone(held, reason=Reason.WORKER_LOST)
        Job.objects.update(next_action_at=Now())
        pipeline.run(job.pk)
        assert (provider.submitted, states_of(job)) == ([], [IN_DOUBT])

    def test_an_answer_that_cannot_be_stored_is_billed_once(self, job, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="job-1"), polled={"job-1": REPLY}))
        pipeline.run(job.pk)
        monkeypatch.setattr(pipeline, "_store", a_mistake)
        waiting = Job.objects.select_related(*states.RELATED).get()
        with pytest.raises(ZeroDivisionError):
            pipeline.store_reply(waiting, REPLY)
        monkeypatch.undo()
        pipeline.store_reply(waiting, REPLY)
        assert (Submission.objects.get().credits, ConnectionDay.objects.get().credits) == (3, 3)

    def test_an_answer_that_comes_too_late_is_billed_all_the_same(self, job, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="job-1")))
        pipeline.run(job.pk)
        waiting = Job.objects.select_related(*states.RELATED).get()
        cancel(job)
        with pytest.raises(states.LostRaceError):
            pipeline.store_reply(waiting, REPLY)
        assert (Submission.objects.get().credits, ConnectionDay.objects.get().credits) == (3, 3)

    def test_whoever_recovers_a_job_whose_storing_was_undone_finds_it_running(self, job, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="job-1")))
        pipeline.run(job.pk)
        waiting = Job.objects.select_related(*states.RELATED).get()
        monkeypatch.setattr("jobs.outcomes.build_result", a_mistake)
        with pytest.raises(ZeroDivisionError):
            pipeline.store_reply(waiting, REPLY)
        states.fail(waiting, reason=Reason.INTERNAL)
        assert states_of(job) == [(Status.FAILED, Reason.INTERNAL)]


class TestBudget:
    def test_a_group_is_as_large_as_the_budget(self, project, connection, monkeypatch):
        connection.daily_cap = 2
        connection.save()
        jobs = a_group(project, connection, documents=4)
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        assert [len(group) for group in carrier.groups] == [2]
        assert states_of(*jobs) == [WAITS] * 2 + [(Status.PENDING, Reason.OUT_OF_CREDIT)] * 2

    def test_whoever_comes_second_to_the_last_credit_waits(self, project, connection):
        connection.daily_cap = 1
        connection.save()
        first, second = a_group(project, connection, documents=2)
        usage.reserve(connection, first)
        with pytest.raises(HeldBackError, match="budget"):
            usage.reserve(connection, second)
        assert ConnectionDay.objects.get().jobs == 1

    def test_an_answer_after_midnight_puts_yesterday_right(self, project, connection):
        [job] = a_group(project, connection, documents=1)
        yesterday = timezone.now() - timezone.timedelta(days=1)
        ConnectionDay.objects.create(connection=connection, day=yesterday.date(), jobs=1, credits=1)
        job.submission = Submission(intent_at=yesterday)
        usage.settle(connection, job, Decimal(5))
        assert ConnectionDay.objects.get().credits == 5


class TestCancelled:
    def test_the_provider_is_told_once_for_what_nobody_waits_for(self, project, monkeypatch):
        connection = a_connection(project, "llamacloud_v2")
        job = a_job(project, version=a_version(project, provider=connection.provider, connection=connection))
        provider = install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="job-1")))
        pipeline.run(job.pk)
        cancel(job)
        assert withdrawing.withdraw(job.run_id) is False
        assert withdrawing.withdraw(job.run_id) is False
        assert provider.cancelled == ["job-1"]

    def test_a_group_goes_on_for_those_that_are_still_wanted(self, project, connection, monkeypatch):
        jobs = a_group(project, connection)
        carrier = install(monkeypatch, Carrier())
        pipeline.run(jobs[0].pk)
        cancel(jobs[0])
        withdrawing.withdraw(jobs[0].run_id)
        assert carrier.cancelled == []
        assert Submission.objects.get().closed_at is None

    def test_a_provider_that_does_not_answer_ends_it(self, project, monkeypatch):
        connection = a_connection(project, "llamacloud_v2")
        job = a_job(project, version=a_version(project, provider=connection.provider, connection=connection))
        provider = install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="job-1")))
        pipeline.run(job.pk)
        cancel(job)
        monkeypatch.setattr(provider, "cancel", refuse)
        assert withdrawing.withdraw(job.run_id) is False
        assert Submission.objects.get().closed_at is None

    def test_one_cancelled_while_it_was_sent_is_taken_back_with_its_copy(self, project, monkeypatch):
        connection = a_connection(project, "llamacloud_v2", options={"deletes_copies": True})
        job = a_job(project, version=a_version(project, provider=connection.provider, connection=connection))

        class Slow(ScriptedProvider):
            def submit(self, request):
                request.note_upload("copy-1")
                cancel(job)
                return super().submit(request)

        provider = install(monkeypatch, Slow(answer=Accepted(remote_id="job-1")))
        pipeline.run(job.pk)
        assert provider.cancelled == ["job-1"]
        assert [copy.wanted_gone for copy in RemoteCopy.objects.all()] == [True, True]
        assert Submission.objects.get().remote_id == "job-1"


def refuse(_remote_id: str) -> None:
    raise BUSY


def test_a_person_may_send_again_what_is_in_doubt(project, connection, monkeypatch):
    jobs = a_group(project, connection, documents=2)
    carrier = install(monkeypatch, Carrier(answer=BROKEN))
    pipeline.run(jobs[0].pk)
    carrier.answer = Accepted(remote_id="group-2")
    states.retry(Job.objects.get(pk=jobs[0].pk), by=a_member(project))
    pipeline.run(jobs[0].pk)
    assert carrier.groups[-1] == [f"{jobs[0].uid}-2"]
    assert states_of(*jobs) == [WAITS, IN_DOUBT]
