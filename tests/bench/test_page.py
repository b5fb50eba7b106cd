"""Figures in a page: tables are replaced, words stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifyhub.bench.engine import page

DOCUMENT = Path(page.__file__).parents[3] / "docs" / "how-good-is-it.md"
RESULTS = {
    "packets": {"pages": 1065, "page accuracy": 0.8251, "border F1": None},
    "aims": [{"name": "right", "aim": "≥ 0.88", "reached": 0.9, "is_met": True}],
    "types": [{"type": "memo", "documents": 2, "right": 0.5, "top-1": 1.0, "taken for": {"plan": 1}}],
}
PACKETS = """Before.
<!-- figures: packets -->
| | figure |
| --- | --: |
| an old figure | 1 |
<!-- end -->
After."""


def test_a_table_is_written_where_the_page_asks_for_it_and_words_stay():
    assert page.fill_in(PACKETS, RESULTS).splitlines() == [
        "Before.",
        "<!-- figures: packets -->",
        "|  | figure |",
        "| --- | --: |",
        "| pages | 1,065 |",
        "| page accuracy | 0.825 |",
        "| border F1 | – |",
        "<!-- end -->",
        "After.",
    ]


def test_filling_in_twice_changes_nothing():
    once = page.fill_in(PACKETS, RESULTS)
    assert page.fill_in(once, RESULTS) == once


def test_aims_and_types_say_what_falls_short_and_what_was_taken_for_what():
    asked = "<!-- figures: aims -->\n<!-- end -->\n<!-- figures: types -->\n<!-- end -->"
    lines = page.fill_in(asked, RESULTS).splitlines()
    assert "| right | ≥ 0.88 | 0.900 |  |" in lines
    assert "| memo | 2 | 0.500 | 1 | plan 1 |" in lines


def test_what_was_not_measured_stays_as_it_was():
    assert page.fill_in(PACKETS, {}) == PACKETS


def test_a_table_that_nobody_makes_is_refused():
    with pytest.raises(KeyError):
        page.fill_in("<!-- figures: nothing -->\n<!-- end -->", RESULTS)


def test_the_page_of_this_project_asks_for_every_table():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"<!-- figures: {name} -->" in text for name in page.TABLES)


def test_the_program_rewrites_the_page(tmp_path):
    results, target = tmp_path / "results.json", tmp_path / "page.md"
    results.write_text(json.dumps(RESULTS))
    target.write_text(PACKETS)
    assert page.main([str(results), str(target)]) == 0
    assert "| pages | 1,065 |" in target.read_text()
    assert page.main([]) == 2
