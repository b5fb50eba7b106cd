"""The closed set of answers, as a JSON schema that strict servers hold a model to. It is checked again here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from classifyhub.engine.model import Rule
from classifyhub.text import fold

MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Labels:
    """What a model may choose from: the types of the rules, and ``none`` for a document that fits none of them."""

    types: tuple[str, ...]
    none: str

    @property
    def all(self) -> tuple[str, ...]:
        """Every label, as the model is shown them."""
        return (*self.types, self.none)

    def find(self, said: str) -> str | None:
        """The label that is meant by ``said``, case and white space aside; null when none is."""
        return next((label for label in self.all if label == said), None) or next(
            (label for label in self.all if fold(label) == fold(said)), None
        )


def labels_for(rules: Sequence[Rule]) -> Labels:
    """The labels for ``rules``. The word for "none" is one that no rule bears."""
    types = tuple(rule.type for rule in rules)
    return Labels(types, _free_name(fold(type) for type in types))


def _free_name(taken: Iterable[str]) -> str:
    known = set(taken)
    names = chain(("none", "none of these"), (f"none of these ({number})" for number in count(2)))
    return next(name for name in names if name not in known)


def answer_schema(labels: Labels) -> dict[str, Any]:
    """The shape of an answer, in the subset of JSON schema that all servers share: every key required, nothing beside
    them, no limits on numbers. Quotes and reasons stand before the type, so that a model thinks before it chooses."""
    quote = _object(page={"type": "integer"}, text={"type": "string"})
    return _object(
        quotes={"type": "array", "items": quote},
        reasoning={"type": "string"},
        type={"type": "string", "enum": list(labels.all)},
        confidence={"type": "integer"},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def response_format(labels: Labels) -> dict[str, Any]:
    """The schema as chat completions take it."""
    schema = {"name": "classification", "strict": True, "schema": answer_schema(labels)}
    return {"type": "json_schema", "json_schema": schema}
