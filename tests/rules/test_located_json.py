"""JSON with the lines of its parts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import located_json
from rules.located_json import JsonError

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 1]))
def test_any_json_is_read_as_python_reads_it_and_every_line_is_inside_the_text(value, indent) -> None:
    text = json.dumps(value, indent=indent)
    located = located_json.read(text)
    assert located.value == value
    assert all(1 <= line <= text.count("\n") + 1 for line in located.lines.values())


@given(values)
def test_each_item_of_a_list_written_on_lines_of_their_own_is_on_its_line(value) -> None:
    located = located_json.read("[\n" + ",\n".join([json.dumps(value)] * 3) + "\n]")
    assert [located.line(place) for place in range(3)] == [2, 3, 4]


def test_a_part_that_is_not_there_is_on_the_line_of_what_it_should_stand_in() -> None:
    located = located_json.read('{"rules": [\n  {"type": "Invoice"}\n]}')
    assert located.line("rules", 0, "description") == 2
    assert located.line("mode") == 1


def test_brackets_inside_texts_are_no_brackets() -> None:
    located = located_json.read('["]},{[\\"",\n{"a": "}"}]')
    assert located.line(1, "a") == 2


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('[\n{"type": "A"},\n]', 3, "Take out the comma before “]”."),
        ('{"a": 1,\n}', 2, "Take out the comma before “}”."),
        ('[{"type": "A"}\n{"type": "B"}]', 2, 'A comma is missing before “{"type": "B"”.'),
        ("{'type': 1}", 1, 'Texts stand in straight double quotes: ".'),
        ('{\n"type": “A”}', 2, 'Texts stand in straight double quotes: ".'),
        ('[\n"A\nB"]', 2, "A text runs over the line. Write \\n where a new line is meant."),
        ('["A', 1, "A text is not closed with a double quote."),
        ("[\n[", 2, "The text ends too early: a bracket or a quote is not closed."),
        ("", 1, "The text ends too early: a bracket or a quote is not closed."),
        ("[1]\nrules", 2, "There is more text after the end."),
        ('{"a": nope}', 1, "“nope}” cannot stand here."),
        ("[NaN]", 1, "A number in there cannot be read."),
        ("9" * 5000, 1, "A number in there cannot be read."),
        ("[" * 100_000, 1, "Nested too deep."),
    ],
)
def test_slips_made_by_hand_are_named_on_their_line(text: str, line: int, sentence: str) -> None:
    with pytest.raises(JsonError) as caught:
        located_json.read(text)
    assert (caught.value.line, caught.value.sentence) == (line, sentence)


def test_a_byte_order_mark_is_no_slip() -> None:
    assert located_json.read("\ufeff[1]").value == [1]
