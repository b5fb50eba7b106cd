"""Rules from files: both shapes, and messages that lead to the line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import Rule
from classifyhub.engine.rulesfile import Configuration, RulesFileError, load_rules, parse_rules

RULES = [{"type": "invoice", "description": "A bill"}, {"type": "letter", "description": None}]
COMPILED = (Rule("invoice", "A bill"), Rule("letter"))


def test_an_array_of_rules_is_enough():
    assert parse_rules(json.dumps(RULES), name="r.json") == Configuration(COMPILED)


@pytest.mark.parametrize(
    "wrap", [lambda data: data, lambda data: {"configuration": data}, lambda data: {"name": "x", "parameters": data}]
)
def test_a_configuration_brings_its_options(wrap):
    parsing = {"lang": "de", "max_pages": 5, "target_pages": "1-3"}
    data = wrap({"rules": RULES, "mode": "MULTIMODAL", "parsing_configuration": parsing})
    assert parse_rules(json.dumps(data), name="r.json") == Configuration(COMPILED, "MULTIMODAL", "de", 5, "1-3")


def test_options_that_are_null_keep_their_defaults():
    data = {"rules": RULES, "mode": None, "parsing_configuration": None}
    assert parse_rules(json.dumps(data), name="r.json") == Configuration(COMPILED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n{"type": "a"},\n{"type": "b",}\n]', "r.json, line 3, column 14: not JSON"),
        ("", "r.json, line 1, column 1: not JSON"),
        ('[\n{"type": "a"},\n\n{"type": " A"}]', "r.json, line 4: Rule 2 repeats the type “A”."),
        ('[{"type": "a"},\n{"description": "b"}]', "r.json, line 2: rule 2 has no type."),
        ('{"rules": [\n  {"type": "a"},\n  "b"]}', "r.json, line 3: rule 2 must be an object"),
        ('{"rules": [\n{"type": 5}]}', "r.json, line 2: rule 1 has no type."),
        ('[{"type": "a", "description": 5}]', "line 1: the description of rule 1 must be text"),
        ('[\n\n{"type": "%s"}]' % ("a" * 201), "line 3: the type of rule 1 has 201 characters; 200 are allowed"),
        ('[{"type": "a", "description": "%s"}]' % ("a" * 2001), "the description of rule 1 has 2,001 characters"),
        ("[]", "There are no rules"),
        ('{"rules": []}', "There are no rules"),
        ("{}", "expected an array of rules"),
        ('"rules"', "expected an array of rules"),
        ('{"rules": [{"type": "a"}], "mode": "SLOW"}', "“mode” must be one of"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": 3}', "“parsing_configuration” must be an object"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": {"max_pages": 0}}', "“max_pages” must be"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": {"max_pages": true}}', "“max_pages” must be"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": {"target_pages": "3-1"}}', "“target_pages”: “3-1” runs"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": {"target_pages": 3}}', "“target_pages” must be text"),
        ('{"rules": [{"type": "a"}], "parsing_configuration": {"lang": 3}}', "“lang” must be text"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, message):
    with pytest.raises(RulesFileError) as caught:
        parse_rules(text, name="r.json")
    assert message in str(caught.value)


def test_files_from_any_editor_are_read(tmp_path):
    path = tmp_path / "rules.json"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_bytes(json.dumps([{"type": "Überweisung"}], ensure_ascii=False).encode(encoding))
        assert load_rules(path).rules == (Rule("Überweisung"),)


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(RulesFileError, match="No such file"):
        load_rules(tmp_path / "gone.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rules", "type", "mode", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(json_values, st.sampled_from([None, 1, 4]))
def test_any_json_is_either_rules_or_refused_in_words(data, indent):
    try:
        found = parse_rules(json.dumps(data, indent=indent), name="r.json").rules
    except RulesFileError as error:
        found = str(error).startswith("r.json, line")
    assert found
