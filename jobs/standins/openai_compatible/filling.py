"""A verdict put into whatever schema was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.standins.answering import Verdict
from jobs.standins.openai_compatible.prompts import Prompt, no_match_of


def fill(schema: Mapping[str, Any], verdict: Verdict, prompt: Prompt) -> Any:
    """A value that fits ``schema``: the field with certain values gets the type, numbers the confidence (whole ones
    from 0 to 100), lists the quotes, text the reasoning."""
    if "anyOf" in schema:
        variants = [variant for variant in schema["anyOf"] if variant.get("type") != "null"]
        return fill(variants[0], verdict, prompt) if variants else None
    if "enum" in schema:  # a type that is not among them is said all the same: some models keep to nothing
        return no_match_of(schema["enum"]) if verdict.type is None else verdict.type
    kind = schema.get("type")
    if kind == "object":
        return {name: fill(part, verdict, prompt) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_quote(schema.get("items", {}), page, quote, prompt) for page, quote in verdict.quotes]
    if kind in {"integer", "number"}:
        confidence = verdict.confidence or 0.0
        return round(confidence * 100) if kind == "integer" else confidence
    return False if kind == "boolean" else verdict.reasoning


def _quote(schema: Mapping[str, Any], page: int, quote: str, prompt: Prompt) -> Any:
    if schema.get("type") != "object":
        return quote
    number = prompt.page_of(quote) if prompt.text else page
    kinds = {name: part.get("type") for name, part in schema.get("properties", {}).items()}
    return {name: number if kind in {"integer", "number"} else quote for name, kind in kinds.items()}
