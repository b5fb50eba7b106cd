"""The numbers beside the places of the sidebar, and what a page pays for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifyhub.accounts import people, projects
from classifyhub.accounts.models import Role
from jobs import navigation, states
from jobs.models import Job, Reason, ReviewItem
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def author(project):
    return factories.a_member(project, Role.AUTHOR)


@pytest.fixture
def nav(project, author):
    return navigation.Navigation(author, project, Role.AUTHOR)


def test_counts_live_runs_but_no_tries_of_a_draft(nav, project):
    factories.a_run(project)
    factories.a_run(project, source="try")
    factories.a_run(factories.a_project())
    assert nav.live_runs == 1


def test_counts_what_waits_for_a_decision(nav, project):
    for job in factories.a_run(project, documents=3).jobs.all():
        ReviewItem.objects.create(project=project, document=job.document, preset=job.version.preset, job=job)
    ReviewItem.objects.filter(pk=ReviewItem.objects.first().pk).update(status="set_aside")
    assert nav.waiting == 2


def test_counts_as_stuck_what_nobody_took_for_five_minutes_and_what_may_have_been_sent(nav, project):
    late, unknown, _fresh = factories.a_run(project, documents=3).jobs.order_by("pk")
    Job.objects.filter(pk=late.pk).update(next_action_at=timezone.now() - timedelta(minutes=6))
    claimed = states.claim(unknown.pk, worker="w", lease_seconds=60)
    states.fail(claimed, reason=Reason.OUTCOME_UNKNOWN)
    assert nav.stuck == 2


def test_stops_counting_beyond_ten_thousand(nav, project, monkeypatch):
    monkeypatch.setattr(navigation, "MOST", 3)
    for _ in range(4):
        factories.a_run(project)
    assert nav.live_runs == 3


def test_asks_nothing_for_places_the_role_does_not_reach(project, django_assert_num_queries):
    viewer = navigation.Navigation(factories.a_member(project, Role.VIEWER), project, Role.VIEWER)
    with django_assert_num_queries(0):
        assert (viewer.waiting, viewer.stuck) == (0, 0)


def test_asks_each_number_once_and_all_of_them_with_five_queries(nav, django_assert_num_queries):
    names = ("waiting", "live_runs", "stuck", "projects", "may_add_project")
    with django_assert_num_queries(5):
        assert [nav.get(name) for name in names] == [getattr(nav, name) for name in names]


def test_a_page_that_draws_no_sidebar_pays_nothing(rf, project, author, django_assert_num_queries):
    request = rf.get("/")
    request.user, request.project, request.role = author, project, Role.AUTHOR
    with django_assert_num_queries(0):
        assert "nav" in navigation.desk(request)


def test_outside_a_project_there_is_none(rf, author):
    request = rf.get("/")
    request.user = AnonymousUser()
    assert navigation.desk(request) == {}
    request.user = author
    assert navigation.desk(request) == {}


def test_lists_the_projects_one_may_switch_to_by_name(nav, project, author):
    project.name = "Middle"
    project.save()
    for name in ("Zeta", "Alpha"):
        other = factories.a_project(name)
        people.add_member(other, author, Role.VIEWER, by=None)
    factories.a_project("Not mine")
    assert [one.name for one in nav.projects] == ["Alpha", "Middle", "Zeta"]


@pytest.mark.parametrize("role", Role)
def test_offers_a_new_project_to_exactly_those_who_may_create_one(project, role):
    person = factories.a_member(project, role)
    nav = navigation.Navigation(person, project, role)
    assert nav.may_add_project == projects.may_create(person)


@pytest.mark.parametrize(("name", "value"), [("", 0), ("insights", 0)])
def test_a_place_without_a_number_has_the_default(nav, name, value):
    assert nav.get(name, 0) == value


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps statistics to choose by")
def test_the_count_of_what_is_stuck_reads_none_of_the_jobs_that_are_done(nav):
    """SQLite, without statistics, must not be led to the index over the project."""
    with CaptureQueriesContext(connection) as captured:
        assert nav.stuck == 0
    [question] = [query["sql"] for query in captured if "next_action_at" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {question}")
        assert "job_due" in str(cursor.fetchall())
