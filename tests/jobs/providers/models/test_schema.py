"""The closed set of labels, and its schema in the subset that all servers share."""

from __future__ import annotations

import pytest

from classifyhub.engine.model import Rule
from jobs.providers.models.schema import answer_schema, labels_for


@pytest.mark.parametrize(
    ("types", "none"),
    [
        (["Invoice"], "none"),
        (["Invoice", " NONE "], "none of these"),
        (["none", "None of these"], "none of these (2)"),
        (["none", "none of these", "none of these (2)"], "none of these (3)"),
    ],
)
def test_the_word_for_none_is_one_that_no_rule_bears(types, none):
    assert labels_for([Rule(type) for type in types]).none == none


def test_a_label_is_found_whatever_its_case_but_exactly_first():
    labels = labels_for([Rule("Invoice"), Rule("Letter")])
    assert [labels.find(said) for said in ("Invoice", " letter", "NONE", "Recipe", "")] == [
        "Invoice",
        "Letter",
        "none",
        None,
        None,
    ]


def walk(schema):
    yield schema
    for part in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])):
        yield from walk(part)


def test_the_schema_keeps_to_what_strict_servers_take():
    schema = answer_schema(labels_for([Rule("Invoice")]))
    for part in walk(schema):
        assert set(part) <= {"type", "properties", "required", "additionalProperties", "items", "enum"}
        if part["type"] == "object":
            assert part["required"] == list(part["properties"])
            assert part["additionalProperties"] is False


def test_a_model_quotes_and_explains_before_it_chooses():
    schema = answer_schema(labels_for([Rule("Invoice")]))
    assert list(schema["properties"]) == ["quotes", "reasoning", "type", "confidence"]
    assert schema["properties"]["type"]["enum"] == ["Invoice", "none"]
