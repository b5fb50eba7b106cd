"""The editor, with htmx and without any script."""

from __future__ import annotations

import re

import pytest

from classifyhub.accounts.models import Role
from rules import drafts, publishing
from rules.shape import RULES_MAX, Destination
from tests.rules.browsing import HTMX, Author, fields_of
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines() -> Author:
    return Author()


def types(draft) -> list[str]:
    return [rule.type for rule in draft.rules]


# --- Who sees what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "edits"), [(Role.VIEWER, False), (Role.REVIEWER, False), (Role.AUTHOR, True)])
def test_authors_edit_and_everybody_else_reads(role: Role, edits: bool) -> None:
    person = Author(role=role)
    page = person.get()
    assert page.status_code == 200
    assert INVOICE.description in page.content.decode()
    assert (b"<textarea" in page.content) == edits


def test_a_form_forged_by_a_reader_is_refused() -> None:
    reader = Author(role=Role.REVIEWER)
    for name in ("preset_draft", "preset_merge", "preset_publish", "preset_archive", "preset_rename", "preset_paste"):
        assert reader.post(name, {"revision": "1"}).status_code == 403
    assert reader.stored() == a_draft()


def test_a_stranger_cannot_tell_that_the_preset_exists(ines: Author) -> None:
    stranger = Author()
    stranger.project, stranger.preset = ines.project, ines.preset
    assert stranger.get().status_code == 404
    assert stranger.save({"revision": "1"}).status_code == 404


def test_a_preset_of_another_project_is_not_found(ines: Author) -> None:
    other = Author()
    other.preset = ines.preset
    for name in (
        "preset",
        "preset_versions",
        "preset_diff",
        "preset_export",
        "preset_publish",
        "preset_try",
        "preset_forecast",
    ):
        assert other.get(name).status_code == 404


# --- Saving ---------------------------------------------------------------------------------------------------------


def test_the_form_as_it_is_drawn_saves_nothing_new(ines: Author) -> None:
    ines.save(ines.open_editor())
    ines.preset.refresh_from_db()
    assert ines.preset.draft_revision == 1
    assert ines.stored() == a_draft()


def test_without_a_script_saving_leads_back_to_the_editor(ines: Author) -> None:
    fields = ines.open_editor() | {f"type-{INVOICE.id}": "Supplier invoice", "lang": "de", "auto_approve_at": "90"}
    answer = ines.save(fields | {"do": "save"})
    assert (answer.status_code, answer.url) == (302, ines.url())
    assert types(ines.stored())[0] == "Supplier invoice"
    assert (ines.stored().lang, ines.stored().auto_approve_at) == ("de", 0.9)
    assert "not published" in ines.get().content.decode().lower()


