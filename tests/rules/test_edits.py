"""The buttons of the editor."""

from __future__ import annotations

import pytest

from rules import edits
from rules.edits import Deleted
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded


def types(edit) -> list[str]:
    return [rule.type for rule in edit.draft.rules]


def test_a_plain_save_leaves_the_page_alone() -> None:
    for action in ("", "save", "compare", "nonsense:x"):
        edit = edits.apply(a_draft(), action)
        assert (edit.draft, edit.is_new_list) == (a_draft(), False)


def test_an_added_rule_is_open_and_takes_the_focus() -> None:
    edit = edits.apply(a_draft(), "add")
    assert edit.open_id == edit.draft.rules[-1].id
    assert edit.is_new_list
    assert edit.takes_focus


def test_a_deleted_rule_can_be_brought_back_from_what_the_page_kept() -> None:
    edit = edits.apply(a_draft(), f"delete:{REMINDER.id}")
    assert types(edit) == ["Invoice", "Contract"]
    kept = Deleted.from_json(edit.deleted.to_json())
    assert kept == Deleted(rule=REMINDER, at=1)
    back = edits.apply(edit.draft, "undelete", deleted=kept)
    assert back.draft == a_draft()
    assert back.open_id == REMINDER.id


def test_a_moved_rule_stays_open_and_the_focus_stays_where_it_was() -> None:
    edit = edits.apply(a_draft(), f"up:{CONTRACT.id}")
    assert types(edit) == ["Invoice", "Contract", "Payment reminder"]
    assert (edit.open_id, edit.takes_focus) == (CONTRACT.id, False)
    assert types(edits.apply(edit.draft, f"down:{CONTRACT.id}")) == types(edits.apply(a_draft(), ""))


def test_a_copy_is_the_one_that_opens() -> None:
    edit = edits.apply(a_draft(), f"copy:{INVOICE.id}")
    assert types(edit)[1] == "Invoice 2"
    assert edit.open_id == edit.draft.rules[1].id


def test_a_repair_is_applied_with_the_limits_of_the_chosen_provider() -> None:
    draft = a_draft(reworded(INVOICE, type="Bill / invoice"), provider="llamacloud_v2")
    assert types(edits.apply(draft, f"fix:{INVOICE.id}:type")) == ["Bill - invoice"]


@pytest.mark.parametrize("action", ["delete:", "up:zz", "copy:00000000", "fix:", "fix:00000000:type", "undelete"])
def test_buttons_for_rules_that_are_gone_do_nothing(action: str) -> None:
    assert edits.apply(a_draft(), action).draft == a_draft()


@pytest.mark.parametrize("data", [None, [], {}, {"rule": 5}, "x"])
def test_what_is_no_deleted_rule_is_none(data) -> None:
    assert Deleted.from_json(data) is None
