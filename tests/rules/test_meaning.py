"""Which types the local engine knows a rule to mean."""

from __future__ import annotations

import time

from rules.meaning import Meaning, find_meanings
from rules.shape import DESCRIPTION_MAX, RULES_MAX, Rule
from tests.rules.examples import CONTRACT, INVOICE, reworded


def meaning_of(*types: str, description: str = "") -> Meaning:
    """What the first of rules with these types means."""
    rules = [Rule(id=f"{place:08x}", type=name) for place, name in enumerate(types)]
    return find_meanings([reworded(rules[0], description=description), *rules[1:]])[0]


def test_a_rule_named_after_a_known_type_means_it_for_certain() -> None:
    assert meaning_of("PO").types == (("purchase order", 1.0),)


def test_a_longer_name_is_less_certain() -> None:
    assert meaning_of("Supplier invoice").types == (("invoice", 0.85),)


def test_the_name_comes_before_what_the_description_mentions() -> None:
    found = meaning_of("Delivery note", description="Delivery note or packing list, goes with the goods.")
    assert found.types == (("delivery note", 1.0), ("packing list", 0.5))
    assert found.surest == (frozenset({"delivery note"}), 1.0)


def test_narrower_types_are_its_kinds_until_another_rule_takes_them() -> None:
    assert "lease" in meaning_of("Contract").kinds
    assert "lease" not in meaning_of("Contract", "Lease").kinds
    assert meaning_of("Contract").types == (("contract", 1.0),)


def test_what_a_rule_is_like_is_named_and_the_kin_of_it_counted_among_its_kinds() -> None:
    found = meaning_of("Blue tray", description="It accompanies cargo on a lorry, ship, train or aeroplane.")
    assert found.types == (("transport document", 0.6),)
    assert "bill of lading" in found.kinds


def test_of_many_types_two_are_shown_and_the_others_counted() -> None:
    found = Meaning((("one", 1.0), ("two", 0.6), ("three", 0.5), ("four", 0.5)), ("a", "b", "c"))
    assert found.shown == (("one", 1.0), ("two", 0.6))
    assert (found.more_types, found.more_kinds) == (2, 2)
    assert (Meaning().more_types, Meaning().more_kinds) == (0, 0)


def test_a_name_of_the_house_has_no_known_meaning() -> None:
    assert meaning_of("Our yellow sheet") == Meaning()
    assert meaning_of("") == Meaning()


def test_a_rule_that_no_known_type_covers_may_be_named_after_a_subject() -> None:
    assert meaning_of("Sports").subjects == ("sport",)
    assert meaning_of("Sports").named_in("de").subjects == ("sport",)
    assert meaning_of("Sports", description="What our gymnasts hand in when they want a day off.").subjects == ()
    assert meaning_of("Invoice").subjects == ()


def test_each_rule_has_its_meaning_in_the_order_of_the_rules() -> None:
    assert [found.types[0][0] for found in find_meanings([CONTRACT, INVOICE])] == ["contract", "invoice"]
    assert find_meanings([]) == ()


def test_text_past_the_longest_description_is_not_looked_at() -> None:
    kept = "x " * (DESCRIPTION_MAX // 2)
    assert meaning_of("Sheet", description=kept + "such as an invoice") == meaning_of("Sheet", description=kept)


def test_of_a_long_set_only_the_rule_that_changed_is_read_anew() -> None:
    find_meanings([INVOICE])  # what the engine knows is loaded
    text = "Asks for payment: an invoice number, a date, items with prices and the total amount due. " * 22
    rules = [
        Rule(id=f"{place:08x}", type=f"Report form {place}", description=f"{place} {text}")
        for place in range(RULES_MAX)
    ]
    whole = _seconds(rules)
    changed = _seconds([reworded(rules[0], description="Other words."), *rules[1:]])
    assert changed < whole / 2  # a sixth of it as a rule


def _seconds(rules: list[Rule]) -> float:
    started = time.process_time()
    assert len(find_meanings(rules)) == len(rules)
    return time.process_time() - started
