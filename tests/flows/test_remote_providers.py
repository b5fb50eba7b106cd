"""Documents classified by each remote API: real workers, real HTTP, a stand-in that answers with the engine here."""

from __future__ import annotations

import pytest

from jobs import tasks
from jobs.models import ConnectionDay, Job, RemoteCopy, Result, Status, Submission
from jobs.sample import invoices
from jobs.standins import running_standin
from rules.models import Connection
from tests.support.clerk import Clerk, wait_until, wait_until_done
from tests.support.factories import a_version
from tests.support.vendors import STANDINS

LETTER = b"Dear Ms Ward,\n\nthank you for your kind letter of Monday.\n\nYours sincerely,\nsignature: Alma Reed\n"


@pytest.fixture(params=STANDINS)
def provider(request) -> str:
    return request.param


@pytest.fixture
def standin(provider):
    with running_standin(STANDINS[provider]) as standin:
        yield standin


def connect(clerk: Clerk, provider: str, standin) -> Connection:
    """Let the clerk's preset send through the stand-in."""
    connection = Connection.objects.create(
        project=clerk.project,
        provider=provider,
        name=provider,
        base_url=standin.base_url,
        secret=standin.key,
        options={"model": "stand-in", "deletes_copies": True},
    )
    clerk.version = a_version(
        clerk.project, preset=clerk.version.preset, provider=provider, connection=connection, rules=clerk.version.rules
    )
    return connection


def test_two_documents_are_classified_counted_and_not_left_behind(clerk, provider, standin):
    connection = connect(clerk, provider, standin)
    run = clerk.classify({"bill.pdf": invoices.draw_invoice(), "second.pdf": invoices.draw_invoice_that_reminds()})
    wait_until_done(run)

    said = [(job.status, job.reason, job.error_message) for job in Job.objects.filter(run=run)]
    assert said == [(Status.COMPLETED, "", "")] * 2
    assert {result.type for result in Result.objects.filter(job__run=run)} == {"Invoice"}
    assert {result.provider for result in Result.objects.filter(job__run=run)} == {provider}
    assert len(standin.accepted) == 2

    submissions = Submission.objects.filter(project=clerk.project)
    assert submissions.count() == (1 if provider == "llamacloud_v1" else 2)
    day = ConnectionDay.objects.get(connection=connection)
    assert day.jobs == 2
    assert day.requests == len(standin.requests)
    kept = RemoteCopy.objects.filter(connection=connection, removed_at__isnull=True)
    tasks.sweep()
    wait_until(lambda: not kept.exists(), what="the removal of the vendor's copies")
