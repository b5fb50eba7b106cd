"""General subjects: which of them a rule is named after."""

from __future__ import annotations

from collections import Counter

import pytest

from classifyhub.engine import Rule
from classifyhub.engine.subjects import find_subjects, load_subjects


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sports", ["sport"]),
        ("Food & Drink", ["food"]),
        ("travel and gardening", ["travel", "gardening"]),
        ("film_and_television", ["film and television"]),
        ("Cars/Motorcycles", ["cars"]),
        ("Sports bag returns", []),
        ("music and invoices", []),
        ("", []),
    ],
)
def test_a_rule_means_the_subjects_that_its_name_is_made_of(name, expected):
    assert [subject.name for subject in find_subjects(Rule(name))] == expected


def test_a_rule_that_says_what_it_means_is_taken_at_its_word():
    assert find_subjects(Rule("Energy", "all about power"))
    assert not find_subjects(Rule("Energy", "What our members write about how they keep themselves awake."))


def test_no_two_subjects_share_a_name_and_each_is_told_in_sentences():
    names = Counter(name.casefold() for subject in load_subjects() for name in {subject.name, *subject.called})
    assert [name for name, count in names.items() if count > 1] == []
    assert all(line.endswith(".") for subject in load_subjects() for line in subject.about)
