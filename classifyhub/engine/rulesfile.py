"""Rules from a JSON file: an array of ``{type, description}``, or a configuration as the v2 classify API has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifyhub.engine.decoding import decode_text
from classifyhub.engine.model import Rule
from classifyhub.engine.pageranges import parse_pages
from classifyhub.engine.rules import UnusableRule, check_types

LONGEST_TYPE = 200
LONGEST_DESCRIPTION = 2000
MODES = ("FAST", "MULTIMODAL")

_WRAPPERS = ("configuration", "parameters")  # how exports and saved presets put a configuration into something larger
_RULES = re.compile(r'"rules"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class Configuration:
    """Rules with the options that came with them."""

    rules: tuple[Rule, ...]
    mode: str = "FAST"
    lang: str = "en"
    max_pages: int | None = None
    target_pages: str = ""


class RulesFileError(ValueError):
    """A rules file that cannot be used; the text names the file, the line where that is known, and what is wrong."""


def load_rules(path: str | Path) -> Configuration:
    """The configuration in the file at ``path``. Raises ``RulesFileError``."""
    path = Path(path)
    try:
        text = decode_text(path.read_bytes())
    except OSError as error:
        raise RulesFileError(f"{path}: {error.strerror or error}") from error
    return parse_rules(text, name=str(path))


def parse_rules(text: str, *, name: str) -> Configuration:
    """The configuration in ``text``; ``name`` is what messages call it. Raises ``RulesFileError``."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RulesFileError(f"{name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg}).") from error
    except RecursionError as error:
        raise RulesFileError(f"{name}: nested too deeply to be rules.") from error
    return _Parser(text, name).build(_unwrap(data))


def _unwrap(data: Any) -> Any:
    for wrapper in _WRAPPERS:
        if isinstance(data, dict) and isinstance(data.get(wrapper), dict):
            data = data[wrapper]
    return data


class _Parser:
    """Checks what was read, with the text at hand to say in which line a rule stands."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name

    def build(self, data: Any) -> Configuration:
        if isinstance(data, list):
            return Configuration(self._rules(data))
        if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
            raise self._error(1, "expected an array of rules, or an object with “rules”")
        parsing = data.get("parsing_configuration") or {}
        if not isinstance(parsing, dict):
            raise self._error(1, "“parsing_configuration” must be an object")
        return Configuration(self._rules(data["rules"]), **self._options({**parsing, "mode": data.get("mode")}))

    def _rules(self, items: list[Any]) -> tuple[Rule, ...]:
        lines = [*_find_lines(self._text), *[1] * len(items)]
        rules = [
            self._rule(item, number, line) for number, (item, line) in enumerate(zip(items, lines, strict=False), 1)
        ]
        try:
            check_types(rule.type for rule in rules)
        except UnusableRule as error:
            raise self._error(lines[error.number - 1] if error.number else 1, str(error).rstrip(".")) from error
        return tuple(rules)

    def _rule(self, item: Any, number: int, line: int) -> Rule:
        if not isinstance(item, dict):
            raise self._error(line, f"rule {number} must be an object with “type” and “description”")
        kind, description = item.get("type"), item.get("description") or ""
        if not isinstance(kind, str) or not kind.strip():
            raise self._error(line, f"rule {number} has no type")
        if not isinstance(description, str):
            raise self._error(line, f"the description of rule {number} must be text")
        for what, value, most in (("type", kind, LONGEST_TYPE), ("description", description, LONGEST_DESCRIPTION)):
            if len(value) > most:
                raise self._error(
                    line, f"the {what} of rule {number} has {len(value):,} characters; {most:,} are allowed"
                )
        return Rule(kind.strip(), description.strip())

    def _options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The options given; those that are null or left out keep their defaults."""
        mode, lang, max_pages, target_pages = (data.get(key) for key in ("mode", "lang", "max_pages", "target_pages"))
        if mode is not None and mode not in MODES:
            raise self._error(1, f"“mode” must be one of {', '.join(MODES)}")
        if max_pages is not None and (type(max_pages) is not int or max_pages < 1):
            raise self._error(1, "“max_pages” must be a whole number from 1")
        for key in ("lang", "target_pages"):
            if not isinstance(data.get(key) or "", str):
                raise self._error(1, f"“{key}” must be text")
        try:
            parse_pages(target_pages or "")
        except ValueError as error:
            raise self._error(1, f"“target_pages”: {error}") from error
        given = {"mode": mode, "lang": lang, "max_pages": max_pages, "target_pages": target_pages}
        return {key: value for key, value in given.items() if value is not None}

    def _error(self, line: int, problem: str) -> RulesFileError:
        return RulesFileError(f"{self._name}, line {line}: {problem}.")


def _find_lines(text: str) -> Iterator[int]:
    """The line on which each rule begins, in order."""
    match = _RULES.search(text)
    position = match.end() if match else text.find("[") + 1
    decoder = json.JSONDecoder()
    while True:
        position = _skip(text, position)
        if position >= len(text) or text[position] == "]":
            return
        yield text.count("\n", 0, position) + 1
        _, position = decoder.raw_decode(text, position)


def _skip(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position
