"""Home: what waits for me, what runs, the first steps, and the sample desk."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifyhub.accounts.models import Membership, Project, Role, User
from jobs.models import Run
from tests.support.factories import a_member, a_run, a_version, an_item

pytestmark = pytest.mark.django_db


def test_a_new_desk_shows_its_first_steps_to_who_sets_it_up(client, url, project):
    page = client.get(url("home"))
    assert b"Load the sample desk" in page.content
    client.force_login(a_member(project, Role.AUTHOR))
    assert b"Load the sample desk" not in client.get(url("home")).content


def test_an_empty_desk_offers_the_sample_in_its_middle_and_a_used_one_beside(client, url, project, admin):
    pages = [client.get(url("home"))]
    a_run(project, by=admin)
    pages.append(client.get(url("home")))
    assert [page.context["offers_sample"] for page in pages] == [True, False]
    assert [page.content.count(url("sample_load").encode()) for page in pages] == [1, 1]


def test_the_first_steps_put_away_stay_away(client, press, url, admin):
    press(url("home_steps_dismiss"))
    assert b"Load the sample desk" not in client.get(url("home")).content
    assert User.objects.get(pk=admin.pk).preferences["first_steps"] == "off"


def test_what_waits_is_told_with_the_way_into_it(client, url, project, admin):
    item = an_item(project, by=admin)
    page = client.get(url("home")).content.decode()
    assert f"{url('review')}?preset={item.preset.uid}" in page
    assert "1 to confirm" in page


def test_it_refreshes_itself_while_a_run_is_live_and_no_longer(client, url, project, admin):
    run = a_run(project, by=admin)
    assert b"hx-trigger" in client.get(url("home"), headers={"HX-Request": "true"}).content
    Run.objects.filter(pk=run.pk).update(finished_at=run.created_at)
    assert b"hx-trigger" not in client.get(url("home"), headers={"HX-Request": "true"}).content


def test_htmx_gets_the_fragment_and_both_answers_vary_on_it(client, url):
    page, fragment = client.get(url("home")), client.get(url("home"), headers={"HX-Request": "true"})
    assert b"<html" in page.content
    assert b"<html" not in fragment.content
    assert all("HX-Request" in answer["Vary"] for answer in (page, fragment))


def test_many_presets_and_runs_cost_no_more_queries_each(client, url, project, admin):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url("home"))
        return len(captured)

    preset = a_version(project).preset
    an_item(project, by=admin, preset=preset)
    client.get(url("home"))
    few = queries()
    for _ in range(8):
        an_item(project, by=admin, preset=preset)
        a_run(project, by=admin)
        a_version(project)
    assert queries() <= few + 1
    assert few <= 40


class TestSampleDesk:
    def test_it_is_made_once_and_removed_again(self, client, press, url, project):
        first = press(url("sample_load"))
        second = press(url("sample_load"))
        assert first.status_code == second.status_code == 303
        sample = Project.objects.get(is_sample=True)
        assert sample.slug in first["Location"]
        press(url("sample_remove").replace(project.slug, sample.slug))
        assert not Project.objects.filter(is_sample=True).exists()
        assert Membership.objects.count() == 1

    def test_a_project_of_ones_own_is_never_removed_like_this(self, press, url, project):
        press(url("sample_remove"))
        assert Project.objects.filter(pk=project.pk).exists()
