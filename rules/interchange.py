"""Presets as JSON, in and out: the ``configuration`` object of the LlamaCloud v2 API.

::

    {"rules": [{"type": "…", "description": "…"}], "mode": "FAST",
     "parsing_configuration": {"lang": "en", "max_pages": null, "target_pages": null},
     "classifyhub": {"provider": "landingai", "connection": "Mail room", "provider_options": {"model": "…"},
                     "fallback": {"provider": "local"}}}

The last is our own and goes along only where something other than the local engine is asked. Connections travel by
name, for the same one has another uid on another desk.

In comes the same, or the bare array of rules, or an object that holds one as ``configuration`` or ``parameters`` (a
job, a saved preset). Problems are all found at once and carry their lines; keys we have no use for are named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rules import located_json
from rules.destinations import Reach
from rules.diffing import Names
from rules.located_json import JsonError, Located, Path
from rules.models import Mode, ProviderName
from rules.provider_options import find_option, keep_said
from rules.shape import RULES_MAX, TARGET_PAGES_MAX, TEXT_MAX, Destination, Draft, Rule, make_rules

BYTES_MAX = 1_000_000
PROBLEMS_SHOWN = 20
_WRAPPERS = ("configuration", "parameters")
# The vendor's own fields that mean nothing here, and are no news to whoever exported them.
_SILENT = frozenset({"product_type"})
_RULE_KEYS = ("type", "description", "monogram")
_PARSING_KEYS = ("lang", "max_pages", "target_pages")
_DESK = "classifyhub"
_DESK_KEYS = ("provider", "connection", "provider_options", "fallback")
_PLACE_KEYS = ("provider", "connection")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong on a line, 1-based."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return _("Line %(line)s: %(sentence)s") % {"line": self.line, "sentence": self.sentence}


class UnreadableError(ValueError):
    """Nothing was imported; ``problems`` says why, first lines first, 20 at most."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)[:PROBLEMS_SHOWN]
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Place:
    """A provider, and a connection to it by its name; empty: whichever is usual."""

    provider: str
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A draft with the rules and options that came in, and ``notes`` on what was left out. ``has_options`` is false
    for a bare array of rules. Where documents are to go stands in ``place`` and ``fallback`` until ``settle`` has found
    the connections of those names."""

    draft: Draft
    notes: tuple[str, ...] = ()
    has_options: bool = False
    place: Place | None = None
    fallback: Place | None = None


def write(draft: Draft, *, names: Names | None = None) -> str:
    """``draft`` as JSON text. Review policy and monograms have no place in that shape and stay behind. ``names`` are
    those of the connections."""
    configuration: dict[str, Any] = {
        "rules": [{"type": rule.type, "description": rule.description} for rule in draft.rules],
        "mode": str(draft.mode),
        "parsing_configuration": {
            "lang": draft.lang,
            "max_pages": draft.max_pages,
            "target_pages": draft.target_pages or None,
        },
    }
    if draft.provider != ProviderName.LOCAL or draft.fallback:
        configuration[_DESK] = _write_desk(draft, names or {})
    return json.dumps(configuration, indent=2, ensure_ascii=False) + "\n"


def parse(text: str) -> Imported:
    """Read what ``write`` wrote, or somebody else's. Raises ``UnreadableError``."""
    if len(text.encode(errors="replace")) > BYTES_MAX:
        raise UnreadableError([Problem(1, _("More than 1 MB of text."))])
    try:
        located = located_json.read(text)
    except JsonError as error:
        raise UnreadableError([Problem(error.line, error.sentence)]) from error
    return _Reader(located).read()


def parse_bytes(data: bytes) -> Imported:
    """As ``parse``, from a file in UTF-8."""
    try:
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError([Problem(line, _("This is not text in UTF-8."))]) from error


def settle(imported: Imported, reach: Reach) -> Imported:
    """Find the connections that came by name. One that this project has not is left out and said; the provider then
    has its usual one, and a fallback without any is none."""
    draft, notes = imported.draft, list(imported.notes)
    if imported.place is not None:
        found = _find(imported.place, reach, notes)
        draft = replace(draft, provider=found.provider, connection=found.connection)
    if imported.fallback is not None:
        found = _find(imported.fallback, reach, notes)
        is_there = found.connection is not None or found.provider == ProviderName.LOCAL
        draft = replace(draft, fallback=found if is_there else None)
        if not is_there:
            label = ProviderName(found.provider).label
            notes.append(_("The fallback was left out: there is no connection to %(provider)s.") % {"provider": label})
    return replace(imported, draft=draft, notes=tuple(notes))


