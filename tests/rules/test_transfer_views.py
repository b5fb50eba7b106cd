"""Export, import and paste, through the pages."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rules import drafts, publishing
from rules.interchange import BYTES_MAX
from rules.models import Preset
from rules.shape import RULES_MAX, Draft, make_rules
from tests.rules.browsing import Author
from tests.rules.examples import INVOICE, a_draft

pytestmark = pytest.mark.django_db

BILL = {"type": "Bill", "description": "Asks for payment of what was delivered to us."}


@pytest.fixture
def ines() -> Author:
    return Author()


def import_(author: Author, **data):
    return author.client.post(reverse("preset_import", args=[author.project.slug]), data)


def test_a_preset_is_exported_as_a_file_named_after_it(ines: Author) -> None:
    publishing.publish(ines.preset, by=ines.user, note="")
    drafts.save(ines.preset, a_draft(INVOICE), revision=1, by=ines.user)
    draft = ines.get("preset_export")
    assert draft["Content-Disposition"] == 'attachment; filename="accounts-payable-draft.json"'
    assert len(draft.json()["rules"]) == 1
    version = ines.get("preset_export", "?version=1")
    assert version["Content-Disposition"] == 'attachment; filename="accounts-payable-v1.json"'
    assert len(version.json()["rules"]) == 3
    assert ines.get("preset_export", "?version=9").status_code == 404


def test_what_was_exported_is_imported_as_a_new_draft(ines: Author) -> None:
    import_(ines, name="Copy", text=ines.get("preset_export").content.decode())
    copy = Preset.objects.get(name="Copy")
    assert [rule.type for rule in Draft.from_json(copy.draft).rules] == ["Invoice", "Payment reminder", "Contract"]
    assert copy.published is None


def test_a_file_is_read_as_well_as_pasted_text(ines: Author) -> None:
    import_(ines, name="From a file", file=SimpleUploadedFile("p.json", json.dumps([BILL]).encode()))
    assert Draft.from_json(Preset.objects.get(name="From a file").draft).rules[0].type == "Bill"


def test_problems_come_with_their_lines_and_the_text_stays(ines: Author) -> None:
    text = '[\n{"type": "A"},\n]'
    answer = import_(ines, name="Broken", text=text)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3: Take out the comma before “]”." in html
    assert "Broken" in html
    assert "&quot;type&quot;" in html
    assert not Preset.objects.filter(name="Broken").exists()


def test_a_name_that_is_taken_is_told_at_the_field_and_the_text_stays(ines: Author) -> None:
    answer = import_(ines, name="accounts PAYABLE", text=json.dumps([BILL]))
    assert answer.status_code == 422
    assert "Another preset has this name." in answer.content.decode()
    assert "Bill" in answer.content.decode()


def test_an_import_without_a_name_gets_one(ines: Author) -> None:
    for _ in range(2):
        import_(ines, text=json.dumps([BILL]))
    assert Preset.objects.filter(name__startswith="Imported preset").count() == 2


@pytest.mark.parametrize("content", [b"[\n\xff]", b"x" * (BYTES_MAX + 1), b""])
def test_files_that_cannot_be_read_say_why(ines: Author, content: bytes) -> None:
    answer = import_(ines, name="X", file=SimpleUploadedFile("p.json", content))
    assert answer.status_code == 422
    assert "Line " in answer.content.decode()


def test_left_out_keys_are_said(ines: Author) -> None:
    answer = import_(ines, name="Rich", text=json.dumps([BILL | {"color": "red"}]))
    assert "“color” on line 1 was left out" in ines.client.get(answer.url).content.decode()


def test_pasted_rules_come_after_those_that_are_there(ines: Author) -> None:
    ines.post("preset_paste", {"text": json.dumps([BILL]), "how": "add"})
    assert [rule.type for rule in ines.stored().rules] == ["Invoice", "Payment reminder", "Contract", "Bill"]


def test_pasted_rules_may_take_the_place_of_all_with_their_options(ines: Author) -> None:
    configuration = {"rules": [BILL], "parsing_configuration": {"lang": "de", "max_pages": 3}}
    ines.post("preset_paste", {"text": json.dumps(configuration), "how": "replace"})
    stored = ines.stored()
    assert ([rule.type for rule in stored.rules], stored.lang, stored.max_pages) == (["Bill"], "de", 3)


def test_a_bare_array_in_place_of_all_leaves_the_options_alone(ines: Author) -> None:
    drafts.save(ines.preset, a_draft(lang="de"), revision=1, by=ines.user)
    ines.post("preset_paste", {"text": json.dumps([BILL]), "how": "replace"})
    assert (len(ines.stored().rules), ines.stored().lang) == (1, "de")


def test_a_paste_that_is_too_much_changes_nothing(ines: Author) -> None:
    full = Draft(rules=make_rules([{"type": str(n)} for n in range(RULES_MAX)]))
    drafts.save(ines.preset, full, revision=1, by=ines.user)
    answer = ines.post("preset_paste", {"text": json.dumps([BILL]), "how": "add"})
    assert answer.status_code == 422
    assert "A preset may have 300 rules at most." in answer.content.decode()
    assert len(ines.stored().rules) == RULES_MAX


def test_a_broken_paste_shows_its_lines_and_keeps_the_choice(ines: Author) -> None:
    answer = ines.post("preset_paste", {"text": "[", "how": "replace"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 1: The text ends too early" in html
    assert 'value="replace" checked' in html
