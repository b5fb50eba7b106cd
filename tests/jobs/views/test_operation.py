"""Stuck: what waits for somebody to act on the machine."""

from __future__ import annotations

import pytest

from classifyhub.clock import in_seconds
from jobs import pipeline, tasks
from jobs.models import Job, Reason, Status
from jobs.providers.base import Accepted, UnavailableError
from tests.support.factories import a_connection, a_job, a_version
from tests.support.forms import form_to
from tests.support.providers import ScriptedProvider, install

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(project, admin, monkeypatch):
    """A job that the provider may or may not have, and the provider."""
    broken = UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None)
    provider = install(monkeypatch, ScriptedProvider(answer=broken))
    connection = a_connection(project, "unsiloed")
    job = a_job(project, by=admin, version=a_version(project, provider="unsiloed", connection=connection))
    pipeline.run(job.pk)
    return job, provider


def test_nothing_stuck_is_said(client, url):
    assert b"Nothing is stuck" in client.get(url("stuck")).content


def test_every_kind_is_listed_with_its_document(client, url, project, admin, unknown):
    unclaimed, overdue = a_job(project, by=admin), a_job(project, by=admin)
    Job.objects.filter(pk__in=[unclaimed.pk, overdue.pk]).update(next_action_at=in_seconds(-400))
    Job.objects.filter(pk=overdue.pk).update(
        status=Status.RUNNING, client_status=Status.RUNNING, started_at=in_seconds(-400)
    )
    page = client.get(url("stuck"))
    assert [list(page.context[name]) for name in ("unknown_jobs", "unclaimed", "overdue")] == [
        [unknown[0]],
        [unclaimed],
        [overdue],
    ]


def test_looking_again_fetches_what_the_provider_has(client, url, unknown):
    job, provider = unknown
    form = form_to(client.get(url("stuck")), url("stuck_look", job.uid))
    asking = form.send(client).content
    assert b"Asking the provider" in asking
    assert b"every 2s" in asking
    assert url("stuck_resubmit", job.uid).encode() not in asking  # it may yet turn up
    tasks.look_again(job.pk)
    shown = client.get(url("stuck")).content
    assert b"does not show it" in shown
    assert b"Asking" not in shown
    assert b"every 2s" not in shown
    provider.found = Accepted(remote_id="r1")
    form.send(client)
    tasks.look_again(job.pk)
    assert b"Nothing is stuck" in client.get(url("stuck")).content
    assert form.send(client).status_code == 404  # it is not unknown any more
    job.refresh_from_db()
    assert (job.status, job.submission_number) == (Status.RUNNING, 1)


def test_a_provider_is_asked_once_however_often_it_is_pressed(client, url, unknown, monkeypatch):
    job, _provider = unknown
    sent = []
    monkeypatch.setattr(tasks, "send", lambda *message: sent.append(message) or True)
    form = form_to(client.get(url("stuck")), url("stuck_look", job.uid))
    form.send(client)
    form.send(client)
    assert sent == [(tasks.look_again, job.pk)]


def test_nobody_is_asked_while_the_queue_cannot_be_reached(client, url, unknown, monkeypatch):
    job, _provider = unknown
    monkeypatch.setattr(tasks, "send", lambda *_message: False)
    shown = form_to(client.get(url("stuck")), url("stuck_look", job.uid)).send(client).content
    assert b"The queue cannot be reached right now" in shown
    assert b"Asking" not in shown


def test_submitting_again_takes_the_next_number_and_twice_does_no_harm(client, url, unknown):
    job, _provider = unknown
    form = form_to(client.get(url("stuck")), url("stuck_resubmit", job.uid))
    form.send(client)
    assert form.send(client).status_code == 404
    job.refresh_from_db()
    assert (job.status, job.submission_number) == (Status.PENDING, 2)


def test_what_is_looked_for_in_one_tab_is_not_submitted_again_from_another(client, url, unknown):
    job, _provider = unknown
    page = client.get(url("stuck"))
    form_to(page, url("stuck_look", job.uid)).send(client)
    assert b"is being asked" in form_to(page, url("stuck_resubmit", job.uid)).send(client).content
    tasks.look_again(job.pk)
    form_to(page, url("stuck_resubmit", job.uid)).send(client)
    job.refresh_from_db()
    assert (job.status, job.submission_number) == (Status.PENDING, 2)


def test_only_what_is_unknown_is_submitted_again_from_here(press, url, project, admin):
    job = a_job(project, by=admin)
    for name in ("stuck_look", "stuck_resubmit"):
        assert press(url(name, job.uid)).status_code == 404


def test_late_messages_are_sent_again(client, url, project, admin):
    job = a_job(project, by=admin)
    Job.objects.filter(pk=job.pk).update(next_action_at=in_seconds(-400))
    form = form_to(client.get(url("stuck")), url("stuck_enqueue"))
    assert b"Queued 1 again" in form.send(client).content
