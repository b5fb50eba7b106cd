"""Publishing with a note, the list of versions with its diff, restoring."""

from __future__ import annotations

import pytest

from classifyhub.accounts.models import Role
from rules import drafts, publishing
from tests.rules.browsing import HTMX, Author, fields_of
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines() -> Author:
    return Author()


def publish(author: Author, *rules, note: str = "") -> None:
    drafts.save(author.preset, a_draft(*rules), revision=author.preset.draft_revision, by=author.user)
    publishing.publish(author.preset, by=author.user, note=note)


def test_publishing_shows_what_changes_and_takes_a_note(ines: Author) -> None:
    fields = fields_of(ines.get("preset_publish").content.decode(), "publish-form")
    answer = ines.post("preset_publish", fields | {"note": "First cut"})
    assert answer.url == ines.url()
    ines.preset.refresh_from_db()
    assert (ines.preset.published.number, ines.preset.published.note) == (1, "First cut")
    assert "Published Accounts payable v1" in ines.get().content.decode()


def test_the_dialog_gets_the_form_alone(ines: Author) -> None:
    answer = ines.get("preset_publish", **HTMX)
    assert b"<html" not in answer.content
    assert b'id="publish-form"' in answer.content


def test_a_draft_saved_since_is_shown_before_it_is_published(ines: Author) -> None:
    fields = fields_of(ines.get("preset_publish").content.decode(), "publish-form")
    drafts.save(ines.preset, a_draft(reworded(INVOICE, type="Bill")), revision=1, by=ines.user)
    answer = ines.post("preset_publish", fields | {"note": "My note"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "The draft was saved again." in html
    assert "My note" in html
    assert ines.preset.versions.count() == 0
    assert ines.post("preset_publish", fields_of(html, "publish-form")).status_code == 302


def test_nothing_is_published_twice_or_against_the_lint(ines: Author) -> None:
    publish(ines, INVOICE)
    revision = str(ines.preset.draft_revision)
    assert "Nothing to publish" in ines.post("preset_publish", {"revision": revision}).content.decode()
    drafts.save(ines.preset, a_draft(provider="unsiloed"), revision=ines.preset.draft_revision, by=ines.user)
    answer = ines.post("preset_publish", {"revision": str(ines.preset.draft_revision)})
    assert "Unsiloed needs a connection: choose one, or have an admin add it under Settings." in answer.content.decode()
    assert ines.preset.versions.count() == 1


def test_the_list_shows_the_newest_version_against_the_one_before(ines: Author) -> None:
    publish(ines, INVOICE, REMINDER, note="Two kinds")
    publish(ines, INVOICE, CONTRACT, note="No reminders")
    html = ines.get("preset_versions").content.decode()
    for words in ("Two kinds", "No reminders", "published", "Added", "Removed", "Payment reminder"):
        assert words in html
    first = ines.get("preset_versions", "?of=1").content.decode()
    assert "Restore v1" in first
    assert "Removed" not in first


def test_any_two_states_can_be_compared(ines: Author) -> None:
    publish(ines, INVOICE)
    publish(ines, INVOICE, CONTRACT)
    draft = a_draft(reworded(INVOICE, description=INVOICE.description.replace("payment", "money")), CONTRACT)
    drafts.save(ines.preset, draft, revision=ines.preset.draft_revision, by=ines.user)
    html = ines.get("preset_diff").content.decode()
    assert "<del>payment</del><ins>money</ins>" in html.replace("\n", "")
    assert "Added" in ines.get("preset_diff", "?to=1").content.decode()
    assert "They say the same." in ines.get("preset_versions", "?of=2&to=2").content.decode()
    assert "Removed" in ines.get("preset_versions", "?of=1&to=2").content.decode()


def test_a_first_version_is_shown_as_it_stands_for_there_is_nothing_to_compare_it_with(ines: Author) -> None:
    publish(ines, INVOICE, REMINDER)
    html = ines.get("preset_versions").content.decode()
    for words in (INVOICE.type, INVOICE.description, REMINDER.description, "Local engine"):
        assert words in html
    assert "Added" not in html
    assert "<ins>" not in html
    assert "Compare with" in html


def test_a_version_is_not_offered_to_be_compared_with_itself(ines: Author) -> None:
    publish(ines, INVOICE)
    publish(ines, CONTRACT)
    html = ines.get("preset_versions", "?of=2").content.decode()
    assert "against v1" in html
    assert "against v2" not in html


def test_a_draft_that_changes_nothing_leads_back_to_the_rules(ines: Author) -> None:
    publish(ines, INVOICE)
    for name, words in (("preset_diff", "The draft says what v1 says"), ("preset_publish", "Nothing to publish")):
        html = ines.get(name).content.decode()
        assert words in html
        assert f'<a class="button button--primary" href="{ines.url()}">Change the rules</a>' in html


@pytest.mark.parametrize("query", ["?of=99", "?of=x", "?of=1&to=99", "?of=-1", "?of=%00", "?of=" + "9" * 30])
def test_versions_that_do_not_exist_are_no_error_page(ines: Author, query: str) -> None:
    publish(ines, INVOICE)
    assert ines.get("preset_versions", query).status_code in {200, 404}


def test_a_preset_without_versions_shows_its_draft(ines: Author) -> None:
    html = ines.get("preset_versions").content.decode()
    assert "Nothing is published yet." in html
    assert "3 changes, not published" in html


def test_restoring_publishes_the_old_text_as_the_next_version(ines: Author) -> None:
    publish(ines, INVOICE)
    publish(ines, CONTRACT)
    ines.client.post(ines.url("preset_version_restore", number=1))
    ines.preset.refresh_from_db()
    assert (ines.preset.published.number, ines.preset.published.note) == (3, "Restored from v1")
    assert "Restored v1 as Accounts payable v3" in ines.get("preset_versions").content.decode()


def test_restoring_what_is_published_says_so(ines: Author) -> None:
    publish(ines, INVOICE)
    ines.client.post(ines.url("preset_version_restore", number=1))
    assert "v1 says what is published already." in ines.get("preset_versions").content.decode()
    assert ines.preset.versions.count() == 1


def test_a_version_that_cannot_be_published_today_is_not_restored(ines: Author) -> None:
    publish(ines, INVOICE)
    ines.preset.versions.update(provider="unsiloed")
    publish(ines, CONTRACT)
    ines.client.post(ines.url("preset_version_restore", number=1))
    assert "Unsiloed needs a connection" in ines.get("preset_versions").content.decode()


def test_readers_see_versions_without_the_buttons() -> None:
    author = Author()
    publish(author, INVOICE)
    publish(author, CONTRACT)
    reader = Author(author.project, role=Role.VIEWER, preset=author.preset)
    html = reader.get("preset_versions", "?of=1").content.decode()
    assert "Restore v1" not in html
    assert "Export JSON" in html
    assert reader.client.post(reader.url("preset_version_restore", number=1)).status_code == 403


@pytest.mark.parametrize("digits", [10, 5000])
def test_a_number_that_no_version_can_have_is_not_found(ines: Author, digits: int) -> None:
    number = "9" * digits
    assert ines.get("preset_versions", f"?of={number}").status_code == 404
    assert ines.get("preset_versions", f"?to={number}").status_code == 404
    assert ines.get("preset_export", f"?version={number}").status_code == 404
