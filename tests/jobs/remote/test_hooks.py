"""Vendors' reports end the waiting early; nothing else can."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from classifyhub.clock import in_seconds
from jobs.models import HookEvent, Job, Reason, Status, Submission
from tests.support.factories import a_connection, a_job, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SECRET = "a secret of this connection"


@pytest.fixture
def connection():
    return a_connection(a_project(), "llamacloud_v2", hook_secret=SECRET)


@pytest.fixture
def job(connection):
    version = a_version(connection.project, provider=connection.provider, connection=connection)
    job = a_job(connection.project, version=version)
    submission = Submission.objects.create(
        project=connection.project,
        provider=connection.provider,
        connection=connection,
        idempotency_key="k",
        remote_id="job-1",
        accepted_at=Now(),
    )
    Job.objects.filter(pk=job.pk).update(
        status=Status.RUNNING,
        client_status=Status.RUNNING,
        reason=Reason.WAITING,
        started_at=Now(),
        submission=submission,
        next_action_at=in_seconds(30),
    )
    return job


def report(job_id: str = "job-1", event: str = "classify.success", event_id: str = "evt-1") -> bytes:
    return json.dumps({"event_id": event_id, "event_type": event, "timestamp": 1.0, "data": {"id": job_id}}).encode()


def post(client, connection, raw: bytes, *, secret: str = SECRET):
    signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    url = reverse("llamacloud_hook", args=[connection.uid])
    return client.post(url, raw, content_type="application/json", headers={"LC-Signature": signature})


def is_due(job) -> bool:
    return Job.objects.filter(pk=job.pk, next_action_at__lte=Now()).exists()


def test_a_genuine_report_makes_the_job_due_at_once(client, connection, job):
    assert post(client, connection, report()).json() == {"taken": True}
    assert is_due(job)


def test_the_same_report_again_does_nothing(client, connection, job):
    post(client, connection, report())
    Job.objects.update(next_action_at=in_seconds(30))
    assert post(client, connection, report()).json() == {"taken": False}
    assert not is_due(job)
    assert HookEvent.objects.count() == 1


@pytest.mark.parametrize("secret", ["another", ""])
def test_a_forged_report_is_refused(client, connection, job, secret):
    assert post(client, connection, report(), secret=secret).status_code == 404
    assert not is_due(job)
    assert not HookEvent.objects.exists()


def test_a_report_about_a_job_that_is_not_ours_is_refused(client, connection, job):
    assert post(client, connection, report("job-2")).status_code == 404
    assert not HookEvent.objects.exists()


def test_a_report_to_another_connection_is_refused_even_when_well_signed(client, connection, job):
    other = a_connection(a_project(), "llamacloud_v2", hook_secret=SECRET)
    assert post(client, other, report()).status_code == 404
    assert not is_due(job)


def test_a_report_to_a_removed_connection_is_refused(client, connection, job):
    connection.archived_at = Now()
    connection.save()
    assert post(client, connection, report()).status_code == 404


def test_a_report_of_progress_changes_nothing(client, connection, job):
    assert post(client, connection, report(event="classify.running")).json() == {"taken": False}
    assert not is_due(job)


@pytest.mark.parametrize("raw", [b"", b"no json", b"[]", b'{"data": {}}', b"x" * 70_000])
def test_a_body_that_reports_nothing_is_refused_in_words(client, connection, job, raw):
    answer = post(client, connection, raw)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_only_reports_can_be_sent_there(client, connection):
    assert client.get(reverse("llamacloud_hook", args=[connection.uid])).status_code == 405
