"""Rules and drafts to start a test from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.shape import Draft, Rule

INVOICE = Rule(
    id="aaaaaaaa",
    type="Invoice",
    monogram="IN",
    description="Asks for payment: an invoice number, a date, items with prices and the total amount due.",
)
REMINDER = Rule(
    id="bbbbbbbb",
    type="Payment reminder",
    monogram="PR",
    description="Says that an earlier bill is overdue, sets a new deadline and threatens a late fee.",
)
CONTRACT = Rule(
    id="cccccccc",
    type="Contract",
    monogram="CO",
    description="Agreement of two named parties in numbered clauses with lines for both signatures.",
)


def a_draft(*rules: Rule, **options: Any) -> Draft:
    """A draft that can be published as it is; three rules unless others are given."""
    return Draft(rules=rules or (INVOICE, REMINDER, CONTRACT), **options)


def reworded(rule: Rule, **fields: str) -> Rule:
    return replace(rule, **fields)
