"""Versions that a vendor keeps under a name."""

from __future__ import annotations

import httpx
import pytest

from classifyhub.clock import in_seconds
from jobs import pipeline, sending
from jobs.models import Job, Reason, RemotePreset, Status
from jobs.providers.base import Accepted, UnavailableError
from jobs.providers.llamacloud_v2 import PRESETS
from jobs.remote import routing, saved
from jobs.standins import running_standin
from tests.support.factories import a_connection, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, given, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SAVES = {"save_preset": True}


class Keeper(ScriptedProvider):
    """One that keeps rules under a name."""

    def __init__(self, kept: str | Exception = "cfg-1") -> None:
        super().__init__()
        self.kept = kept
        self.saved: list[str] = []

    def submit(self, request):
        super().submit(request)
        return Accepted(remote_id=f"job-{len(self.submitted)}")

    def save_preset(self, name: str, request) -> str:
        self.saved.append(name)
        return given(self.kept)


def jobs_of(connection, *, documents: int = 2, **options) -> list[Job]:
    version = a_version(
        connection.project, provider=connection.provider, connection=connection, provider_options=options
    )
    return list(a_run(connection.project, version=version, documents=documents).jobs.order_by("pk"))


@pytest.fixture
def connection():
    return a_connection(a_project(), "llamacloud_v2")


def test_a_version_is_saved_with_its_first_document_and_named_from_then_on(connection, monkeypatch):
    keeper = install(monkeypatch, Keeper())
    jobs = jobs_of(connection, **SAVES)
    for job in jobs:
        pipeline.run(job.pk)
    [name] = keeper.saved
    assert str(jobs[0].version.uid)[:8] in name
    assert [request.saved_preset for request in keeper.submitted] == ["cfg-1", "cfg-1"]


def test_each_connection_keeps_its_own(connection, monkeypatch):
    keeper = install(monkeypatch, Keeper())
    [job] = jobs_of(connection, documents=1, **SAVES)
    request = sending.request_for(job, routing.first_route(job.version))
    saved.remote_id(job.version, connection, keeper, request)
    keeper.kept = "cfg-2"
    other = a_connection(connection.project, "llamacloud_v2")
    found = [saved.remote_id(job.version, at, keeper, request) for at in (connection, other, other)]
    assert found == ["cfg-1", "cfg-2", "cfg-2"]


@pytest.mark.parametrize(
    ("provider", "options"), [("llamacloud_v2", {}), ("landingai", SAVES)], ids=["not asked to", "cannot"]
)
def test_otherwise_the_rules_go_with_every_document(monkeypatch, provider, options):
    keeper = install(monkeypatch, Keeper())
    pipeline.run(jobs_of(a_connection(a_project(), provider), documents=1, **options)[0].pk)
    assert (keeper.saved, keeper.submitted[0].saved_preset) == ([], "")


def test_where_it_cannot_be_saved_nothing_was_sent_and_the_job_tries_again(connection, monkeypatch):
    keeper = install(monkeypatch, Keeper(UnavailableError("503", reason=Reason.UNAVAILABLE)))
    [job] = jobs_of(connection, documents=1, **SAVES)
    pipeline.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.submission, keeper.submitted) == (Status.PENDING, None, [])


def test_what_was_deleted_there_is_saved_again_with_the_next_document_and_once_in_a_while_only(connection):
    with running_standin("llamacloud") as standin:
        connection.base_url, connection.secret = standin.base_url, standin.key
        connection.save()
        jobs = jobs_of(connection, documents=6, **SAVES)

        def send(number: int) -> int:
            """How many calls saved the rules, with this document."""
            before = saves(standin)
            pipeline.run(jobs[number].pk)
            jobs[number].refresh_from_db()
            assert jobs[number].reason == Reason.WAITING
            return saves(standin) - before

        assert [send(0), send(1)] == [1, 0]
        RemotePreset.objects.update(created_at=in_seconds(-saved.SAVED_SECONDS - 1))
        delete_presets(standin)
        assert [send(2), send(3)] == [0, 1]  # the one that finds out goes with its rules
        delete_presets(standin)
        assert [send(4), send(5)] == [0, 0]
        assert RemotePreset.objects.get().remote_id == ""


def saves(standin) -> int:
    return standin.requests.count(("POST", PRESETS))


def delete_presets(standin) -> None:
    headers = {"Authorization": f"Bearer {standin.key}"}
    with httpx.Client(base_url=standin.base_url, headers=headers) as client:
        for one in client.get(PRESETS).json()["items"]:
            assert client.delete(f"{PRESETS}/{one['id']}").status_code == 204
