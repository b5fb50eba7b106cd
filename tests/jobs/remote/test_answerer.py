"""A run and a document say who answered when it was the fallback, and why."""

from __future__ import annotations

import pytest
from django.urls import reverse

from classifyhub.accounts.models import Role
from classifyhub.clock import in_seconds
from classifyhub.engine.model import Answer
from jobs import pipeline
from jobs.models import Job, Reason
from jobs.providers.base import Call, MisconfiguredError, Reply
from jobs.remote import answerer, circuits
from tests.support.factories import a_connection, a_member, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = pytest.mark.django_db

REPLY = Reply(answer=Answer(type="Invoice", confidence=0.9, reasoning=""), credits=3.0)


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def main(project):
    return a_connection(project, "llamacloud_v2", name="Mail room")


def a_document_of(project, main, **fields) -> Job:
    """One document under a version that goes to ``main`` first."""
    return a_run(project, version=a_version(project, provider=main.provider, connection=main, **fields)).jobs.get()


def answered(job: Job, monkeypatch) -> Job:
    """The same, worked until it is answered."""
    install(monkeypatch, ScriptedProvider(answer=REPLY))
    return worked(job)


def worked(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(next_action_at=in_seconds(-1))
    pipeline.run(job.pk)
    return Job.objects.select_related("version", "run", "project").get(pk=job.pk)


def break_down(connection) -> None:
    for _ in range(circuits.FAILURES):
        circuits.note(connection, Call(verb="GET", seconds=0.1, reason="unavailable", said="503"))


def pages(job: Job, client) -> tuple[str, str]:
    client.force_login(a_member(job.project, Role.REVIEWER))
    addresses = (reverse("job", args=[job.project.slug, job.uid]), reverse("run", args=[job.project.slug, job.run.uid]))
    return tuple(client.get(address).content.decode() for address in addresses)  # type: ignore[return-value]


def test_the_first_choice_is_not_talked_about(project, main, monkeypatch, client):
    job = answered(a_document_of(project, main, fallback_provider="local"), monkeypatch)
    assert (answerer.tell(job, job.result), answerer.tell_run(job.run)) == ("", "")
    document, run = pages(job, client)
    assert "Answered by" not in document
    assert "the fallback" not in run


def test_the_fallback_is_named_with_the_connection_that_was_down(project, main, monkeypatch, client):
    break_down(main)
    job = answered(a_document_of(project, main, fallback_provider="local"), monkeypatch)
    said = "Answered by Local engine: Mail room was down or out of budget."
    assert answerer.tell(job, job.result) == said
    document, run = pages(job, client)
    assert said in document
    assert "1 answered by the fallback, Local engine." in run


def test_what_the_first_choice_said_to_this_document_is_the_cause(project, main, monkeypatch):
    spare = a_connection(project, "llamacloud_v2", name="Spare")
    install(monkeypatch, ScriptedProvider(answer=MisconfiguredError("401", reason=Reason.BAD_CREDENTIALS)))
    fields = {"fallback_provider": spare.provider, "fallback_connection": spare}
    refused = worked(a_document_of(project, main, **fields))
    circuits.note(main, Call(verb="POST", seconds=0.1, reason="bad_credentials", said="401"))
    job = answered(refused, monkeypatch)
    assert answerer.tell(job, job.result) == "Answered by Spare: Mail room refused the key."
    assert answerer.tell_run(job.run) == "1 answered by the fallback, Spare."


def test_without_a_fallback_nobody_else_can_have_answered(project, main, monkeypatch):
    job = answered(a_document_of(project, main), monkeypatch)
    assert (answerer.tell(job, job.result), answerer.tell_run(job.run)) == ("", "")
