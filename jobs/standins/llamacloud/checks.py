"""What LlamaCloud refuses with 422, in FastAPI's words: all complaints of a request at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from classifyhub.engine.model import Rule
from classifyhub.engine.pageranges import parse_pages
from jobs.standins.exchange import RefusedError, complain

Place = tuple[str | int, ...]
TYPE_MOST = 50
DESCRIPTION_LEAST = 10
_TYPE_LETTERS = re.compile(r"[\w \-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[a-z]+)?(-[A-Za-z]+)?")


class Complaints:
    """Collects what is wrong with a body; ``settle`` raises ``RefusedError`` when anything is."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def add(self, place: Place, said: str, *, kind: str = "value_error", given: Any = None) -> None:
        """One more."""
        self.items.append(complain(("body", *place), said, kind=kind, given=given))

    def settle(self) -> None:
        """Refuse the request if anything was found."""
        if self.items:
            raise RefusedError(422, self.items)

    def text(self, value: Any, place: Place, *, least: int = 0, most: int | None = None) -> str:
        """``value`` as text within its limits; empty when it is not."""
        if value is None:
            self.add(place, "Field required", kind="missing")
        elif not isinstance(value, str):
            self.add(place, "Input should be a valid string", kind="string_type", given=value)
        elif len(value) < least:
            self.add(place, f"String should have at least {least} characters", kind="string_too_short", given=value)
        elif most is not None and len(value) > most:
            self.add(place, f"String should have at most {most} characters", kind="string_too_long", given=value)
        else:
            return value
        return ""

    def one_of(self, value: Any, place: Place, allowed: Sequence[str]) -> str:
        """``value`` if it is among ``allowed``, else the first of them."""
        if value in allowed:
            return str(value)
        said = f"Input should be {' or '.join(repr(word) for word in allowed)}"
        self.add(place, said, kind="enum", given=value)
        return allowed[0]

    def object(self, value: Any, place: Place) -> Mapping[str, Any]:
        """``value`` as an object, empty where it is null."""
        if value is not None and not isinstance(value, dict):
            self.add(place, "Input should be a valid dictionary", kind="model_attributes_type", given=value)
            return {}
        return value or {}

    def array(self, value: Any, place: Place, *, least: int = 0, most: int | None = None) -> list[Any]:
        """``value`` as a list within its limits; empty when it is not."""
        if value is None:
            self.add(place, "Field required", kind="missing")
        elif not isinstance(value, list):
            self.add(place, "Input should be a valid list", kind="list_type", given=value)
        elif len(value) < least:
            self.add(place, f"List should have at least {least} item after validation", kind="too_short", given=value)
        elif most is not None and len(value) > most:
            self.add(place, f"List should have at most {most} items after validation", kind="too_long")
        else:
            return value
        return []

    def rules(self, value: Any, place: Place, *, description_most: int) -> tuple[Rule, ...]:
        """The rules, at least one."""
        items = self.array(value, place, least=1)
        return tuple(
            self._rule(item, (*place, number), description_most=description_most) for number, item in enumerate(items)
        )

    def _rule(self, item: Any, place: Place, *, description_most: int) -> Rule:
        fields = self.object(item, place)
        name = self.text(fields.get("type"), (*place, "type"), least=1, most=TYPE_MOST)
        if not _TYPE_LETTERS.fullmatch(name):
            self.add((*place, "type"), "String should match pattern", kind="string_pattern_mismatch", given=name)
        said = self.text(
            fields.get("description"), (*place, "description"), least=DESCRIPTION_LEAST, most=description_most
        )
        return Rule(name, said)

    def language(self, value: Any, place: Place) -> str:
        """A language code."""
        lang = self.text(value, place)
        if lang and not _LANGUAGE.fullmatch(lang):
            self.add(place, "Input should be a language code", kind="enum", given=value)
        return lang

    def count(self, value: Any, place: Place) -> int | None:
        """A number from 1, or null."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(place, "Input should be a valid integer", kind="int_type", given=value)
            return None
        if value < 1:
            self.add(place, "Input should be greater than or equal to 1", kind="greater_than_equal", given=value)
        return value

    def page_ranges(self, value: Any, place: Place) -> str:
        """Pages as text, 1-based; empty for all."""
        text = "" if value is None else self.text(value, place)
        try:
            parse_pages(text)
        except ValueError as error:
            self.add(place, f"Value error, {error}", given=value)
        return text
