"""What is said of a connection before documents are launched through it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from classifyhub.clock import database_now
from jobs.models import ConnectionDay
from jobs.providers.base import Call
from jobs.remote import circuits, outlook, usage
from rules.models import Connection
from tests.support.factories import a_connection, a_job, a_project, a_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def main(project):
    return a_connection(project, "llamacloud_v2", name="Mail room", daily_cap=2000)


def look(project, main, **fields) -> outlook.Outlook:
    fresh = Connection.objects.get(pk=main.pk)
    found = outlook.of(a_version(project, provider=main.provider, connection=fresh, **fields))
    assert found is not None
    return found


def spend(connection, amount: int) -> None:
    ConnectionDay.objects.create(connection=connection, day=database_now().date(), credits=amount)


def call(reason: str) -> Call:
    return Call(verb="GET", seconds=0.1, reason=reason, said="no")


def break_down(connection) -> None:
    for _ in range(circuits.FAILURES):
        circuits.note(connection, call("unavailable"))


def test_the_local_engine_has_no_outlook(project):
    assert outlook.of(a_version(project, provider="local")) is None


def test_a_connection_that_is_well_is_not_talked_about_but_its_budget_is(project, main):
    spend(main, 640)
    found = look(project, main)
    assert (found.is_troubled, found.is_away, found.budget) == (False, False, "640 of 2,000 used today")
    assert not found.passes_cap(1360)
    assert found.passes_cap(1361)


def test_without_a_cap_there_is_nothing_to_pass(project):
    found = look(project, a_connection(project, "landingai"))
    assert (found.budget, found.passes_cap(1e9)) == ("", False)


@pytest.mark.parametrize(
    ("trouble", "cause", "consequence"),
    [
        (break_down, "Does not answer: Mail room.", "Documents wait until it answers."),
        (
            lambda main: circuits.note(main, call("bad_credentials")),
            "Key refused: Mail room.",
            "Documents fail until an admin mends it under Settings, Connections.",
        ),
        (
            lambda main: spend(main, 2000),
            "Today's budget is used up: Mail room.",
            "Documents wait until midnight, UTC.",
        ),
    ],
)
def test_trouble_is_said_with_what_becomes_of_documents(project, main, trouble, cause, consequence):
    trouble(main)
    alone = look(project, main)
    assert (alone.cause, alone.consequence) == (cause, consequence)
    spared = look(project, main, fallback_provider="local")
    assert (spared.cause, spared.consequence) == (cause, "Documents go to the fallback, Local engine.")


@pytest.mark.parametrize(
    ("reason", "consequence"),
    [
        ("rate_limited", "It goes on by itself."),
        ("unavailable", "Documents are sent all the same, and again if that fails."),
    ],
)
def test_trouble_that_passes_sends_nothing_to_the_fallback(project, main, reason, consequence):
    circuits.note(main, call(reason))
    found = look(project, main, fallback_provider="local")
    assert (found.is_troubled, found.is_away, found.consequence) == (True, False, consequence)


def test_a_budget_that_is_used_up_counts_also_while_the_last_call_failed(project, main):
    spend(main, 2000)
    circuits.note(main, call("unavailable"))
    assert look(project, main, fallback_provider="local").is_away


@pytest.mark.parametrize(("mode", "cost"), [("FAST", 3), ("MULTIMODAL", 6)])
def test_what_a_document_will_cost_is_counted_by_mode_and_chosen_pages(project, mode, cost):
    version = a_version(project, provider="llamacloud_v1", mode=mode, target_pages="2-4")
    job = a_job(project, version=version)
    job.document.page_count = 9
    assert usage.estimate(job, "llamacloud_v1") == Decimal(cost)
    assert usage.estimate(job, "local") == 0
