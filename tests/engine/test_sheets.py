"""How much the name of a type counts by where it stands."""

from __future__ import annotations

from classifyhub.engine import Rule
from classifyhub.engine.matching import scan_page
from classifyhub.engine.rules import RuleSet, compile_rules
from tests.engine.documents import make_reading

INVOICE = ("invoice",)


def strength_in_title(text: str) -> float:
    """Of the word "invoice" in what looks like a title."""
    (page,) = make_reading(text).pages
    rules: RuleSet = compile_rules([Rule("Invoice"), Rule("Letter")])
    return scan_page(page, rules).titles[INVOICE].strength


def test_one_word_of_a_long_title_counts_little():
    alone, some = strength_in_title("Invoice"), strength_in_title("Invoice Harbour Lane")
    lost = strength_in_title("Harbour Lantern Bridge Meadow Invoice Willow Copper")
    assert alone == 1.0
    assert lost < some / 2


def test_the_subject_of_a_mail_counts_less_than_a_title():
    mail = "From: Ada Example\nSubject: Invoice\n\nSee you there."
    assert strength_in_title(mail) == strength_in_title(mail.replace("From:", "With:")) / 2


def test_what_only_the_word_before_it_makes_a_type_counts_less_behind_one():
    def strength(text):
        (page,) = make_reading(text).pages
        return scan_page(page, compile_rules([Rule("Policy"), Rule("Letter")])).titles["policy",].strength

    assert strength("Refund policy") < strength("Policy refund") < strength("Policy") == 1.0
