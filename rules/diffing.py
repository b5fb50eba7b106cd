"""What changed between two states of a preset, in the order and the words people think in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classifyhub.text import fold
from rules import provider_options
from rules.languages import language_name
from rules.models import Mode, ProviderName
from rules.shape import Destination, Draft, Rule

Kind = Literal["added", "removed", "renamed", "reworded", "letters", "moved", "option"]
SAME_DESCRIPTION = 0.6
_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
Names = Mapping[str, str]
"""Connections by uid, as people call them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both, only in the ``old``, or only in the ``new``."""

    side: Literal["both", "old", "new"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. ``name`` is the rule's type as it is now, or the option; ``place`` its 1-based place, null for what
    is gone and for options. ``pieces`` mark what was written anew, word by word."""

    kind: Kind
    name: str
    monogram: str = ""
    place: int | None = None
    was: str = ""
    now: str = ""
    pieces: tuple[Piece, ...] = ()


def compare(before: Draft, after: Draft, *, names: Names | None = None) -> tuple[Change, ...]:
    """Every change from ``before`` to ``after``: rules as they stand now, then those that are gone, then options.
    Monograms count with the proposed ones filled in. ``names`` are needed where the changes are shown."""
    before, after = before.with_monograms(), after.with_monograms()
    pairs = _pair(before, after)
    stayed = [old for old in (pairs.get(rule.id) for rule in after.rules) if old]
    moved = _find_moved(stayed, before)
    changes: list[Change] = []
    for place, rule in enumerate(after.rules, start=1):
        old = pairs.get(rule.id)
        changes += _compare_rule(old, rule, place=place)
        if old and old.id in moved:
            changes.append(_moved(rule, was=before.position(old.id), now=place))
    kept = {rule.id for rule in stayed}
    changes += [_removed(rule) for rule in before.rules if rule.id not in kept]
    return (*changes, *_compare_options(before, after, names or {}))


def diff_words(old: str, new: str) -> tuple[Piece, ...]:
    """Both texts woven together. The pieces of ``both`` and ``old`` give the old text, ``both`` and ``new`` the new."""
    one, two = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces: list[Piece] = []
    gone, come = "", ""
    for tag, start, end, other_start, other_end in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        same = "".join(one[start:end]) if tag == "equal" else ""
        if same.strip() or (same and not (gone or come)):
            pieces += [*_changed(gone, come), Piece("both", same)]
            gone, come = "", ""
        else:  # a space between two changed words is read with them, else each pair of words stands crossed
            gone, come = gone + "".join(one[start:end]), come + "".join(two[other_start:other_end])
    return (*pieces, *_changed(gone, come))


def _changed(gone: str, come: str) -> Iterator[Piece]:
    if gone:
        yield Piece("old", gone)
    if come:
        yield Piece("new", come)


def _pair(before: Draft, after: Draft) -> dict[str, Rule]:
    """The rule that each rule of ``after`` was: by id, else by type, else by a description that is nearly the same,
    for an import gives every rule a new id."""
    pairs = {rule.id: old for rule in after.rules if (old := before.find(rule.id))}
    free = [old for old in before.rules if old.id not in pairs]
    for is_same in (_has_same_type, _has_like_description):
        for rule in (rule for rule in after.rules if rule.id not in pairs):
            found = next((old for old in free if is_same(old, rule)), None)
            if found:
                pairs[rule.id] = found
                free.remove(found)
    return pairs


def _has_same_type(old: Rule, new: Rule) -> bool:
    return fold(old.type) == fold(new.type)


def _has_like_description(old: Rule, new: Rule) -> bool:
    one, two = (set(re.findall(r"\w+", rule.description.casefold())) for rule in (old, new))
    return len(one & two) > SAME_DESCRIPTION * len(one | two)


