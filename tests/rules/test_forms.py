"""From the editor's form to a draft."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from rules.forms import read_editor, read_sides
from rules.shape import Destination, Draft
from tests.rules.examples import INVOICE, a_draft, reworded


def form(**fields) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in ({"revision": "1"} | fields).items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


RULES = {
    "rule": ["aaaaaaaa", "bbbbbbbb"],
    "type__aaaaaaaa": "Invoice",
    "description__aaaaaaaa": "Asks for payment.",
    "monogram__aaaaaaaa": "in",
    "type__bbbbbbbb": " Letter ",
}


def test_rules_come_in_the_order_of_the_page() -> None:
    draft = read_editor(form(**RULES), stored=Draft()).draft
    assert [(rule.id, rule.type, rule.monogram) for rule in draft.rules] == [
        ("aaaaaaaa", "Invoice", "IN"),
        ("bbbbbbbb", "Letter", ""),
    ]


def test_options_are_read() -> None:
    posted = read_editor(
        form(
            provider="llamacloud_v2",
            mode="MULTIMODAL",
            lang="de",
            max_pages=" 5 ",
            target_pages=" 1, 3 ",
            auto_approve_at="90 %",
        ),
        stored=Draft(),
    )
    draft = posted.draft
    assert (draft.provider, draft.mode, draft.lang) == ("llamacloud_v2", "MULTIMODAL", "de")
    assert (draft.max_pages, draft.target_pages, draft.auto_approve_at) == (5, "1, 3", 0.9)
    assert posted.problems == ()


def test_blank_numbers_mean_no_limit() -> None:
    stored = a_draft(max_pages=5, auto_approve_at=0.9)
    draft = read_editor(form(max_pages="", auto_approve_at=""), stored=stored).draft
    assert (draft.max_pages, draft.auto_approve_at) == (None, None)


@pytest.mark.parametrize("text", ["five", "0", "-1", "1.5", "9" * 40, "٣x"])
def test_a_number_nobody_can_read_is_told_and_the_stored_one_stays(text: str) -> None:
    posted = read_editor(form(max_pages=text, auto_approve_at=text), stored=a_draft(max_pages=5, auto_approve_at=0.5))
    assert (posted.draft.max_pages, posted.draft.auto_approve_at) == (5, 0.5)
    assert [problem.field for problem in posted.problems] == ["max_pages", "auto_approve_at"]
    assert posted.typed == {"max_pages": text, "auto_approve_at": text}


def test_choices_that_are_not_offered_keep_what_is_stored() -> None:
    stored = a_draft(lang="eo")
    posted = read_editor(form(provider="skynet", mode="SLOW", lang="<b>"), stored=stored)
    assert (posted.draft.provider, posted.draft.mode, posted.draft.lang) == ("local", "FAST", "eo")


def test_what_the_form_does_not_carry_is_taken_from_the_store() -> None:
    stored = a_draft(connection="some-uid", provider_options={"a": 1}, hold=True)
    draft = read_editor(form(**RULES), stored=stored).draft
    assert (draft.connection, draft.provider_options, draft.hold) == ("some-uid", {"a": 1}, True)


@pytest.mark.parametrize("revision", ["", "x", "1e3"])
def test_a_form_without_its_revision_is_not_ours(revision: str) -> None:
    with pytest.raises(SuspiciousOperation):
        read_editor(form(revision=revision), stored=Draft())


@pytest.mark.parametrize("base", ["", "[]", "not json", "[" * 5000, '{"a": {"b": 1}}'])
def test_a_fingerprint_that_is_none_is_read_as_far_as_it_goes(base: str) -> None:
    assert all(isinstance(value, str) for value in read_editor(form(base=base), stored=Draft()).base.values())


def test_sides_of_a_merge() -> None:
    assert read_sides(form(side__aaaaaaaa="theirs", side__lang="mine", other="x")) == {
        "aaaaaaaa": "theirs",
        "lang": "mine",
    }


@given(st.text(), st.text())
def test_any_text_in_the_form_becomes_a_draft_that_can_be_stored(one: str, two: str) -> None:
    data = form(rule=[one, one, "aaaaaaaa"], type__aaaaaaaa=two, max_pages=one, target_pages=two, auto_approve_at=two)
    draft = read_editor(data, stored=Draft()).draft
    json.dumps(draft.to_json(), allow_nan=False)
    assert len({rule.id for rule in draft.rules}) == 3


def test_a_posted_draft_equals_the_stored_one_when_nothing_was_typed() -> None:
    stored = a_draft(reworded(INVOICE, description="One.\nTwo."))
    (rule,) = stored.rules
    data = form(
        rule=[rule.id],
        **{
            f"type__{rule.id}": rule.type,
            f"description__{rule.id}": "One.\r\nTwo.",
            f"monogram__{rule.id}": rule.monogram,
        },
    )
    assert read_editor(data, stored=stored).draft == stored


@pytest.mark.parametrize("name", ["max_pages", "auto_approve_at"])
@pytest.mark.parametrize("text", ["9" * 5000, "0" * 12 + "9" * 20])
def test_numbers_of_any_length_are_refused_in_words(name: str, text: str) -> None:
    posted = read_editor(form(**{name: text}), stored=Draft(max_pages=3))
    assert [problem.field for problem in posted.problems] == [name]
    assert posted.draft.max_pages in (3, None)


UID = "0b6d3f5c-3f3c-4a55-9f0e-0f8f6f0a7f11"


def test_a_connection_comes_with_its_provider_in_one_value() -> None:
    draft = read_editor(form(provider=f"landingai:{UID}", fallback="local"), stored=Draft()).draft
    assert (draft.destination, draft.fallback) == (Destination("landingai", UID), Destination("local"))


@pytest.mark.parametrize("text", ["skynet", f"skynet:{UID}", "landingai:not-a-uid", ":", f":{UID}", "\x00"])
def test_a_destination_that_is_none_keeps_what_is_stored(text: str) -> None:
    stored = a_draft(provider="unsiloed", connection=UID, fallback=Destination("local"))
    draft = read_editor(form(provider=text, fallback=text), stored=stored).draft
    assert (draft.destination, draft.fallback) == (Destination("unsiloed", UID), Destination("local"))


def test_a_fallback_is_taken_back_by_choosing_nothing() -> None:
    stored = a_draft(fallback=Destination("local"))
    assert read_editor(form(fallback=""), stored=stored).draft.fallback is None
    assert read_editor(form(), stored=stored).draft.fallback == Destination("local")


def test_only_the_settings_that_the_provider_has_are_read_and_defaults_go_without_saying() -> None:
    data = {"provider": "landingai", "options_of": "landingai", "option-model": " ade-3 ", "option-save_preset": "on"}
    assert read_editor(form(**data), stored=Draft()).draft.provider_options == {"model": "ade-3"}
    ticked = {"provider": "unsiloed", "options_of": "unsiloed", "option-adds_none": "on"}
    assert read_editor(form(**ticked), stored=Draft()).draft.provider_options == {}
    del ticked["option-adds_none"]
    assert read_editor(form(**ticked), stored=Draft()).draft.provider_options == {"adds_none": False}


def test_settings_go_with_the_provider_they_were_for() -> None:
    stored = a_draft(provider="landingai", provider_options={"model": "ade-3"})
    data = form(provider="unsiloed", options_of="landingai", **{"option-model": "ade-3"})
    assert read_editor(data, stored=stored).draft.provider_options == {}
