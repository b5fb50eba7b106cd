"""What a button in the editor does to the draft that its form carries.

Buttons are called ``do`` and name a verb, mostly with a rule: ``add``, ``up:1f2e3d4c``, ``fix:1f2e3d4c:type``.
Anything else saves the draft as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rules import editing, lint
from rules.capabilities import capabilities_of
from rules.shape import Draft, Rule, make_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A rule that was just taken out, with its 0-based place, so that one press brings it back."""

    rule: Rule
    at: int

    def to_json(self) -> dict[str, Any]:
        return {"rule": self.rule.to_json(), "at": self.at}

    @classmethod
    def from_json(cls, data: Any) -> Deleted | None:
        """Rebuild from what the page or the session kept; none when it is not that."""
        if not isinstance(data, Mapping) or not isinstance(data.get("rule"), Mapping):
            return None
        (rule,) = make_rules([data["rule"]])
        at = data.get("at")
        return cls(rule=rule, at=at if isinstance(at, int) else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The draft after the button. ``is_new_list`` says that the list of rules must be drawn again, with the rule
    ``open_id`` open, and ``takes_focus`` that the person goes on there; a plain save leaves every field alone."""

    draft: Draft
    open_id: str = ""
    is_new_list: bool = False
    takes_focus: bool = False
    deleted: Deleted | None = None


def apply(draft: Draft, action: str, *, deleted: Deleted | None = None) -> Edit:
    """Do what the button says; ``deleted`` is what ``undelete`` brings back."""
    verb, _colon, target = action.partition(":")
    if verb == "undelete" and deleted:
        restored = editing.add_rule(draft, rule=deleted.rule, at=deleted.at)
        return Edit(draft=restored, open_id=deleted.rule.id, is_new_list=True, takes_focus=True)
    do = _VERBS.get(verb)
    return do(draft, target) if do else Edit(draft=draft)


def _add(draft: Draft, _target: str) -> Edit:
    added = editing.add_rule(draft)
    return Edit(draft=added, open_id=added.rules[-1].id, is_new_list=True, takes_focus=True)


def _delete(draft: Draft, rule_id: str) -> Edit:
    rule, place = draft.find(rule_id), draft.position(rule_id)
    deleted = Deleted(rule=rule, at=place - 1) if rule and place else None
    return Edit(draft=editing.delete_rule(draft, rule_id), is_new_list=True, takes_focus=True, deleted=deleted)


def _copy(draft: Draft, rule_id: str) -> Edit:
    copied = editing.duplicate_rule(draft, rule_id)
    known = {rule.id for rule in draft.rules}
    open_id = next((rule.id for rule in copied.rules if rule.id not in known), rule_id)
    return Edit(draft=copied, open_id=open_id, is_new_list=True, takes_focus=True)


def _up(draft: Draft, rule_id: str) -> Edit:
    return Edit(draft=editing.move_rule(draft, rule_id, step=-1), open_id=rule_id, is_new_list=True)


def _down(draft: Draft, rule_id: str) -> Edit:
    return Edit(draft=editing.move_rule(draft, rule_id, step=1), open_id=rule_id, is_new_list=True)


def _fix(draft: Draft, target: str) -> Edit:
    rule_id, _colon, field = target.partition(":")
    fixed = lint.apply_fix(draft, rule_id, field=field, capabilities=capabilities_of(draft.provider))
    return Edit(draft=fixed, open_id=rule_id, is_new_list=True)


_VERBS: dict[str, Callable[[Draft, str], Edit]] = {
    "add": _add,
    "delete": _delete,
    "copy": _copy,
    "up": _up,
    "down": _down,
    "fix": _fix,
}