def test_an_autosave_answers_with_what_stands_around_the_fields(ines: Author) -> None:
    fields = ines.open_editor() | {f"type-{REMINDER.id}": "Invoice"}
    answer = ines.save(fields, **HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "draft-saved"
    assert "HX-Request" in answer["Vary"]
    assert "<textarea" not in html
    assert "Rule 1 has this type already." in html
    assert 'name="revision" value="2"' in html
    assert "1 problem blocks publishing" in html


def test_an_empty_rule_says_that_it_keeps_the_preset_from_being_published(ines: Author) -> None:
    fields = ines.open_editor() | {f"type-{REMINDER.id}": "", f"description-{REMINDER.id}": ""}
    assert "Empty. Give it a type or delete it" in read(ines.save(fields, **HTMX))
    fields[f"type-{REMINDER.id}"] = "Reminder"
    assert "Empty." not in read(ines.save(fields | {"revision": "2"}, **HTMX))


def test_an_autosave_says_anew_what_each_rule_is_understood_as(ines: Author) -> None:
    fields = ines.open_editor()
    assert re.search("Understood as: contract; also its kinds: [a-z ]+ and [0-9]+ more", read(ines.get()))
    fields[f"type-{REMINDER.id}"] = "Yellow sheet"
    fields[f"description-{REMINDER.id}"] = "Printed on yellow."
    answer = read(ines.save(fields, **HTMX))
    assert "Understood as: invoice" in answer
    assert "No known type: judged by its own words. They are few: say more of what stands on it." in answer


def read(response) -> str:
    """The words of a page without its tags."""
    return " ".join(re.sub("<[^>]*>", "", response.content.decode()).split())


def test_a_series_of_autosaves_never_conflicts_with_itself(ines: Author) -> None:
    fields = ines.open_editor()
    for number in range(3):
        answer = ines.save(fields | {f"type-{INVOICE.id}": f"Invoice {number}"}, **HTMX)
        fields |= fields_of(f'<form id="draft">{answer.content.decode()}</form>', "draft")
    assert types(ines.stored())[0] == "Invoice 2"


def test_a_number_nobody_can_read_is_shown_again_with_its_reason(ines: Author) -> None:
    answer = ines.save(ines.open_editor() | {"max_pages": "five", f"type-{INVOICE.id}": "Bill"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="five"' in html
    assert "A whole number from 1, or nothing for all pages." in html
    assert types(ines.stored())[0] == "Bill"


def test_text_longer_than_any_page_shows_is_refused_and_stays_in_the_browser(ines: Author) -> None:
    fields = ines.open_editor() | {f"description-{INVOICE.id}": "x" * 30_000}
    autosave = ines.save(fields, **HTMX)
    assert (autosave.status_code, autosave["HX-Reswap"]) == (422, "none")
    assert "Rule 1 is longer than 20,000 characters." in autosave.content.decode()
    assert "x" * 30_000 in ines.save(fields).content.decode()
    assert ines.stored() == a_draft()


def test_a_form_without_its_revision_is_refused(ines: Author) -> None:
    assert ines.save({"rule": [INVOICE.id]}).status_code == 400
    assert ines.stored() == a_draft()


def test_markup_in_a_rule_is_text(ines: Author) -> None:
    ines.save(ines.open_editor() | {f"type-{INVOICE.id}": "</textarea><script>alert(1)</script>"})
    assert "<script>alert" not in ines.get().content.decode()
    assert types(ines.stored())[0] == "</textarea><script>alert(1)</script>"


# --- Buttons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (f"up:{REMINDER.id}", ["Payment reminder", "Invoice", "Contract"]),
        (f"down:{REMINDER.id}", ["Invoice", "Contract", "Payment reminder"]),
        (f"copy:{INVOICE.id}", ["Invoice", "Invoice 2", "Payment reminder", "Contract"]),
        (f"delete:{INVOICE.id}", ["Payment reminder", "Contract"]),
        ("add", ["Invoice", "Payment reminder", "Contract", ""]),
    ],
)
def test_buttons_change_the_list_with_and_without_a_script(action: str, expected: list[str]) -> None:
    for options in ({}, HTMX):
        ines = Author()
        answer = ines.save(ines.open_editor() | {"do": action}, **options)
        assert types(ines.stored()) == expected
        assert answer.status_code == (200 if options else 302)
        assert (b'id="rules"' in answer.content) == bool(options)


def test_what_was_typed_is_saved_together_with_what_the_button_does(ines: Author) -> None:
    ines.save(ines.open_editor() | {f"type-{CONTRACT.id}": "Agreement", "do": f"up:{CONTRACT.id}"}, **HTMX)
    assert types(ines.stored()) == ["Invoice", "Agreement", "Payment reminder"]


def test_a_new_rule_is_open_with_the_focus_in_its_type(ines: Author) -> None:
    html = ines.save(ines.open_editor() | {"do": "add"}, **HTMX).content.decode()
    assert html.count("<details open>") == 1
    assert html.count(" autofocus") == 1


def test_a_deleted_rule_is_brought_back_from_the_page(ines: Author) -> None:
    answer = ines.save(ines.open_editor() | {"do": f"delete:{REMINDER.id}"}, **HTMX)
    fields = fields_of(f'<form id="draft">{answer.content.decode()}</form>', "draft")
    ines.save(ines.open_editor() | fields | {"do": "undelete"}, **HTMX)
    assert ines.stored() == a_draft()


def test_without_a_script_the_deleted_rule_waits_once_in_the_next_page(ines: Author) -> None:
    ines.save(ines.open_editor() | {"do": f"delete:{REMINDER.id}"})
    fields = ines.open_editor()
    assert "deleted" in fields
    assert "deleted" not in ines.open_editor()
    ines.save(fields | {"do": "undelete"})
    assert ines.stored() == a_draft()


def test_one_click_mends_a_type_for_its_provider(ines: Author) -> None:
    fields = ines.open_editor() | {f"type-{INVOICE.id}": "Bill / invoice", "provider": "llamacloud_v2"}
    html = ines.save(fields, **HTMX).content.decode()
    assert "Replace “/” with “-”" in html
    fields = ines.open_editor() | {"do": f"fix:{INVOICE.id}:type"}
    ines.save(fields, **HTMX)
    assert types(ines.stored())[0] == "Bill - invoice"


# --- Where documents go ----------------------------------------------------------------------------------------------


def test_choosing_a_provider_takes_its_connection(ines: Author) -> None:
    only = factories.a_connection(ines.project, "landingai", name="Lending")
    ines.save(ines.open_editor() | {"provider": "landingai", "fallback": "local"})
    assert ines.stored().destination == Destination("landingai", str(only.uid))
    assert ines.stored().fallback == Destination("local")
    fields = ines.open_editor()
    assert (fields["provider"], fields["fallback"]) == (f"landingai:{only.uid}", "local")
    html = ines.get().content.decode()
    assert '<optgroup label="LandingAI ADE">' in html
    assert ">Lending</option>" in html


@pytest.mark.parametrize(("role", "is_led"), [(Role.AUTHOR, False), (Role.ADMIN, True)])
def test_who_may_add_a_connection_is_led_there_and_the_others_are_told(role: Role, is_led: bool) -> None:
    person = Author(role=role)
    html = person.save(person.open_editor() | {"provider": "unsiloed"}, **HTMX).content.decode()
    assert "Unsiloed needs a connection: choose one, or have an admin add it under Settings." in html
    assert ("?provider=unsiloed#panel" in html) == is_led


def test_another_provider_brings_its_own_settings_and_only_then_are_their_fields_drawn(ines: Author) -> None:
    fields = ines.open_editor()
    assert "option-model" not in ines.get().content.decode()
    html = ines.save(fields | {"provider": "landingai"}, **HTMX).content.decode()
    assert 'name="options_of" value="landingai"' in html
    assert 'name="option-model"' in html
    fields = ines.open_editor() | {"option-model": "ade-3"}
    html = ines.save(fields, **HTMX).content.decode()
    assert "option-model" not in html  # it is being typed in
    assert ines.stored().provider_options == {"model": "ade-3"}
    assert ines.open_editor()["option-model"] == "ade-3"


def test_an_unticked_setting_stays_so(ines: Author) -> None:
    factories.a_connection(ines.project, "unsiloed")
    ines.save(ines.open_editor() | {"provider": "unsiloed"})
    fields = ines.open_editor()
    assert fields.pop("option-adds_none")
    ines.save(fields)
    assert ines.stored().provider_options == {"adds_none": False}
    ines.save(ines.open_editor() | {"lang": "de"})
    assert ines.stored().provider_options == {"adds_none": False}


def test_a_conflict_is_about_the_connection_by_name_and_keeps_mine(ines: Author, dana: Author) -> None:
    lending = factories.a_connection(ines.project, "landingai", name="Lending")
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {"lang": "de"})
    options = {"options_of": "landingai", "option-model": "ade-3"}
    answer = ines.save(mine | {"provider": f"landingai:{lending.uid}", "fallback": "local"} | options)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "LandingAI ADE, Lending, model ade-3" in html
    ines.post("preset_merge", fields_of(html, "data-draft-settles"))
    stored = ines.stored()
    assert (stored.connection, stored.provider_options) == (str(lending.uid), {"model": "ade-3"})
    assert (stored.fallback, stored.lang) == (Destination("local"), "de")


