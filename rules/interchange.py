"""Presets as JSON, in and out: the ``configuration`` object of the LlamaCloud v2 API.

::

    {"rules": [{"type": "…", "description": "…"}], "mode": "FAST",
     "parsing_configuration": {"lang": "en", "max_pages": null, "target_pages": null}}

In comes the same, or the bare array of rules, or an object that holds one as ``configuration`` or ``parameters`` (a
job, a saved preset). Problems are all found at once and carry their lines; keys we have no use for are named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rules import located_json
from rules.located_json import JsonError, Located, Path
from rules.models import Mode
from rules.shape import RULES_MAX, TARGET_PAGES_MAX, TEXT_MAX, Draft, Rule, make_rules

BYTES_MAX = 1_000_000
PROBLEMS_SHOWN = 20
_WRAPPERS = ("configuration", "parameters")
# The vendor's own fields that mean nothing here, and are no news to whoever exported them.
_SILENT = frozenset({"product_type"})
_RULE_KEYS = ("type", "description", "monogram")
_PARSING_KEYS = ("lang", "max_pages", "target_pages")


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
class Imported:
    """A draft with the rules and options that came in, and ``notes`` on what was left out. ``has_options`` is false
    for a bare array of rules."""

    draft: Draft
    notes: tuple[str, ...] = ()
    has_options: bool = False


def write(draft: Draft) -> str:
    """``draft`` as JSON text. Provider, review policy and monograms have no place in that shape and stay behind."""
    configuration = {
        "rules": [{"type": rule.type, "description": rule.description} for rule in draft.rules],
        "mode": str(draft.mode),
        "parsing_configuration": {
            "lang": draft.lang,
            "max_pages": draft.max_pages,
            "target_pages": draft.target_pages or None,
        },
    }
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


class _Reader:
    """Walks one located value; collects problems instead of stopping at the first."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.problems: list[Problem] = []
        self.unknown: list[tuple[str, int]] = []

    def read(self) -> Imported:
        value, path = self._unwrap(self.located.value, ())
        if isinstance(value, list):
            imported = Imported(Draft(rules=self._read_rules(value, path)))
        elif isinstance(value, dict):
            imported = Imported(self._read_configuration(value, path), has_options=True)
        else:
            self._refuse(path, _("Expected a list of rules, or an object that has one under “rules”."))
        if self.problems:
            raise UnreadableError(self.problems)
        return Imported(imported.draft, tuple(self._say_unknown()), imported.has_options)

    def _unwrap(self, value: Any, path: Path) -> tuple[Any, Path]:
        """The configuration itself, wherever it was packed."""
        if isinstance(value, dict) and "rules" not in value:
            for key in _WRAPPERS:
                if isinstance(value.get(key), dict):
                    return value[key], (*path, key)
        return value, path

    def _read_configuration(self, value: dict[str, Any], path: Path) -> Draft:
        self._note_unknown(value, path, known=("rules", "mode", "parsing_configuration"))
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
