"""A quote counts only where it stands on the page it names."""

from __future__ import annotations

import pytest

from classifyhub.engine import read
from classifyhub.engine.model import Page
from jobs.providers.models.quotes import check_quotes
from tests.engine.documents import draw_text_pdf, save

PAGES = {
    1: Page(1, "INVOICE\nAmount  due:\n119.00", "layer"),
    2: Page(2, "Terms\u00ad of pay\u200bment", "layer"),
}


def test_a_quote_is_found_over_lines_and_spaces_and_kept_as_it_stands():
    (evidence,) = check_quotes([(1, "Amount due: 119.00")], PAGES).evidence
    assert evidence.quote == "Amount  due:\n119.00"
    assert PAGES[1].text[evidence.start : evidence.end] == evidence.quote
    assert evidence.page == 1


def test_invisible_characters_do_not_hide_a_quote():
    (evidence,) = check_quotes([(2, "Terms of payment")], PAGES).evidence
    assert evidence.quote == "Terms\u00ad of pay\u200bment"


@pytest.mark.parametrize(
    "quote",
    [
        (1, "Amount paid"),
        (2, "INVOICE"),
        (3, "INVOICE"),
        (0, "INVOICE"),
        (1, "invoice"),
        (1, ":"),
        (1, "1 1"),
        (1, "Am"),
    ],
    ids=[
        "invented",
        "other page",
        "no page",
        "page zero",
        "other case",
        "no letter",
        "spelled apart",
        "next to nothing",
    ],
)
def test_a_quote_that_does_not_stand_there_is_dropped_and_counted(quote):
    assert check_quotes([quote], PAGES).evidence == ()
    assert check_quotes([quote], PAGES).dropped == 1


def test_a_quote_counts_once_and_three_are_enough():
    quotes = [(1, "INVOICE"), (1, "INVOICE"), (1, "Amount due"), (1, "119.00"), (2, "Terms")]
    checked = check_quotes(quotes, PAGES)
    assert [evidence.quote for evidence in checked.evidence] == ["INVOICE", "Amount  due", "119.00"]
    assert checked.dropped == 0


def test_a_quote_of_a_pdf_has_its_place_on_the_page_line_by_line(tmp_path):
    path, media_type = save(tmp_path, "a.pdf", draw_text_pdf("INVOICE\nAmount due\nBank account"))
    page = read(path, media_type=media_type).pages[0]
    (evidence,) = check_quotes([(1, "Amount due Bank")], {1: page}).evidence
    upper, lower = evidence.boxes
    assert upper[3] <= lower[3]
    assert all(0 <= side <= 1 for box in evidence.boxes for side in box)