# --- Two people -----------------------------------------------------------------------------------------------------


@pytest.fixture
def dana(ines: Author) -> Author:
    return Author(ines.project, preset=ines.preset)


def test_the_second_save_is_told_and_shown_the_difference(ines: Author, dana: Author) -> None:
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {f"type-{INVOICE.id}": "Her invoice"})
    answer = ines.save(mine | {f"type-{CONTRACT.id}": "My contract"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert f"{dana.user.display_name} saved this draft" in html
    assert "Her" in html
    assert "My" in html
    assert types(ines.stored()) == ["Her invoice", "Payment reminder", "Contract"]


def test_the_suggested_choice_keeps_both_texts(ines: Author, dana: Author) -> None:
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {f"type-{INVOICE.id}": "Her invoice", "lang": "de"})
    conflict = ines.save(mine | {f"type-{CONTRACT.id}": "My contract", "max_pages": "5"})
    merged = fields_of(conflict.content.decode(), "data-draft-settles")
    assert ines.post("preset_merge", merged).status_code == 302
    assert types(ines.stored()) == ["Her invoice", "Payment reminder", "My contract"]
    assert (ines.stored().lang, ines.stored().max_pages) == ("de", 5)


def test_each_part_can_be_taken_from_either_side(ines: Author, dana: Author) -> None:
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {f"type-{INVOICE.id}": "Her invoice"})
    conflict = ines.save(mine | {f"type-{INVOICE.id}": "My invoice"})
    fields = fields_of(conflict.content.decode(), "data-draft-settles")
    assert fields[f"side-{INVOICE.id}"] == "mine"
    ines.post("preset_merge", fields | {f"side-{INVOICE.id}": "theirs"})
    assert types(ines.stored())[0] == "Her invoice"


