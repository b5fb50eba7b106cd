"""Presets as JSON, in and out. The shape is section 4 of the LlamaCloud v2 contract."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.destinations import Reach
from rules.interchange import BYTES_MAX, Imported, UnreadableError, parse, parse_bytes, settle, write
from rules.shape import RULES_MAX, Destination, Draft, make_rules
from rules.starters import STARTERS
from tests.rules.examples import INVOICE, a_draft, reworded
from tests.support.factories import a_connection, a_project

RULE = {"type": "Invoice", "description": "Asks for payment of what was delivered."}


def problems(text: str) -> list[str]:
    with pytest.raises(UnreadableError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def content(draft: Draft) -> dict:
    data = draft.to_json()
    data["rules"] = [{key: rule[key] for key in ("type", "description")} for rule in data["rules"]]
    return data


def test_what_is_written_has_the_shape_of_a_configuration() -> None:
    assert json.loads(write(a_draft(INVOICE, max_pages=5, target_pages="1,3"))) == {
        "rules": [{"type": "Invoice", "description": INVOICE.description}],
        "mode": "FAST",
        "parsing_configuration": {"lang": "en", "max_pages": 5, "target_pages": "1,3"},
    }
    assert json.loads(write(a_draft()))["parsing_configuration"]["target_pages"] is None


texts = st.text(min_size=1, max_size=40).filter(str.strip)
drafts = st.builds(
    lambda items, mode, lang, most, pages: Draft(
        rules=make_rules(items), mode=mode, lang=lang, max_pages=most, target_pages=pages
    ),
    st.lists(st.fixed_dictionaries({"type": texts, "description": st.text(max_size=40)}), min_size=1, max_size=5),
    st.sampled_from(["FAST", "MULTIMODAL"]),
    st.sampled_from(["en", "de"]),
    st.none() | st.integers(1, 1000),
    st.sampled_from(["", "1,3,5-7"]),
)


@given(drafts)
def test_what_is_written_is_read_back(draft: Draft) -> None:
    imported = parse(write(draft))
    assert content(imported.draft) == content(draft)
    assert imported.has_options
    assert imported.notes == ()


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
def test_starters_survive_the_round_trip(starter) -> None:
    draft = Draft(rules=make_rules(starter.draft_rules()))
    assert content(parse(write(draft)).draft) == content(draft)


def test_a_bare_array_of_rules_brings_no_options() -> None:
    imported = parse(json.dumps([RULE]))
    assert [rule.type for rule in imported.draft.rules] == ["Invoice"]
    assert not imported.has_options


@pytest.mark.parametrize(
    "wrapped",
    [
        {"configuration": {"rules": [RULE], "mode": "FAST"}, "file_input": "dfl-1"},
        {"name": "Bills", "parameters": {"product_type": "classify_v2", "rules": [RULE]}},
    ],
)
def test_a_job_or_a_saved_preset_is_unpacked(wrapped) -> None:
    assert [rule.type for rule in parse(json.dumps(wrapped)).draft.rules] == ["Invoice"]


def test_monograms_are_taken_when_somebody_wrote_them() -> None:
    assert parse(json.dumps([RULE | {"monogram": "xy"}])).draft.rules[0].monogram == "XY"


def test_unknown_keys_are_left_out_and_said_once_each() -> None:
    text = '{"rules": [\n{"type": "A", "color": 1},\n{"type": "B", "color": 2}],\n"temperature": 0}'
    assert parse(text).notes == (
        "“color” was left out 2 times, first on line 2: a preset has no place for it.",
        "“temperature” on line 4 was left out: a preset has no place for it.",
    )


def test_all_problems_are_found_at_once_and_carry_their_lines() -> None:
    text = """{"rules": [
  {"description": "no type"},
  {"type": 5},
  "Invoice"
],
"mode": "SLOW",
"parsing_configuration": {
  "max_pages": 0,
  "lang": ["en"]
}}"""
    assert problems(text) == [
        "Line 2: The rule needs a “type”.",
        "Line 3: The rule needs a “type”.",
        "Line 3: “type” must be text in double quotes.",
        "Line 4: A rule is an object with “type” and “description”.",
        "Line 6: “mode” must be FAST or MULTIMODAL.",
        "Line 8: “max_pages” must be a whole number from 1, or null.",
        "Line 9: “lang” must be text in double quotes.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "Line 1: There is no rule in the list."),
        ("{}", "Line 1: “rules” must be a list."),
        ('{"rules": {}}', "Line 1: “rules” must be a list."),
        ('"rules"', "Line 1: Expected a list of rules, or an object that has one under “rules”."),
        (
            '{"rules": [{"type": "A"}], "parsing_configuration": []}',
            "Line 1: “parsing_configuration” must be an object or null.",
        ),
        ('[{"type": "A"},\n]', "Line 2: Take out the comma before “]”."),
        (f'[{{"type": "{"x" * 20_001}"}}]', "Line 1: “type” is longer than 20,000 characters."),
        (
            '{"rules": [{"type": "A"}], "parsing_configuration": {"max_pages": true}}',
            "Line 1: “max_pages” must be a whole number from 1, or null.",
        ),
    ],
)
def test_what_cannot_be_imported_says_why(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_sizes_are_limited() -> None:
    assert problems(json.dumps([RULE] * (RULES_MAX + 1))) == ["Line 1: A preset may have 300 rules at most."]
    assert problems(" " * (BYTES_MAX + 1)) == ["Line 1: More than 1 MB of text."]


def test_a_thousand_problems_are_cut_to_a_page_of_them() -> None:
    assert len(problems(json.dumps([{}] * 200, indent=1))) == 20


def test_a_file_is_read_as_utf_8_with_or_without_a_mark() -> None:
    data = json.dumps([RULE | {"type": "Prüfbericht"}], ensure_ascii=False).encode("utf-8-sig")
    assert parse_bytes(data).draft.rules[0].type == "Prüfbericht"
    with pytest.raises(UnreadableError, match=r"Line 2: This is not text in UTF-8\."):
        parse_bytes(b"[\n\xff]")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    with suppress(UnreadableError):
        assert parse(text).draft.rules


def test_rules_that_cannot_be_published_yet_may_still_be_imported() -> None:
    text = write(a_draft(reworded(INVOICE, description=""), reworded(INVOICE, id="dddddddd")))
    assert len(parse(text).draft.rules) == 2


# --- Where documents go -----------------------------------------------------------------------------------------------


def test_a_connection_travels_by_its_name_and_never_by_its_uid() -> None:
    draft = a_draft(
        INVOICE,
        provider="landingai",
        connection="uid-1",
        provider_options={"model": "ade-3"},
        fallback=Destination("local"),
    )
    text = write(draft, names={"uid-1": "Lending"})
    assert "uid-1" not in text
    assert json.loads(text)["classifyhub"] == {
        "provider": "landingai",
        "connection": "Lending",
        "provider_options": {"model": "ade-3"},
        "fallback": {"provider": "local"},
    }


def brought(desk: dict, project) -> Imported:
    return settle(parse(json.dumps({"rules": [RULE], "classifyhub": desk})), Reach.of(project))


@pytest.mark.django_db
class TestSettled:
    def test_the_connection_of_that_name_is_found_on_this_desk(self):
        project = a_project()
        a_connection(project, "landingai", name="Other", is_default=True)
        named = a_connection(project, "landingai", name="Lending")
        desk = {"provider": "landingai", "connection": "Lending", "fallback": {"provider": "local"}}
        imported = brought(desk, project)
        assert imported.draft.destination == Destination("landingai", str(named.uid))
        assert imported.draft.fallback == Destination("local")
        assert imported.notes == ()

    def test_a_name_nobody_has_here_is_said_and_the_usual_connection_taken(self):
        project = a_project()
        usual = a_connection(project, "landingai", name="Other")
        imported = brought({"provider": "landingai", "connection": "Lending"}, project)
        assert imported.draft.connection == str(usual.uid)
        assert imported.notes == ("There is no connection “Lending” to LandingAI ADE here.",)

    def test_a_fallback_that_nobody_could_ask_is_left_out_and_said(self):
        imported = brought({"provider": "local", "fallback": {"provider": "unsiloed"}}, a_project())
        assert imported.draft.fallback is None
        assert imported.notes == ("The fallback was left out: there is no connection to Unsiloed.",)

    def test_a_provider_nobody_knows_is_left_out_and_said(self):
        imported = brought({"provider": "skynet", "fallback": {"provider": "echo"}}, a_project())
        assert (imported.draft.provider, imported.draft.fallback) == ("local", None)
        assert imported.notes == (
            "“skynet” on line 1 was left out: nobody here knows such a provider.",
            "“echo” on line 1 was left out: nobody here knows such a provider.",
        )


@pytest.mark.parametrize(
    ("desk", "problem"),
    [
        ([], "Line 1: “classifyhub” must be an object."),
        ({"provider": "local", "fallback": "local"}, "Line 1: “fallback” must be an object."),
        ({"provider": "unsiloed", "provider_options": 1}, "Line 1: “provider_options” must be an object."),
        (
            {"provider": "unsiloed", "provider_options": {"model": "m"}},
            "Line 1: “model” is no option of Unsiloed.",
        ),
        (
            {"provider": "unsiloed", "provider_options": {"adds_none": "no"}},
            "Line 1: “adds_none” of Unsiloed is written another way.",
        ),
    ],
)
def test_options_a_provider_has_not_are_refused(desk, problem: str) -> None:
    assert problems(json.dumps({"rules": [RULE], "classifyhub": desk})) == [problem]
