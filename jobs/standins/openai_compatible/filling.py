"""A verdict put into whatever schema was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.standins.answering import Verdict
from jobs.standins.openai_compatible.prompts import NO_MATCH, Prompt


def fill(schema: Mapping[str, Any], verdict: Verdict, prompt: Prompt) -> Any:
    """A value that fits ``schema``: the field with certain values gets the type, numbers the confidence (whole ones
    from 0 to 100), lists the quotes, text the reasoning."""
    if "anyOf" in schema:
        variants = [variant for variant in schema["anyOf"] if variant.get("type") != "null"]
        return fill(variants[0], verdict, prompt) if variants else None
    if "enum" in schema:
        return _choose(schema["enum"], verdict)
    kind = schema.get("type")
    if kind == "object":
        return {name: fill(part, verdict, prompt) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_quote(schema.get("items", {}), page, quote, prompt) for page, quote in verdict.quotes]
    if kind in {"integer", "number"}:
        confidence = verdict.confidence or 0.0
        return round(confidence * 100) if kind == "integer" else confidence
    return False if kind == "boolean" else verdict.reasoning


def _choose(values: list[Any], verdict: Verdict) -> Any:
    if verdict.type is not None:
        return verdict.type  # whether or not it is among them: a model that keeps to nothing is played so
    return next((value for value in values if str(value).casefold() in NO_MATCH or value is None), values[-1])


def _quote(schema: Mapping[str, Any], page: int, quote: str, prompt: Prompt) -> Any:
    if schema.get("type") != "object":
        return quote
    number = prompt.page_of(quote) if prompt.text.strip() else page
    kinds = {name: part.get("type") for name, part in schema.get("properties", {}).items()}
    return {name: number if kind in {"integer", "number"} else quote for name, kind in kinds.items()}
