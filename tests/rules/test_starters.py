"""The ready-made presets can be published for any provider and teach by example."""

from __future__ import annotations

import itertools
import re

import pytest

from rules.starters import STARTERS, Starter, find_starter

SIZES = {
    "accounts-payable": 9,
    "general-mail-room": 11,
    "hr-file": 7,
    "lending-packet": 8,
    "insurance-claim": 8,
    "legal-intake": 8,
}

every_starter = pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)


def test_the_starters_offered_and_their_sizes() -> None:
    assert {starter.key: len(starter.rules) for starter in STARTERS} == SIZES


def test_names_and_summaries_are_told_apart() -> None:
    assert len({starter.name.casefold() for starter in STARTERS}) == len(STARTERS)
    assert len({starter.summary for starter in STARTERS}) == len(STARTERS)


@every_starter
def test_types_keep_the_narrowest_limits_of_all_providers(starter: Starter) -> None:
    broken = [rule.type for rule in starter.rules if not re.fullmatch(r"[A-Za-z0-9 _-]{1,50}", rule.type)]
    assert broken == []
    assert [rule.type for rule in starter.rules] == [rule.type.strip() for rule in starter.rules]


@every_starter
def test_descriptions_keep_the_narrowest_limits_of_all_providers(starter: Starter) -> None:
    assert [rule.type for rule in starter.rules if not 10 <= len(rule.description) <= 500] == []


@every_starter
def test_types_are_unique_after_casefold(starter: Starter) -> None:
    assert len({rule.type.casefold() for rule in starter.rules}) == len(starter.rules)


@every_starter
def test_monograms_are_two_upper_case_letters_or_digits_and_unique(starter: Starter) -> None:
    monograms = [rule.monogram for rule in starter.rules]
    assert [monogram for monogram in monograms if not re.fullmatch(r"[A-Z0-9]{2}", monogram)] == []
    assert len(set(monograms)) == len(monograms)


@every_starter
def test_every_description_says_what_the_document_is_not(starter: Starter) -> None:
    assert [rule.type for rule in starter.rules if not re.search(r"\b[Nn]ot\b", rule.description)] == []


@every_starter
def test_no_rule_collects_what_is_left(starter: Starter) -> None:
    assert [rule.type for rule in starter.rules if re.match(r"other|misc|unknown", rule.type.casefold())] == []


@every_starter
def test_no_two_descriptions_say_nearly_the_same(starter: Starter) -> None:
    close = [
        (one.type, two.type)
        for one, two in itertools.combinations(starter.rules, 2)
        if word_overlap(one.description, two.description) > 0.5
    ]
    assert close == []


@every_starter
def test_the_summary_tells_the_first_type_and_how_many_follow(starter: Starter) -> None:
    named = starter.summary.split(",")
    assert named[0] == starter.rules[0].type
    if rest := re.search(r" and (\d+) more$", starter.summary):
        assert len(named) + int(rest.group(1)) == len(starter.rules)
    else:
        assert len(named) == len(starter.rules)


def test_draft_rules_are_copies_that_an_editor_may_change() -> None:
    starter = find_starter("hr-file")
    starter.draft_rules()[0]["type"] = "Changed"
    assert starter.draft_rules()[0] == {
        "monogram": "AP",
        "type": "Application",
        "description": starter.rules[0].description,
    }


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        find_starter("no-such-starter")


def word_overlap(one: str, two: str) -> float:
    """The share of words in common: 0 for none, 1 for the same words in any order."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, two))
    return len(first & second) / len(first | second)
