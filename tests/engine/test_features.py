"""What counts for a type: a title by what the rest of the document says."""

from __future__ import annotations

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.kinds import load_index
from classifyhub.engine.matching import scan_page
from tests.engine.documents import INVOICE, make_reading

RULES = compile_rules([Rule("Invoice"), Rule("Garden diary")])
PROSE = (
    "The hedge grew by a hand this spring, and the gardeners liked what they saw along the southern wall.\n"
    "Later in the year the pond was cleaned and the old boat house got a coat of paint.\n"
) * 12
FEATURES = ("own_name", "own_title", "title_words")


def measure(text):
    """What the title counts for the type, and what its words count for a rule named after it and for another."""
    found = scan_page(make_reading(text).pages[0], RULES)
    title = measure_kinds(found)[load_index().places["invoice"]]["title"]
    return title, *([measure_rule(target, found)[name] for name in FEATURES] for target in RULES.targets)


@pytest.mark.parametrize("text", [INVOICE, "Invoice\nto Ada Fenn", INVOICE + PROSE])
def test_a_title_counts_in_full_where_the_rest_bears_it_out_or_is_short(text):
    assert measure(text)[0] == pytest.approx(1.0, abs=0.1)


def test_a_title_that_nothing_on_a_long_page_bears_out_counts_a_quarter():
    title, named, other = measure(f"Garden diary\nInvoice\n{PROSE}")
    assert title == pytest.approx(0.25, abs=0.05)
    assert max(named) < 0.3
    assert other[:2] == [1.0, 1.0]  # of a type that the pack does not know, nothing could bear it out


def test_the_longer_a_text_the_more_has_to_bear_out_its_title():
    titles = [measure("Invoice\n" + "The hedge grew.\n" * lines)[0] for lines in (1, 20, 40, 80)]
    assert titles == sorted(titles, reverse=True)
    assert titles[0] > titles[-1]


def test_one_word_at_the_head_of_a_long_text_is_not_near_certain():
    alone = classify(make_reading("Notes\nInvoice\n" + PROSE), RULES)
    borne_out = classify(make_reading(INVOICE), RULES)
    assert alone.confidence < borne_out.confidence
    assert alone.candidates[0].score < 0.97
