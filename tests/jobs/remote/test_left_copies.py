"""Nothing of an erased document stays at a vendor, whatever went wrong on the way there: against the stand-in."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from jobs import erasure, pipeline, states, tasks
from jobs.models import Job, Poller, RemoteCopy, Status
from jobs.remote import circuits, copies, health
from jobs.standins import running_standin
from jobs.standins.vendor import project_of
from tests.support.factories import a_connection, a_job, a_member, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def standin():
    with running_standin("llamacloud") as standin:
        yield standin


@pytest.fixture
def project():
    return a_project()


@pytest.fixture(params=["llamacloud_v2", "llamacloud_v1"])
def connection(request, project, standin):
    return a_connection(project, request.param, base_url=standin.base_url, secret=standin.key)


@pytest.fixture
def job(project, connection) -> Job:
    return a_job(project, version=a_version(project, provider=connection.provider, connection=connection))


def attempt(job: Job) -> None:
    Job.objects.filter(pk=job.pk, status=Status.PENDING).update(next_action_at=Now())
    pipeline.run(job.pk)


def fail_and_retry(job: Job) -> None:
    Job.objects.filter(pk=job.pk).exclude(status=Status.FAILED).update(
        status=Status.FAILED, client_status=Status.FAILED, finished_at=Now(), next_action_at=None, lease_until=None
    )
    job.refresh_from_db()
    states.retry(job, by=a_member(job.project))


def erase(job: Job) -> None:
    job.refresh_from_db()
    erasure.erase_document(job.document, by=a_member(job.project))


def tidy(connection) -> None:
    Poller.objects.all().delete()
    for _round in range(2):  # what the first finds under a key is removed by the second
        tasks.tidy_copies(connection.pk)


def files(standin) -> int:
    return len(standin.store.documents(project_of(standin.key)))


def jobs_of(standin) -> int:
    return len(standin.store._jobs)


def keeps_jobs(connection) -> bool:
    return connection.provider == "llamacloud_v1"  # whose API deletes none


def test_the_job_of_an_earlier_submission_goes_with_the_last_one(standin, connection, job):
    attempt(job)
    fail_and_retry(job)
    attempt(job)
    assert len(standin.accepted) == 2
    erase(job)
    tidy(connection)
    assert files(standin) == 0
    assert jobs_of(standin) == (2 if keeps_jobs(connection) else 0)
    assert health.of(connection).copies_left == 0


def test_a_copy_whose_arrival_nobody_confirmed_is_found_by_its_key(standin, connection, job):
    standin.faults.next("reset_after", on="upload")
    attempt(job)
    attempt(job)
    assert files(standin) == 2
    erase(job)
    tidy(connection)
    assert files(standin) == 0


def test_a_job_that_was_made_without_an_answer_is_found_by_its_key(standin, connection, job):
    Job.objects.update(attempt_limit=1)
    standin.faults.next("reset_after", on="submit")
    attempt(job)
    fail_and_retry(job)
    attempt(job)
    assert len(standin.accepted) == 2
    erase(job)
    tidy(connection)
    assert files(standin) == 0
    assert jobs_of(standin) == (2 if keeps_jobs(connection) else 0)


def test_a_vendor_that_is_away_is_asked_until_all_is_gone(standin, connection, job):
    attempt(job)
    erase(job)
    standin.faults.next("503", count=9)
    tidy(connection)
    left = health.of(connection).copies_left
    assert left == RemoteCopy.objects.count() > 0
    standin.faults.stop()
    circuits.mend(connection)
    tidy(connection)
    assert files(standin) == 0
    assert health.of(connection).copies_left == 0


def test_what_was_never_sent_is_not_looked_for(standin, connection, job):
    erase(job)
    assert copies.connections_to_tidy() == ()
    assert not RemoteCopy.objects.exists()


def test_what_was_sent_once_and_answered_is_not_looked_for(standin, connection, job):
    attempt(job)
    Job.objects.update(status=Status.COMPLETED, client_status=Status.COMPLETED, finished_at=Now(), next_action_at=None)
    erase(job)
    assert not RemoteCopy.objects.filter(kind=RemoteCopy.Kind.KEY).exists()