def _find_moved(stayed: list[Rule], before: Draft) -> set[str]:
    """The ids of the fewest rules that must have been moved: all but the longest run that kept its order."""
    order = {rule.id: place for place, rule in enumerate(before.rules)}
    places = [order[rule.id] for rule in stayed]
    longest: list[list[int]] = []
    none: list[int] = []
    for index, place in enumerate(places):
        runs = [longest[before] for before in range(index) if places[before] < place]
        longest.append([*max(runs, key=len, default=none), index])
    kept: list[int] = max(longest, key=len, default=none)
    return {rule.id for index, rule in enumerate(stayed) if index not in kept}


def _compare_rule(old: Rule | None, new: Rule, *, place: int) -> Iterator[Change]:
    at: dict[str, Any] = {"name": new.type or _("(no type)"), "monogram": new.monogram, "place": place}
    if old is None:
        yield Change(kind="added", now=new.description, **at)
        return
    if old.type != new.type:
        yield Change(kind="renamed", was=old.type, now=new.type, **at)
    if old.description != new.description:
        yield Change(kind="reworded", pieces=diff_words(old.description, new.description), **at)
    if old.monogram != new.monogram:
        yield Change(kind="letters", was=old.monogram, now=new.monogram, **at)


def _moved(rule: Rule, *, was: int | None, now: int) -> Change:
    name = rule.type or _("(no type)")
    return Change(kind="moved", name=name, monogram=rule.monogram, place=now, was=str(was), now=str(now))


def _removed(rule: Rule) -> Change:
    return Change(kind="removed", name=rule.type or _("(no type)"), monogram=rule.monogram, was=rule.description)


# --- Options ---------------------------------------------------------------------------------------------------------

OPTION_NAMES = {
    "destination": gettext_lazy("Provider"),
    "provider_options": gettext_lazy("Provider options"),
    "fallback": gettext_lazy("If it is down or out of budget"),
    "mode": gettext_lazy("Mode"),
    "lang": gettext_lazy("Language"),
    "max_pages": gettext_lazy("Read at most"),
    "target_pages": gettext_lazy("Only pages"),
    "auto_approve_at": gettext_lazy("Approve by itself"),
    "hold": gettext_lazy("Hold answers until reviewed"),
}


def _compare_options(before: Draft, after: Draft, names: Names) -> Iterator[Change]:
    for name, label in OPTION_NAMES.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            was, now = (say_option(name, value, names=names) for value in (old, new))
            yield Change(kind="option", name=str(label), was=was, now=now)


def say_options(draft: Draft, *, names: Names) -> list[tuple[str, str]]:
    """The options that a page shows, as (name, value) in words; what is rarely set is left out while it is not."""
    rare = {"provider_options", "fallback", "hold"}
    values = [(name, getattr(draft, name)) for name in OPTION_NAMES]
    return [
        (str(OPTION_NAMES[name]), say_option(name, value, names=names))
        for name, value in values
        if value or name not in rare
    ]


def say_option(name: str, value: Any, *, names: Names | None = None) -> str:
    """The value of an option in words."""
    if isinstance(value, Destination):
        return say_destination(value, names or {})
    return _SAY.get(name, _say_other)(value)


def say_destination(destination: Destination, names: Names) -> str:
    """The provider, and the connection to it where that has a name of its own."""
    provider = str(ProviderName(destination.provider).label)
    name = names.get(destination.connection, _("a removed connection")) if destination.connection else provider
    return provider if name == provider else f"{provider}, {name}"


def _say_max_pages(value: int | None) -> str:
    return _("all pages") if value is None else ngettext("%(pages)s page", "%(pages)s pages", value) % {"pages": value}


def _say_share(value: float | None) -> str:
    return _("never") if value is None else _("from %(share)s %%") % {"share": round(value * 100)}


def _say_other(value: Any) -> str:
    return str(value) if value else _("none")


_SAY: dict[str, Callable[[Any], str]] = {
    "provider_options": lambda value: provider_options.say(value) if value else _("none"),
    "fallback": lambda _value: _("it waits"),
    "mode": lambda value: str(Mode(value).label),
    "lang": language_name,
    "max_pages": _say_max_pages,
    "target_pages": lambda value: value or _("all pages"),
    "auto_approve_at": _say_share,
    "hold": lambda value: _("yes") if value else _("no"),
}
