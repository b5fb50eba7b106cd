"""Something else answers at the address of a connection: it is left alone, and no document suffers for it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jobs import pipeline
from jobs.models import ConnectionDay, Job, Reason, Status, Submission
from jobs.providers.base import WrongAddressError
from jobs.remote import circuits, health
from jobs.standins import running_standin
from rules.models import Connection
from tests.engine.documents import draw_text_pdf
from tests.support.factories import a_connection, a_document, a_project, a_run, a_version
from tests.support.vendor_server import Says, running_vendor
from tests.support.vendors import STANDINS

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PAGE = Says(raw=b"<!doctype html><html><title>It works!</title></html>", content_type="text/html")


@pytest.fixture(params=STANDINS)
def connection(request) -> Connection:
    return a_connection(a_project(), request.param, options={"model": "stand-in"}, daily_cap=Decimal(100))


def jobs_of(connection: Connection, *, documents: int = 2) -> list[Job]:
    project = connection.project
    version = a_version(project, provider=connection.provider, connection=connection)
    bills = [
        a_document(project, content=draw_text_pdf(f"Bill {n}"), media_type="application/pdf", page_count=1)
        for n in range(documents)
    ]
    return list(a_run(project, version=version, documents=bills).jobs.order_by("pk"))


def lead(connection: Connection, url: str, key: str = "a key") -> None:
    connection.base_url, connection.secret = url, key
    connection.save()


def attempt(*jobs: Job) -> list[tuple[str, str, int]]:
    Job.objects.filter(status=Status.PENDING).update(next_action_at="2020-01-01T00:00:00Z")
    for job in jobs:
        pipeline.run(job.pk)
        job.refresh_from_db()
    return [(job.status, job.reason, job.attempt) for job in jobs]


WAITS = (Status.PENDING, Reason.UNAVAILABLE, 1)


def test_documents_wait_nothing_is_billed_and_the_connection_says_why(connection):
    with running_standin(STANDINS[connection.provider]) as standin:
        lead(connection, f"{standin.base_url}/somewhere/else", standin.key)
        jobs = jobs_of(connection)
        assert attempt(*jobs) == [WAITS] * 2
        assert "does not answer like" in jobs[0].error_message
        assert not Submission.objects.filter(is_uncertain=True).exists()
        assert ConnectionDay.objects.get().credits == 0
        asked = len(standin.requests)
        assert attempt(*jobs) == [WAITS] * 2
        assert len(standin.requests) == asked  # left alone
        found = health.of(Connection.objects.get())
        assert (found.state, "Is the base URL right?" in found.said) == ("down", True)
        lead(connection, standin.base_url, standin.key)
        circuits.mend(connection)
        assert {status for status, _reason, _attempt in attempt(*jobs)} <= {Status.RUNNING, Status.COMPLETED}
        assert len(standin.accepted) == 2


def test_a_web_page_where_nothing_else_ever_came_is_a_wrong_address_too(connection):
    with running_vendor() as vendor:
        vendor.answer = lambda _seen: PAGE
        lead(connection, vendor.url)
        [job] = jobs_of(connection, documents=1)
        [(status, reason, attempt_number)] = attempt(job)
        assert attempt_number == 1
        if connection.provider.startswith("llamacloud"):  # the upload met it, which bills nothing
            assert (status, reason) == (Status.PENDING, Reason.UNAVAILABLE)
        else:  # nobody can know
            assert (status, reason) == (Status.FAILED, Reason.OUTCOME_UNKNOWN)
        assert "a web page" in job.error_message
        assert circuits.is_down(connection)


def test_a_web_page_from_one_that_has_answered_before_is_a_moment_s_trouble(connection):
    ConnectionDay.objects.create(connection=connection, day="2026-01-01", requests=1)
    with running_vendor() as vendor:
        vendor.answer = lambda _seen: PAGE
        lead(connection, vendor.url)
        attempt(*jobs_of(connection, documents=1))
    assert not circuits.is_down(connection)


def test_a_test_that_finds_something_else_closes_it_off(connection):
    with running_vendor() as vendor:
        vendor.answer = lambda _seen: Says({"detail": "Not Found"}, status=404)
        lead(connection, vendor.url)
        found = health.try_out(connection)
    assert isinstance(found, WrongAddressError)
    assert circuits.is_down(connection)