def _find(place: Place, reach: Reach, notes: list[str]) -> Destination:
    named = reach.find_named(place.provider, place.connection)
    if named is not None:
        return Destination(place.provider, str(named.uid))
    if place.connection:
        words = _("There is no connection “%(name)s” to %(provider)s here.")
        notes.append(words % {"name": place.connection[:100], "provider": ProviderName(place.provider).label})
    return reach.usual(place.provider)


def _write_desk(draft: Draft, names: Names) -> dict[str, Any]:
    written = _write_place(draft.destination, names)
    if draft.provider_options:
        written["provider_options"] = dict(draft.provider_options)
    if draft.fallback:
        written["fallback"] = _write_place(draft.fallback, names)
    return written


def _write_place(destination: Destination, names: Names) -> dict[str, Any]:
    name = names.get(destination.connection or "")
    return {"provider": str(destination.provider), **({"connection": name} if name else {})}


class _Reader:
    """Walks one located value; collects problems instead of stopping at the first."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.problems: list[Problem] = []
        self.unknown: list[tuple[str, int]] = []
        self.strange: list[tuple[str, int]] = []

    def read(self) -> Imported:
        value, path = self._unwrap(self.located.value, ())
        if isinstance(value, list):
            imported = Imported(Draft(rules=self._read_rules(value, path)))
        elif isinstance(value, dict):
            imported = self._read_whole(value, path)
        else:
            self._refuse(path, _("Expected a list of rules, or an object that has one under “rules”."))
        if self.problems:
            raise UnreadableError(self.problems)
        return replace(imported, notes=tuple(self._say_unknown()))

    def _unwrap(self, value: Any, path: Path) -> tuple[Any, Path]:
        """The configuration itself, wherever it was packed."""
        if isinstance(value, dict) and "rules" not in value:
            for key in _WRAPPERS:
                if isinstance(value.get(key), dict):
                    return value[key], (*path, key)
        return value, path

    def _read_whole(self, value: dict[str, Any], path: Path) -> Imported:
        draft = self._read_configuration(value, path)
        desk, inner = value.get(_DESK), (*path, _DESK)
        if desk is None or not self._check_object(desk, inner):
            return Imported(draft, has_options=True)
        self._note_unknown(desk, inner, known=_DESK_KEYS)
        place = self._read_place(desk, inner)
        options = self._read_options(desk.get("provider_options"), (*inner, "provider_options"), place)
        spare, there = desk.get("fallback"), (*inner, "fallback")
        has_spare = spare is not None and self._check_object(spare, there)
        fallback = self._read_place(spare, there) if has_spare else None
        return Imported(replace(draft, provider_options=options), has_options=True, place=place, fallback=fallback)

    def _read_place(self, value: dict[str, Any], path: Path) -> Place | None:
        """Where to; none when nobody here knows the provider, which is said."""
        provider, name = (self._read_text(value.get(key), (*path, key)).strip() for key in _PLACE_KEYS)
        if provider in ProviderName.values and provider != ProviderName.ECHO:
            return Place(provider, name)
        if provider:
            self.strange.append((provider[:50], self.located.line(*path, "provider")))
        return None

    def _read_options(self, value: Any, path: Path, place: Place | None) -> dict[str, Any]:
        """The provider's own options. One that it has not is refused: left out, it would be missed too late."""
        if value is None or place is None or not self._check_object(value, path):
            return {}
        for key, given in value.items():
            option = find_option(place.provider, key)
            names = {"key": key[:50], "provider": ProviderName(place.provider).label}
            if option is None:
                self._refuse((*path, key), _("“%(key)s” is no option of %(provider)s.") % names)
            elif not option.is_fit(given):
                self._refuse((*path, key), _("“%(key)s” of %(provider)s is written another way.") % names)
        return keep_said(place.provider, value)

    def _check_object(self, value: Any, path: Path) -> bool:
        if not isinstance(value, dict):
            self._refuse(path, _("“%(key)s” must be an object.") % {"key": path[-1]})
        return isinstance(value, dict)

    def _read_configuration(self, value: dict[str, Any], path: Path) -> Draft:
        self._note_unknown(value, path, known=("rules", "mode", "parsing_configuration", _DESK))
        return Draft(
            rules=self._read_rules(value.get("rules"), (*path, "rules")),
            mode=self._read_mode(value.get("mode"), (*path, "mode")),
            **self._read_parsing(value.get("parsing_configuration"), (*path, "parsing_configuration")),
        )

    def _read_rules(self, rules: Any, path: Path) -> tuple[Rule, ...]:
        if not isinstance(rules, list):
            self._refuse(path, _("“rules” must be a list."))
            return ()
        if not rules:
            self._refuse(path, _("There is no rule in the list."))
        if len(rules) > RULES_MAX:
            self._refuse(path, _("A preset may have %(most)s rules at most.") % {"most": RULES_MAX})
        return make_rules([self._read_rule(rule, (*path, place)) for place, rule in enumerate(rules[:RULES_MAX])])

    def _read_rule(self, rule: Any, path: Path) -> dict[str, str]:
        if not isinstance(rule, dict):
            self._refuse(path, _("A rule is an object with “type” and “description”."))
            return {}
        self._note_unknown(rule, path, known=_RULE_KEYS)
        texts = {key: self._read_text(rule.get(key), (*path, key)) for key in _RULE_KEYS}
        if not texts["type"].strip():
            self._refuse((*path, "type"), _("The rule needs a “type”."))
        return texts

    def _read_text(self, value: Any, path: Path) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self._refuse(path, _("“%(key)s” must be text in double quotes.") % {"key": path[-1]})
            return ""
        if len(value) > TEXT_MAX:
            words = _("“%(key)s” is longer than %(most)s characters.")
            self._refuse(path, words % {"key": path[-1], "most": f"{TEXT_MAX:,}"})
        return value

    def _read_mode(self, value: Any, path: Path) -> str:
        if value in (None, *Mode.values):
            return value or Mode.FAST
        self._refuse(path, _("“mode” must be FAST or MULTIMODAL."))
        return Mode.FAST

    def _read_parsing(self, value: Any, path: Path) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._refuse(path, _("“parsing_configuration” must be an object or null."))
            return {}
        self._note_unknown(value, path, known=_PARSING_KEYS)
        lang = self._read_text(value.get("lang"), (*path, "lang")).strip()
        return {
            "lang": lang[:20] or "en",
            "max_pages": self._read_max_pages(value.get("max_pages"), (*path, "max_pages")),
            "target_pages": self._read_text(value.get("target_pages"), (*path, "target_pages"))[:TARGET_PAGES_MAX],
        }

    def _read_max_pages(self, value: Any, path: Path) -> int | None:
        if value is None or (type(value) is int and 1 <= value <= 1_000_000):
            return value
        self._refuse(path, _("“max_pages” must be a whole number from 1, or null."))
        return None

    def _refuse(self, path: Path, sentence: str) -> None:
        self.problems.append(Problem(self.located.line(*path), sentence))

    def _note_unknown(self, value: dict[str, Any], path: Path, *, known: tuple[str, ...]) -> None:
        for key in value:
            if key not in known and key not in _SILENT:
                self.unknown.append((key, self.located.line(*path, key)))

    def _say_unknown(self) -> Iterator[str]:
        """One note per key, however many rules carry it."""
        lines: dict[str, list[int]] = {}
        for key, line in sorted(self.unknown, key=lambda found: found[1]):
            lines.setdefault(key[:50], []).append(line)
        for key, found in list(lines.items())[:PROBLEMS_SHOWN]:
            words = ngettext(
                "“%(key)s” on line %(line)s was left out: a preset has no place for it.",
                "“%(key)s” was left out %(count)s times, first on line %(line)s: a preset has no place for it.",
                len(found),
            )
            yield words % {"key": key, "line": found[0], "count": len(found)}
        for provider, line in self.strange:
            words = _("“%(provider)s” on line %(line)s was left out: nobody here knows such a provider.")
            yield words % {"provider": provider, "line": line}