def test_a_third_save_during_the_choice_is_told_again(ines: Author, dana: Author) -> None:
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {f"type-{INVOICE.id}": "Her invoice"})
    conflict = ines.save(mine | {f"type-{CONTRACT.id}": "My contract"})
    dana.save(dana.open_editor() | {f"type-{REMINDER.id}": "Her reminder"})
    again = ines.post("preset_merge", fields_of(conflict.content.decode(), "data-draft-settles"))
    assert again.status_code == 409
    ines.post("preset_merge", fields_of(again.content.decode(), "data-draft-settles"))
    assert types(ines.stored()) == ["Her invoice", "Her reminder", "My contract"]


def test_a_choice_that_makes_too_many_rules_is_said_and_can_be_made_again(ines: Author, dana: Author) -> None:
    most = [reworded(INVOICE, id=f"{number:08x}", type=f"Type {number}") for number in range(RULES_MAX - 1)]
    drafts.save(ines.preset, a_draft(*most), revision=1, by=ines.user)
    mine, hers = ines.open_editor(), dana.open_editor()
    dana.save(hers | {"do": "add"})
    last = most[-1].id
    conflict = ines.save(mine | {f"type-{last}": "My type", "do": f"copy:{last}"})
    before = ines.stored()
    sides = fields_of(conflict.content.decode(), "data-draft-settles")
    answer = ines.post("preset_merge", sides | {f"side-{last}": "theirs"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "A preset may have 300 rules at most." in html
    assert ines.stored() == before
    again = fields_of(html, "data-draft-settles")
    assert again[f"side-{last}"] == "theirs"
    assert again[f"type-{last}"] == "My type"
    added = next(rule.id for rule in before.rules if not rule.type)
    assert ines.post("preset_merge", again | {f"side-{added}": "mine"}).status_code == 302
    assert len(ines.stored().rules) == RULES_MAX


def test_an_autosave_in_conflict_is_a_banner_and_takes_nothing_from_the_page(ines: Author, dana: Author) -> None:
    mine = ines.open_editor()
    dana.save(dana.open_editor() | {f"type-{INVOICE.id}": "Her invoice"})
    for action in ("", "add", f"delete:{CONTRACT.id}"):
        answer = ines.save(mine | {f"type-{CONTRACT.id}": "My contract", "do": action}, **HTMX)
        assert (answer.status_code, answer["HX-Reswap"]) == (422, "none")
        assert "Compare and choose" in answer.content.decode()
        assert "HX-Trigger" not in answer


def test_two_tabs_of_one_person_are_told_apart_from_two_people(ines: Author) -> None:
    one, two = ines.open_editor(), ines.open_editor()
    ines.save(one | {f"type-{INVOICE.id}": "First tab"})
    answer = ines.save(two | {f"type-{INVOICE.id}": "Second tab"})
    assert "in another tab" in answer.content.decode()


def test_a_reload_of_the_page_that_compares_leads_to_the_editor(ines: Author) -> None:
    for name in ("preset_draft", "preset_merge"):
        assert ines.get(name).url == ines.url()


# --- An archived preset ---------------------------------------------------------------------------------------------


def test_an_archived_preset_can_be_read_and_not_edited(ines: Author) -> None:
    fields = ines.open_editor()
    drafts.archive(ines.preset, by=ines.user)
    assert b"<textarea" not in ines.get().content
    assert ines.save(fields | {f"type-{INVOICE.id}": "Late"}).status_code == 404


def test_the_header_counts_changes_against_what_is_published(ines: Author) -> None:
    publishing.publish(ines.preset, by=ines.user, note="")
    assert "the draft says the same" in ines.get().content.decode()
    drafts.save(ines.preset, a_draft(reworded(INVOICE, type="Bill"), REMINDER), revision=1, by=factories.a_user())
    html = ines.get().content.decode()
    assert "2 changes," in html
    assert "Publish v2" in html


def test_the_page_of_the_largest_draft_still_opens(ines: Author) -> None:
    drafts.save(
        ines.preset, a_draft(*[reworded(INVOICE, id=f"{n:08x}") for n in range(RULES_MAX)]), revision=1, by=ines.user
    )
    fields = ines.open_editor()
    assert len(fields["rule"]) == RULES_MAX
    assert ines.save(fields, **HTMX).status_code == 200
