"""Two letters for each type, unique in its set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.monograms import clean_monogram, fill_monograms, propose_monogram


@pytest.mark.parametrize(
    ("type_name", "monogram"),
    [
        ("Supplier invoice", "SI"),
        ("Contract", "CO"),
        ("proof of identity", "PO"),
        ("W-2 form", "W2"),
        ("x", "X1"),
        ("λογαριασμός δαπανών", "ΛΔ"),
        ("ß-Urkunde", "SS"),
        ("", ""),
        ("/ – /", ""),
    ],
)
def test_initials_come_first(type_name: str, monogram: str) -> None:
    assert propose_monogram(type_name, ()) == monogram


def test_a_taken_pair_makes_way_for_the_next() -> None:
    assert propose_monogram("Supplier invoice", {"SI"}) == "SU"
    assert propose_monogram("Proof of identity", {"PO"}) == "PI"
    assert propose_monogram("Contract", {"CO", "CN"}) == "CT"


def test_what_people_chose_is_never_proposed_to_a_rule_before_it() -> None:
    assert fill_monograms([("Contract", ""), ("Complaint", "CO")]) == ["CN", "CO"]


@given(st.lists(st.text(min_size=1, max_size=12), max_size=60))
def test_filled_monograms_are_two_signs_and_unique(types) -> None:
    filled = [monogram for monogram in fill_monograms([(name, "") for name in types]) if monogram]
    assert len(set(filled)) == len(filled)
    assert all(len(monogram) == 2 for monogram in filled)


def test_three_hundred_rules_of_one_letter_still_find_pairs() -> None:
    assert len(set(fill_monograms([("Letter", "")] * 300))) == 300


def test_typed_letters_are_made_upper_case_and_cut() -> None:
    assert clean_monogram(" a-b c") == "AB"
