"""Where a job goes: to the connection of its version, or to the fallback while that one cannot serve."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from classifyhub.clock import in_seconds
from classifyhub.engine.model import Answer
from jobs import pipeline
from jobs.models import ConnectionDay, Job, JobEvent, Reason, Result, Status, Submission
from jobs.providers.base import Call, HeldBackError, MisconfiguredError, Reply, UnavailableError
from jobs.remote import circuits, health, routing
from tests.support.factories import a_connection, a_job, a_project, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DOWN = Call(verb="GET", seconds=0.1, reason="unavailable", said="503")
REPLY = Reply(answer=Answer(type="Invoice", confidence=0.9, reasoning=""), credits=3.0)


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def main(project):
    return a_connection(project, "llamacloud_v2", name="main")


@pytest.fixture
def spare(project):
    return a_connection(project, "landingai", name="spare")


def a_job_with_fallback(project, main, spare) -> Job:
    version = a_version(
        project,
        provider=main.provider,
        connection=main,
        fallback_provider=spare.provider if spare else "local",
        fallback_connection=spare,
    )
    return a_job(project, version=version)


def break_down(connection) -> None:
    for _ in range(circuits.FAILURES):
        circuits.note(connection, DOWN)


def run_now(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(next_action_at=in_seconds(-1))
    pipeline.run(job.pk)
    return Job.objects.select_related("submission").get(pk=job.pk)


def test_a_job_goes_where_its_version_says(project, main, spare):
    assert routing.choose(a_job_with_fallback(project, main, spare)) == routing.Route("llamacloud_v2", main)


def test_while_it_is_down_jobs_go_to_the_fallback_and_back_once_it_is_mended(project, main, spare):
    job = a_job_with_fallback(project, main, spare)
    break_down(main)
    assert routing.choose(job).connection == spare
    circuits.mend(main)
    assert routing.choose(job).connection == main


def test_without_a_fallback_a_job_waits_for_its_connection(project, main):
    job = a_job(project, version=a_version(project, provider=main.provider, connection=main))
    break_down(main)
    assert routing.choose(job).connection == main


def test_the_answer_says_who_gave_it(project, main, spare, monkeypatch):
    install(monkeypatch, ScriptedProvider(answer=REPLY))
    break_down(main)
    job = run_now(a_job_with_fallback(project, main, spare))
    assert job.status == Status.COMPLETED
    assert Result.objects.get().provider == "landingai"
    assert job.submission.connection == spare


def test_the_local_engine_can_be_the_fallback_and_says_so(project, main):
    break_down(main)
    job = run_now(a_job_with_fallback(project, main, None))
    assert job.status == Status.COMPLETED
    assert Result.objects.get().provider == "local"


def test_a_refused_key_lets_the_job_try_the_fallback(project, main, spare, monkeypatch):
    provider = ScriptedProvider(answer=MisconfiguredError("401", reason=Reason.BAD_CREDENTIALS))
    install(monkeypatch, provider)
    job = run_now(a_job_with_fallback(project, main, spare))
    assert (job.status, job.reason) == (Status.PENDING, Reason.BAD_CREDENTIALS)
    circuits.note(main, Call(verb="POST", seconds=0.1, reason="bad_credentials", said="401"))
    provider.answer = REPLY
    assert run_now(job).submission.connection == spare


def test_a_document_that_the_provider_may_have_stays_with_it(project, main, spare, monkeypatch):
    provider = ScriptedProvider(answer=UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None))
    install(monkeypatch, provider)
    job = run_now(a_job_with_fallback(project, main, spare))
    assert job.submission.is_uncertain
    break_down(main)
    assert routing.choose(job).connection == main


def test_a_document_that_was_certainly_not_taken_may_go_elsewhere(project, main, spare, monkeypatch):
    provider = ScriptedProvider(answer=UnavailableError("refused", reason=Reason.UNAVAILABLE, was_sent=False))
    install(monkeypatch, provider)
    job = run_now(a_job_with_fallback(project, main, spare))
    assert not job.submission.is_uncertain
    break_down(main)
    provider.answer = REPLY
    assert run_now(job).submission.connection == spare
    assert Submission.objects.count() == 2


def test_a_doubt_from_an_earlier_attempt_is_not_lifted_by_a_later_refusal(project, main, spare, monkeypatch):
    provider = ScriptedProvider(answer=UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None))
    install(monkeypatch, provider)
    job = run_now(a_job_with_fallback(project, main, spare))
    provider.answer = UnavailableError("busy", reason=Reason.UNAVAILABLE, was_sent=False)
    job = run_now(job)
    assert job.submission.is_uncertain
    assert Submission.objects.count() == 1


class TestBudget:
    def spend(self, connection, amount) -> None:
        ConnectionDay.objects.create(connection=connection, day=timezone.now().date(), credits=Decimal(amount))

    def test_a_connection_over_its_daily_cap_is_passed_over(self, project, main, spare):
        main.daily_cap = 10
        main.save()
        self.spend(main, 10)
        assert routing.choose(a_job_with_fallback(project, main, spare)).connection == spare

    def test_without_a_fallback_the_job_waits_for_the_next_day(self, project, main):
        main.daily_cap = 10
        main.save()
        self.spend(main, 11)
        job = a_job(project, version=a_version(project, provider=main.provider, connection=main))
        with pytest.raises(HeldBackError, match="budget") as caught:
            routing.choose(job)
        assert 0 < caught.value.retry_after <= 86_400
        job = run_now(job)
        assert (job.status, job.reason, job.attempt) == (Status.PENDING, Reason.OUT_OF_CREDIT, 1)
        assert "held back" in JobEvent.objects.filter(job=job).latest("pk").note

    def test_what_is_under_way_counts_and_is_put_right_by_the_answer(self, project, main, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=REPLY))
        job = a_job(project, version=a_version(project, provider=main.provider, connection=main))
        job.document.page_count = 2
        job.document.save()
        run_now(job)
        day = ConnectionDay.objects.get()
        assert (day.jobs, day.credits) == (1, Decimal(3))  # two pages at one credit, said to be three
        assert health.of(main).credits_this_month == Decimal(3)

    def test_what_the_provider_did_not_take_costs_nothing(self, project, main, monkeypatch):
        install(monkeypatch, ScriptedProvider(answer=UnavailableError("no", reason=Reason.UNAVAILABLE)))
        run_now(a_job(project, version=a_version(project, provider=main.provider, connection=main)))
        assert ConnectionDay.objects.get().credits == 0


def test_a_version_without_its_connection_is_misconfigured(project):
    job = a_job(project, version=a_version(project, provider="landingai"))
    with pytest.raises(MisconfiguredError, match="no connection"):
        routing.choose(job)


@pytest.mark.parametrize("removed", ["main", "spare"])
def test_a_removed_connection_is_no_route_and_takes_none_from_the_other(project, main, spare, removed):
    gone, left = (main, spare) if removed == "main" else (spare, main)
    gone.archived_at = timezone.now()
    gone.save()
    assert routing.choose(a_job_with_fallback(project, main, spare)).connection == left


def test_where_both_were_removed_the_job_says_so(project, main, spare):
    for connection in (main, spare):
        connection.archived_at = timezone.now()
        connection.save()
    job = run_now(a_job_with_fallback(project, main, spare))
    assert (job.status, job.error_message) == (Status.FAILED, "The connection was removed.")


def test_a_refused_key_is_not_tried_again_for_the_sake_of_a_removed_fallback(project, main, spare, monkeypatch):
    install(monkeypatch, ScriptedProvider(answer=MisconfiguredError("401", reason=Reason.BAD_CREDENTIALS)))
    spare.archived_at = timezone.now()
    spare.save()
    assert run_now(a_job_with_fallback(project, main, spare)).status == Status.FAILED
