"""Which pages are read: ranges as people type them, limits, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import parse_pages
from classifyhub.engine.pageranges import Scope


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("1,3,5-7", ((1, 1), (3, 3), (5, 7))),
        (" 2 - 4 , 3 ", ((2, 4),)),
        ("7,1", ((1, 1), (7, 7))),
        ("1-2,3-4", ((1, 4),)),
        ("", ()),
        ("  ", ()),
    ],
)
def test_ranges_are_sorted_and_joined(text, ranges):
    assert parse_pages(text) == ranges


@pytest.mark.parametrize("text", ["0", "5-3", "a", "1,,2", "1-2-3", "-1", "1;2", "٣", "1-99999999"])
def test_what_is_no_range_is_said_in_words(text):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_pages(text)


@given(st.integers(0, 300), st.integers(1, 300) | st.none(), st.lists(st.integers(1, 200), max_size=8))
def test_every_page_is_either_read_or_named_as_left_out(count, max_pages, targets):
    plan = Scope(max_pages=max_pages, ranges=parse_pages(",".join(map(str, targets)))).plan(count)
    assert sorted((*plan.numbers, *plan.left_out)) == list(range(1, count + 1))
    assert bool(plan.left_out) == bool(plan.cut)
    assert max_pages is None or len(plan.numbers) <= max_pages


def test_page_numbers_stay_the_documents_own():
    plan = Scope(max_pages=2, ranges=parse_pages("3,5-9")).plan(7)
    assert plan.numbers == (3, 5)
    assert plan.left_out == (1, 2, 4, 6, 7)
    assert plan.cut == "max_pages"


def test_stopping_early_moves_the_rest_to_the_pages_left_out():
    plan = Scope(ranges=parse_pages("2-5")).plan(6).stop_before(4, cut="time")
    assert plan.numbers == (2, 3)
    assert plan.left_out == (1, 4, 5, 6)
    assert plan.cut == "time"
