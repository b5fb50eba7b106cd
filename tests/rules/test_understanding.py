"""What the local engine takes from a description, in the author's own words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.understanding import understand


def test_the_telling_terms_stand_in_the_order_of_the_text() -> None:
    understanding = understand("Says reminder, overdue, second notice or final demand. Not a list of open invoices.")
    assert understanding.wanted == ("reminder", "overdue", "second notice", "final demand")
    assert understanding.unwanted == ("list of open invoices",)


def test_commonplaces_alone_are_left_out() -> None:
    assert understand("A date, a number and a name.").wanted == ()
    assert understand("A date, an order number and a name.").wanted == ("order number",)


def test_a_term_is_named_once_however_often_it_is_written() -> None:
    assert understand("Overdue invoice, overdue invoices, OVERDUE invoice.").wanted == ("Overdue invoice",)


def test_a_blank_description_is_not_understood_at_all() -> None:
    assert not understand("")


@given(st.text(max_size=120))
def test_every_word_of_a_term_is_one_that_the_author_wrote(text: str) -> None:
    understanding = understand(text)
    for term in (*understanding.wanted, *understanding.unwanted):
        assert all(word in text for word in term.split())
    assert len(understanding.wanted) <= 4
    assert len(understanding.unwanted) <= 2
