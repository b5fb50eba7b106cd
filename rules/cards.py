"""What the editor shows of a draft: one card per rule, and the findings of each field beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rules.capabilities import Capabilities
from rules.diffing import OPTION_NAMES, Names, Piece, diff_words, say_option
from rules.lint import SHORT_DESCRIPTION, Finding, blocking
from rules.meaning import Meaning, find_meanings
from rules.merging import ORDER, Difference
from rules.shape import DESCRIPTION_MAX, TYPE_MAX, Destination, Draft, Rule
from rules.understanding import Understanding, understand


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One rule as the page shows it. ``monogram`` is the chosen or proposed one, ``place`` its digit key;
    ``understanding`` is empty and ``meaning`` null for providers that do not tell how they read a rule, and for a
    blank one."""

    rule: Rule
    place: int
    monogram: str
    findings: tuple[Finding, ...]
    understanding: Understanding
    meaning: Meaning | None
    type_most: int
    description_most: int
    is_open: bool = False
    is_first: bool = False
    is_last: bool = False

    @property
    def of_type(self) -> list[Finding]:
        return self._of("type")

    @property
    def of_description(self) -> list[Finding]:
        return self._of("description")

    @property
    def of_monogram(self) -> list[Finding]:
        return self._of("monogram")

    @property
    def type_length(self) -> int:
        return len(self.rule.type)

    @property
    def description_length(self) -> int:
        return len(self.rule.description)

    @property
    def says_little(self) -> bool:
        """Whether a rule that has only its own words to go by has too few of them."""
        return self.description_length < SHORT_DESCRIPTION

    def _of(self, field: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.field == field]


def make_cards(
    draft: Draft, findings: Iterable[Finding], capabilities: Capabilities, *, open_id: str = ""
) -> tuple[Card, ...]:
    """The cards of a draft, in order; ``open_id`` is the rule that is being edited."""
    of_rule: dict[str | None, list[Finding]] = {}
    for finding in findings:
        of_rule.setdefault(finding.rule, []).append(finding)
    filled = draft.with_monograms().rules
    meanings = find_meanings(draft.rules) if capabilities.in_process else ()
    named = dict(enumerate((meaning.named_in(draft.lang) for meaning in meanings), start=1))
    return tuple(
        Card(
            rule=rule,
            place=place,
            monogram=filled[place - 1].monogram,
            findings=tuple(of_rule.get(rule.id, ())),
            understanding=understand(rule.description) if capabilities.in_process else Understanding(),
            meaning=named.get(place) if rule.type or rule.description else None,
            type_most=min(capabilities.type_max, TYPE_MAX),
            description_most=min(capabilities.description_max, DESCRIPTION_MAX),
            is_open=rule.id == open_id,
            is_first=place == 1,
            is_last=place == len(draft.rules),
        )
        for place, rule in enumerate(draft.rules, start=1)
    )


OPTION_FIELDS = ("provider", "mode", "lang", "max_pages", "target_pages", "auto_approve_at", "fallback")


def by_option(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """The findings of each option in the order of the page, none for most: each has its place all the same."""
    of_options = [finding for finding in findings if finding.rule is None]
    return [(name, [finding for finding in of_options if finding.field == name]) for name in OPTION_FIELDS]


@dataclass(frozen=True, slots=True)
class Hurdle:
    """Why a draft cannot be published: the cause and the next step. A draft that is only unfinished, without rules or
    with a blank one, blocks as well but is not told off for it: ``is_quiet``."""

    cause: str
    step: str
    is_quiet: bool


def find_hurdle(draft: Draft, findings: Iterable[Finding], capabilities: Capabilities) -> Hurdle | None:
    """The banner over a draft that cannot be published; none when it can."""
    blocked = blocking(findings)
    if not blocked:
        return None
    words = ngettext(
        "%(count)s problem blocks publishing for %(provider)s.",
        "%(count)s problems block publishing for %(provider)s.",
        len(blocked),
    )
    return Hurdle(
        cause=words % {"count": len(blocked), "provider": capabilities.label},
        step=" ".join([*_say_steps(draft, blocked, capabilities), _("The draft is saved either way.")]),
        is_quiet=all(finding.field in {"rules", "rule"} for finding in blocked),
    )


def _say_steps(draft: Draft, blocked: Iterable[Finding], capabilities: Capabilities) -> Iterator[str]:
    places = sorted({draft.position(finding.rule) or 0 for finding in blocked if finding.rule})
    if places:
        listed = get_text_list([str(place) for place in places], _("and"))
        yield ngettext("Fix rule %(places)s.", "Fix rules %(places)s.", len(places)) % {"places": listed}
    yield from (finding.sentence for finding in blocked if finding.rule is None)
    if capabilities.needs_connection:
        yield _("Or choose another provider.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part that two people left different, as the page that asks between them shows it. ``type_pieces`` and
    ``pieces`` mark, word by word, what differs in a rule that both sides have: my words are the old ones."""

    key: str
    is_rule: bool
    label: str
    mine: Rule | str | None
    theirs: Rule | str | None
    suggested: str
    both_changed: bool
    type_pieces: tuple[Piece, ...] = ()
    pieces: tuple[Piece, ...] = ()


def make_parts(
    differences: Iterable[Difference], *, mine: Draft, theirs: Draft, names: Names | None = None
) -> list[Part]:
    """``differences`` in words: rules as they are, options and the order as sentences."""
    types = {rule.id: rule.type for rule in (*theirs.rules, *mine.rules)}
    return [
        Part(
            key=found.key,
            is_rule=found.is_rule,
            label=_label(found),
            mine=found.mine if found.is_rule else _say_part(found.key, found.mine, types, names or {}),
            theirs=found.theirs if found.is_rule else _say_part(found.key, found.theirs, types, names or {}),
            suggested=found.suggested,
            both_changed=found.both_changed,
            **_mark_words(found.mine, found.theirs),
        )
        for found in differences
    ]


def _mark_words(mine: Any, theirs: Any) -> dict[str, tuple[Piece, ...]]:
    if not isinstance(mine, Rule) or not isinstance(theirs, Rule):
        return {}
    return {
        "type_pieces": diff_words(mine.type, theirs.type),
        "pieces": diff_words(mine.description, theirs.description),
    }


def _label(found: Difference) -> str:
    if found.is_rule:
        return next((rule.type for rule in (found.mine, found.theirs) if rule and rule.type), _("Rule without a type"))
    return {ORDER: _("Order of the rules"), "policy": str(OPTION_NAMES["auto_approve_at"])}.get(
        found.key, str(OPTION_NAMES.get(found.key, found.key))
    )


def _say_part(key: str, value: Any, types: Mapping[str, str], names: Names) -> str:
    if key == ORDER:
        return ", ".join(types[rule_id] or _("(no type)") for rule_id in value)
    if key == "policy":
        return say_option("auto_approve_at", value["auto_approve_at"])
    if key == "destination":
        options = [say_option("provider_options", value["provider_options"])] if value["provider_options"] else []
        return ", ".join([say_option(key, Destination.from_json(value), names=names), *options])
    if key == "fallback":
        return say_option(key, Destination.from_json(value), names=names)
    return say_option(key, value)
