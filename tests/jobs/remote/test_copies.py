"""What vendors keep of our documents, and how it is removed there."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import erasure, leases, pipeline, providers_registry, states, tasks
from jobs.models import ConnectionState, Document, Job, Poller, Reason, RemoteCopy, Run, Status
from jobs.providers.base import Accepted, Call, Left, ProviderError, RejectedError, Reply, UnavailableError
from jobs.remote import circuits, copies
from rules.models import Connection
from tests.support.factories import a_connection, a_job, a_member, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

AWAY = UnavailableError("503", reason=Reason.UNAVAILABLE)
KEPT_FOR_EVER = RejectedError("403", reason=Reason.REJECTED)


class Vendor(ScriptedProvider):
    """One that keeps a copy of what it is sent, and parts with it unless it has a reason not to."""

    def __init__(self, refusals: dict[str, ProviderError] | None = None, **options) -> None:
        super().__init__(**options)
        self.refusals = refusals or {}
        self.forgotten: list[tuple[str, str]] = []

    def submit(self, request) -> Accepted | Reply:
        request.note_upload("copy-1")
        return super().submit(request)

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        if uploaded in self.refusals:
            raise self.refusals[uploaded]
        self.forgotten.append((remote_id, uploaded))

    def find_left(self, idempotency_key: str, *, between) -> Left:
        return Left()


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def connection(project):
    return a_connection(project, "llamacloud_v2", options={"deletes_copies": True})


@pytest.fixture
def job(project, connection) -> Job:
    return a_job(project, version=a_version(project, provider=connection.provider, connection=connection))


def end(*jobs: Job) -> None:
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        status=Status.FAILED, client_status=Status.FAILED, finished_at=Now(), next_action_at=None
    )


def left_there(wanted_gone: bool = True) -> list[str]:
    rows = RemoteCopy.objects.filter(wanted_gone=wanted_gone, removed_at__isnull=True)
    return list(rows.order_by("pk").values_list("remote_id", flat=True))


def let_go_of(job: Job, connection, *remote_ids: str) -> None:
    for remote_id in remote_ids:
        copies.note(job, connection, remote_id)
    copies.let_go(job, connection)
    end(job)


def meet(monkeypatch, vendor: Vendor) -> Vendor:
    monkeypatch.setattr(providers_registry, "remote", lambda connection: vendor)
    return install(monkeypatch, vendor)


def test_a_copy_noted_twice_is_one(job, connection):
    copies.note(job, connection, "copy-1")
    copies.note(job, connection, "copy-1")
    assert copies.known([job], connection) == {job.pk: "copy-1"}
    assert RemoteCopy.objects.count() == 1


def test_a_connection_that_keeps_copies_keeps_them_until_the_document_is_erased(job, connection):
    connection.options = {}
    let_go_of(job, connection, "copy-1")
    assert left_there() == []
    erasure.erase_document(job.document, by=a_member(job.project))
    assert left_there() == ["copy-1"]


def test_the_copy_of_a_document_that_was_erased_while_it_went_up_goes_too(job, connection):
    connection.options = {}
    Document.objects.filter(pk=job.document_id).update(deleted_at=Now(), blob=None, name="", path="")
    copies.note(job, connection, "copy-1")
    assert left_there() == ["copy-1"]


def test_the_vendors_job_of_a_document_that_was_erased_while_it_was_sent_goes_too(job, connection, monkeypatch):
    connection.options = {}
    by = a_member(job.project)

    class Slow(Vendor):
        def submit(self, request):
            accepted = super().submit(request)
            erasure.erase_document(job.document, by=by)
            return accepted

    meet(monkeypatch, Slow(answer=Accepted(remote_id="job-1")))
    pipeline.run(job.pk)
    assert set(left_there()) >= {"copy-1", "job-1"}


def test_jobs_of_before_are_noted_by_the_migration(job, connection, monkeypatch):
    meet(monkeypatch, Vendor(answer=Accepted(remote_id="job-1")))
    pipeline.run(job.pk)
    end(job)
    job.refresh_from_db()
    states.retry(job, by=a_member(job.project))
    meet(monkeypatch, Vendor(answer=Accepted(remote_id="job-2")))
    pipeline.run(job.pk)
    RemoteCopy.objects.filter(kind=RemoteCopy.Kind.JOB).delete()
    import_module("jobs.migrations.0005_copies_by_kind_and_quota").note_jobs(apps, None)
    noted = RemoteCopy.objects.filter(kind=RemoteCopy.Kind.JOB, job=job).order_by("remote_id")
    assert list(noted.values_list("remote_id", "wanted_gone")) == [("job-1", False), ("job-2", False)]


def test_what_is_still_under_way_is_not_taken_from_under_it(job, connection):
    copies.note(job, connection, "copy-1")
    copies.let_go(job, connection)
    assert copies.connections_to_tidy() == ()
    end(job)
    assert copies.connections_to_tidy() == (connection.pk,)


def test_tidying_removes_the_vendors_job_with_the_copy(job, connection, monkeypatch):
    vendor = meet(monkeypatch, Vendor(answer=Accepted(remote_id="job-1")))
    pipeline.run(job.pk)
    erasure.erase_document(job.document, by=a_member(job.project))
    tasks.tidy_copies(connection.pk)
    assert sorted(vendor.forgotten) == [("", "copy-1"), ("job-1", "")]
    assert left_there() == []
    assert copies.connections_to_tidy() == ()


@pytest.mark.parametrize(
    "answer",
    [RejectedError("422", reason=Reason.REJECTED), UnavailableError("503", reason=Reason.UNAVAILABLE)],
    ids=["refused", "away five times"],
)
def test_the_copy_of_a_document_that_failed_while_it_was_sent_goes(job, monkeypatch, answer):
    meet(monkeypatch, Vendor(answer=answer))
    Job.objects.update(attempt_limit=1)
    pipeline.run(job.pk)
    assert Job.objects.get().status == Status.FAILED
    assert left_there() == ["copy-1"]


def test_the_copy_that_may_yet_lead_to_a_lost_job_stays(project, monkeypatch):
    connection = a_connection(project, "unsiloed", options={"deletes_copies": True})
    job = a_job(project, version=a_version(project, provider="unsiloed", connection=connection))
    meet(monkeypatch, Vendor(answer=UnavailableError("reset", reason=Reason.UNAVAILABLE, was_sent=None)))
    pipeline.run(job.pk)
    assert Job.objects.get().reason == Reason.OUTCOME_UNKNOWN
    assert left_there() == []


def test_what_cannot_be_looked_through_to_its_end_is_not_taken_for_gone_and_keeps_nothing_else(
    job, connection, monkeypatch
):
    class Endless(Vendor):
        def find_left(self, idempotency_key: str, *, between) -> Left:
            raise RejectedError("not to its end", reason=Reason.TIMED_OUT)

    RemoteCopy.objects.create(
        project=job.project, connection=connection, job=job, kind="key", remote_id="key-1", wanted_gone=True
    )
    let_go_of(job, connection, "copy-1")
    vendor = meet(monkeypatch, Endless())
    tasks.tidy_copies(connection.pk)
    assert vendor.forgotten == [("", "copy-1")]
    assert left_there() == ["key-1"]


def test_a_vendor_that_is_away_is_asked_again_later_and_not_at_every_sweep(job, connection, monkeypatch):
    let_go_of(job, connection, "copy-1", "copy-2")
    vendor = meet(monkeypatch, Vendor({"copy-1": AWAY}))
    tasks.tidy_copies(connection.pk)
    vendor.refusals.clear()
    tasks.tidy_copies(connection.pk)
    assert vendor.forgotten == []
    Poller.objects.update(lease_until=in_seconds(-1))
    tasks.tidy_copies(connection.pk)
    assert vendor.forgotten == [("", "copy-1"), ("", "copy-2")]


def test_one_copy_that_a_vendor_will_not_part_with_does_not_keep_the_others(job, connection, monkeypatch):
    let_go_of(job, connection, "copy-1", "copy-2")
    meet(monkeypatch, Vendor({"copy-1": KEPT_FOR_EVER}))
    tasks.tidy_copies(connection.pk)
    assert left_there() == ["copy-1"]


def test_a_connection_that_has_just_failed_is_left_alone(job, connection):
    let_go_of(job, connection, "copy-1")
    circuits.note(connection, Call(verb="DELETE", seconds=0.1, reason="unavailable", said="503"))
    assert copies.connections_to_tidy() == ()
    ConnectionState.objects.update(last_error_at=in_seconds(-copies.AGAIN_SECONDS - 1))
    assert copies.connections_to_tidy() == (connection.pk,)


def test_a_removed_connection_has_no_key_to_ask_with_and_is_not_asked(job, connection):
    let_go_of(job, connection, "copy-1")
    Connection.objects.update(archived_at=Now(), secret="")
    assert copies.connections_to_tidy() == ()


def test_a_key_that_cannot_be_read_is_not_tried_at_every_sweep(job, connection, settings):
    let_go_of(job, connection, "copy-1")
    settings.ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    tasks.tidy_copies(connection.pk)
    assert not leases.take(f"tidy:{connection.pk}", seconds=1)


def test_cancelled_jobs_let_go_of_what_had_gone_up_already(project, connection):
    version = a_version(project, provider=connection.provider, connection=connection)
    run = a_run(project, version=version, documents=2)
    gone, other = run.jobs.order_by("pk")
    copies.note(gone, connection, "copy-1")
    copies.note(other, connection, "copy-2")
    Job.objects.filter(pk=gone.pk).update(
        status=Status.CANCELLED, client_status=Status.CANCELLED, finished_at=Now(), next_action_at=None
    )
    tasks.withdraw(Run.objects.get().pk)
    assert left_there() == ["copy-1"]
