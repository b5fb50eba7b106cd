"""The list, starting a preset, and what is done with one as a whole."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from rules import drafts, publishing
from rules.models import Preset
from rules.shape import Draft
from rules.starters import STARTERS
from tests.rules.browsing import Author
from tests.rules.examples import INVOICE, a_draft
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines() -> Author:
    return Author()


def an_empty_desk(role: Role = Role.AUTHOR):
    project = factories.a_project()
    client = Client()
    client.force_login(factories.a_member(project, role))
    return project, client


def page_of(client, project, name: str = "presets") -> str:
    return client.get(reverse(name, args=[project.slug])).content.decode()


def test_the_list_tells_rules_versions_and_open_changes(ines: Author) -> None:
    publishing.publish(ines.preset, by=ines.user, note="")
    drafts.set_default(ines.preset, by=ines.user)
    drafts.save(ines.preset, a_draft(INVOICE), revision=1, by=ines.user)
    drafts.create_preset(ines.project, "Only a draft", by=ines.user)
    html = page_of(ines.client, ines.project)
    for words in (
        "Accounts payable",
        "Default",
        "Invoice, Payment reminder, Contract",
        "v1,",
        "2 changes",
        "Draft only",
    ):
        assert words in html


def test_an_empty_desk_offers_six_starters_and_a_rule_that_works() -> None:
    project, client = an_empty_desk()
    html = page_of(client, project)
    for starter in STARTERS:
        assert starter.name in html
        assert f"{len(starter.rules)} rules" in html
    assert "Write down how you sort" in html
    assert "A rule that works" in html


def test_a_reader_of_an_empty_desk_is_not_offered_what_they_may_not_do() -> None:
    project, client = an_empty_desk(Role.REVIEWER)
    html = page_of(client, project)
    assert "No preset yet" in html
    assert "<form" not in html.split('id="main"')[1].split("</main>")[0]
    assert client.get(reverse("preset_new", args=[project.slug])).status_code == 403


def test_a_starter_becomes_a_draft_under_its_name() -> None:
    project, client = an_empty_desk()
    client.post(reverse("preset_new", args=[project.slug]), {"starter": "hr-file"})
    preset = Preset.objects.get(project=project)
    assert (preset.name, preset.published) == ("HR file", None)
    assert len(Draft.from_json(preset.draft).rules) == 7


def test_an_unknown_starter_is_not_found() -> None:
    project, client = an_empty_desk()
    assert client.post(reverse("preset_new", args=[project.slug]), {"starter": "nope"}).status_code == 404


def test_a_blank_preset_opens_at_its_first_rule() -> None:
    project, client = an_empty_desk()
    answer = client.post(reverse("preset_new", args=[project.slug]))
    html = client.get(answer.url).content.decode()
    assert html.count("<details open>") == 1
    assert "blocks publishing" not in html


@pytest.mark.parametrize("form", [{}, {"starter": "hr-file"}])
def test_starting_again_opens_the_draft_that_was_left_as_it_was(form) -> None:
    project, client = an_empty_desk()
    answers = [client.post(reverse("preset_new", args=[project.slug]), form) for _ in range(3)]
    assert len({answer.url for answer in answers}) == 1
    assert Preset.objects.count() == 1


def test_renaming_says_at_the_field_what_is_wrong(ines: Author) -> None:
    drafts.create_preset(ines.project, "HR file", by=ines.user)
    for name, words in (("hr FILE", "Another preset has this name."), ("  ", "Give the preset a name.")):
        answer = ines.post("preset_rename", {"name": name})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert ines.get("preset_rename").status_code == 200
    assert ines.post("preset_rename", {"name": "Bills"}).url == ines.url()
    assert "Bills" in ines.get().content.decode()


def test_the_default_mark_moves_and_needs_a_published_version(ines: Author) -> None:
    ines.post("preset_default")
    assert "Publish it first" in ines.get().content.decode()
    publishing.publish(ines.preset, by=ines.user, note="")
    ines.post("preset_default")
    ines.preset.refresh_from_db()
    assert ines.preset.is_default
    answer = ines.post("preset_archive")
    assert answer.url == ines.url()
    assert "Make another one the default first." in ines.get().content.decode()


def test_an_archived_preset_leaves_the_list_and_comes_back(ines: Author) -> None:
    ines.post("preset_archive")
    html = page_of(ines.client, ines.project)
    assert "1 archived preset" in html
    ines.post("preset_bring_back")
    assert "archived preset" not in page_of(ines.client, ines.project)


def test_a_duplicate_opens_as_a_draft_of_its_own(ines: Author) -> None:
    answer = ines.post("preset_duplicate")
    copy = Preset.objects.get(name="Accounts payable 2")
    assert str(copy.uid) in answer.url
    assert Draft.from_json(copy.draft) == a_draft()
