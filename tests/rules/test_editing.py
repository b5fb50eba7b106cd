"""Edits of the rule list."""

from __future__ import annotations

import pytest

from rules import editing
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded


def types(draft) -> list[str]:
    return [rule.type for rule in draft.rules]


def test_a_new_rule_is_blank_and_last() -> None:
    draft = editing.add_rule(a_draft())
    assert types(draft) == ["Invoice", "Payment reminder", "Contract", ""]
    assert draft.rules[-1].id not in {INVOICE.id, REMINDER.id, CONTRACT.id}


def test_a_deleted_rule_comes_back_where_it_was() -> None:
    without = editing.delete_rule(a_draft(), REMINDER.id)
    assert types(without) == ["Invoice", "Contract"]
    assert editing.add_rule(without, rule=REMINDER, at=1) == a_draft()


def test_a_rule_brought_back_twice_is_there_once() -> None:
    assert editing.add_rule(a_draft(), rule=REMINDER, at=0) == a_draft()


@pytest.mark.parametrize(("step", "place"), [(-1, 1), (1, 3), (-9, 1), (9, 3), (0, 2)])
def test_a_rule_moves_as_far_as_there_is_room(step: int, place: int) -> None:
    assert editing.move_rule(a_draft(), REMINDER.id, step=step).position(REMINDER.id) == place


def test_a_copy_stands_after_its_rule_under_a_type_of_its_own() -> None:
    draft = editing.duplicate_rule(editing.duplicate_rule(a_draft(), INVOICE.id), INVOICE.id)
    assert types(draft) == ["Invoice", "Invoice 3", "Invoice 2", "Payment reminder", "Contract"]
    assert draft.rules[1].description == INVOICE.description
    assert draft.rules[1].monogram == ""


def test_a_copy_of_a_blank_rule_is_blank() -> None:
    draft = a_draft(reworded(INVOICE, type=""))
    assert types(editing.duplicate_rule(draft, INVOICE.id)) == ["", ""]


@pytest.mark.parametrize("edit", [editing.delete_rule, editing.duplicate_rule])
def test_a_rule_that_is_gone_changes_nothing(edit) -> None:
    assert edit(a_draft(), "00000000") == a_draft()
    assert editing.move_rule(a_draft(), "00000000", step=1) == a_draft()


def test_rules_added_together_get_ids_of_their_own() -> None:
    draft = editing.add_rules(a_draft(), (INVOICE,))
    assert types(draft)[-1] == "Invoice"
    assert len({rule.id for rule in draft.rules}) == 4
