"""Two people changed one draft: what differs, who changed it, and the draft that keeps what each of them wants.

Every part of a draft (a rule, an option, the order) is compared in three states: as the second person opened it
(known by fingerprints alone), as they left it, and as it is stored now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rules.shape import Draft, Rule

MINE, THEIRS = "mine", "theirs"
ORDER = "order"
# What is merged as one: the mode and the pages make sense apart; the policy does not, nor a provider without its own
# connection and options.
OPTIONS = ("destination", "fallback", "mode", "lang", "max_pages", "target_pages", "policy")
_FIELDS = {"policy": ("auto_approve_at", "hold"), "destination": ("provider", "connection", "provider_options")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One part that is not the same on both sides. ``key`` is a rule id, the name of an option, or ``order``; of a
    rule, null means that this side has deleted it or never had it. ``suggested`` is the side that changed it;
    ``both_changed`` says that a person must choose."""

    key: str
    mine: Any
    theirs: Any
    suggested: str
    both_changed: bool

    @property
    def is_rule(self) -> bool:
        return isinstance(self.mine or self.theirs, Rule)


def fingerprint(draft: Draft) -> dict[str, str]:
    """A few characters for each part of ``draft``, small enough to travel with a form and come back. The order goes
    as it is, for only the rules that both sides still have are compared."""
    parts = _parts(draft)
    return {key: " ".join(value) if key == ORDER else _hash(value) for key, value in parts.items()}


def compare(
    mine: Draft, theirs: Draft, *, base: Mapping[str, str], chosen: Mapping[str, str] | None = None
) -> list[Difference]:
    """The parts that differ: rules in my order, then those only they have, then options, then the order. ``base`` is
    the ``fingerprint`` of what I started from; a side ``chosen`` before is suggested again."""
    ours, others = _parts(mine), _parts(theirs)
    keys = [*ours, *(key for key in others if key not in ours)]
    found = [_compare_part(key, ours.get(key), others.get(key), base.get(key)) for key in keys]
    sides = {key: side for key, side in (chosen or {}).items() if side in {MINE, THEIRS}}
    kept = [replace(part, suggested=sides.get(part.key, part.suggested)) for part in found if part]
    return sorted(kept, key=lambda part: not part.is_rule)


def merge(mine: Draft, theirs: Draft, *, choices: Mapping[str, str]) -> Draft:
    """The draft that takes each part from the side ``choices`` names, mine where it names none. Rules that only the
    other side has stand after the rule they follow there."""
    takes_theirs = {key for key, side in choices.items() if side == THEIRS}
    chosen = {rule.id: rule for rule in mine.rules if rule.id not in takes_theirs}
    chosen |= {rule.id: rule for rule in theirs.rules if rule.id in takes_theirs}
    leading, following = (theirs, mine) if ORDER in takes_theirs else (mine, theirs)
    order = _weave([rule.id for rule in leading.rules], [rule.id for rule in following.rules])
    options = replace(theirs, **{name: getattr(mine, name) for name in _fields_of(mine, takes_theirs)})
    return options.with_rules(chosen[rule_id] for rule_id in order if rule_id in chosen)


def _parts(draft: Draft) -> dict[str, Any]:
    data = draft.to_json()
    data["destination"] = {name: data[name] for name in _FIELDS["destination"]}
    rules: dict[str, Any] = {rule.id: rule for rule in draft.rules}
    return rules | {name: data.get(name) for name in OPTIONS} | {ORDER: [rule.id for rule in draft.rules]}


def _hash(part: Any) -> str:
    plain = part.to_json() if isinstance(part, Rule) else part
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:12]


def _compare_part(key: str, mine: Any, theirs: Any, base: str | None) -> Difference | None:
    start: str | list[str] | None = base
    if key == ORDER:
        shared = set(mine) & set(theirs)
        mine, theirs, start = (_keep(order, shared) for order in (mine, theirs, (base or "").split()))
    if mine == theirs:
        return None
    only_theirs, only_mine = (start == _state(key, side) for side in (mine, theirs))
    return Difference(
        key=key,
        mine=mine,
        theirs=theirs,
        suggested=THEIRS if only_theirs else MINE,
        both_changed=not only_theirs and not only_mine,
    )


def _state(key: str, part: Any) -> Any:
    """A part as ``base`` tells it."""
    if key == ORDER or (part is None and key not in OPTIONS):
        return part
    return _hash(part)


def _keep(order: Iterable[str], wanted: set[str]) -> list[str]:
    return [rule_id for rule_id in order if rule_id in wanted]


def _fields_of(mine: Draft, takes_theirs: set[str]) -> Iterator[str]:
    for name in OPTIONS:
        if name not in takes_theirs:
            yield from _FIELDS.get(name, (name,))


def _weave(leading: list[str], following: list[str]) -> list[str]:
    """All of ``leading``, with what only ``following`` has put after the one it follows there."""
    woven = list(leading)
    for place, rule_id in enumerate(following):
        if rule_id not in woven:
            before = following[place - 1] if place else None
            woven.insert(woven.index(before) + 1 if before is not None else 0, rule_id)
    return woven
