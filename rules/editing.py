"""Edits of a draft's rules, each a pure function from draft to draft.

A rule that is not there changes nothing, so a button pressed twice, or in an old tab, does no harm.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from classifyhub.text import fold
from rules.shape import Draft, Rule, new_id


def add_rule(draft: Draft, *, rule: Rule | None = None, at: int | None = None) -> Draft:
    """With ``rule``, or a blank one, at the 0-based place ``at``; at the end when none is given."""
    place = len(draft.rules) if at is None else min(max(at, 0), len(draft.rules))
    added = rule or Rule(id=new_id())
    if draft.find(added.id):
        return draft
    return draft.with_rules((*draft.rules[:place], added, *draft.rules[place:]))


def delete_rule(draft: Draft, rule_id: str) -> Draft:
    return draft.with_rules(rule for rule in draft.rules if rule.id != rule_id)


def duplicate_rule(draft: Draft, rule_id: str) -> Draft:
    """With a copy right after the rule, under a type of its own and with a monogram still to be proposed."""
    rule, place = draft.find(rule_id), draft.position(rule_id)
    if rule is None:
        return draft
    copy = replace(rule, id=new_id(), type=_name_copy(draft, rule.type), monogram="")
    return add_rule(draft, rule=copy, at=place)


def move_rule(draft: Draft, rule_id: str, *, step: int) -> Draft:
    """The rule ``step`` places further down (up when negative), as far as there is room."""
    rule, place = draft.find(rule_id), draft.position(rule_id)
    if rule is None or place is None:
        return draft
    return add_rule(delete_rule(draft, rule_id), rule=rule, at=max(place - 1 + step, 0))


def change_rule(draft: Draft, rule_id: str, **fields: str) -> Draft:
    """The rule with other texts."""
    return draft.with_rules(replace(rule, **fields) if rule.id == rule_id else rule for rule in draft.rules)


def add_rules(draft: Draft, rules: tuple[Rule, ...]) -> Draft:
    """All of ``rules`` after the ones there are; ids that are taken are given anew."""
    known = {rule.id for rule in draft.rules}
    fresh = (replace(rule, id=new_id()) if rule.id in known else rule for rule in rules)
    return draft.with_rules((*draft.rules, *fresh))


def _name_copy(draft: Draft, type_name: str) -> str:
    if not type_name:
        return ""
    taken = {fold(rule.type) for rule in draft.rules}
    names = (_("%(type)s %(number)s") % {"type": type_name, "number": number} for number in range(2, len(taken) + 3))
    return next(name for name in names if fold(name) not in taken)
