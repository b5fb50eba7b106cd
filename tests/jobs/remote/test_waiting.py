"""Jobs that their connection keeps back: they lose nothing but time, and come back by themselves."""

from __future__ import annotations

import pytest
from django.utils import timezone

from classifyhub.clock import in_seconds
from jobs import pipeline, states, sweeper, tasks
from jobs.models import Job, JobEvent, Reason, Status
from jobs.providers.base import HeldBackError
from jobs.remote import limits
from tests.support.factories import a_connection, a_job, a_project, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def messages(monkeypatch):
    """What would be sent: ``(task, arguments, options)``."""
    sent = []
    monkeypatch.setattr(tasks, "send", lambda task, *given, **options: sent.append((task.name, given, options)))
    return sent


def held_back(seconds: float) -> ScriptedProvider:
    return ScriptedProvider(answer=HeldBackError("Wait.", reason=Reason.RATE_LIMITED, retry_after=seconds))


def a_waiting_job(*, others: int = 0, **numbers) -> Job:
    project = a_project()
    connection = a_connection(project, limits=numbers)
    version = a_version(project, provider=connection.provider, connection=connection)
    for _ in range(others):
        a_job(project, version=version)
    return a_job(project, version=version)


def seconds_left(job: Job) -> float:
    return (Job.objects.get(pk=job.pk).next_action_at - timezone.now()).total_seconds()


def test_waiting_costs_no_attempt_and_leaves_no_doubt(monkeypatch):
    install(monkeypatch, held_back(5))
    job = a_waiting_job()
    for _ in range(states.ATTEMPTS + 2):
        Job.objects.update(next_action_at=in_seconds(-1))
        pipeline.run(job.pk)
    job = Job.objects.select_related("submission").get()
    assert (job.status, job.reason, job.attempt) == (Status.PENDING, Reason.RATE_LIMITED, 1)
    assert not job.submission.is_uncertain
    assert "held back" in JobEvent.objects.latest("pk").note


def test_a_short_wait_is_a_message_and_a_long_one_is_the_sweepers(monkeypatch, messages):
    job = a_waiting_job()
    for seconds, count in ((5, 1), (600, 0)):
        install(monkeypatch, held_back(seconds))
        Job.objects.update(next_action_at=in_seconds(-1))
        tasks.call_job(job.pk)
        assert len(messages) == count
        messages.clear()
    Job.objects.update(next_action_at=in_seconds(-1))
    assert sweeper.sweep().due == ((job.pk, "call"),)


def test_a_message_that_is_on_its_way_is_not_sent_again_by_the_sweeper(monkeypatch, messages):
    install(monkeypatch, held_back(5))
    job = a_waiting_job()
    tasks.call_job(job.pk)
    [(_name, given, options)] = messages
    assert given == (job.pk,)
    assert 4 < options["countdown"] < 8
    Job.objects.update(next_action_at=in_seconds(-1))
    assert sweeper.sweep().due == ()


def test_those_that_wait_together_do_not_come_back_together(monkeypatch):
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    install(monkeypatch, held_back(10))
    for numbers, spread in (({}, 3), ({"calls_per_minute": 60}, 40), ({"calls_at_once": 2}, 11)):
        job = a_waiting_job(others=40, **numbers)
        pipeline.run(job.pk)
        assert seconds_left(job) == pytest.approx(10 + spread, abs=2)


def test_a_document_that_the_limits_keep_back_half_way_is_sent_once_they_allow(monkeypatch):
    job = a_waiting_job(calls_at_once=1)
    connection = job.version.connection

    class Limited(ScriptedProvider):
        def submit(self, request):
            with limits.held(connection):
                return super().submit(request)

    provider = install(monkeypatch, Limited(answer=ZeroDivisionError()))
    with limits.held(connection):
        pipeline.run(job.pk)
    assert provider.submitted == []
    assert Job.objects.get().status == Status.PENDING
