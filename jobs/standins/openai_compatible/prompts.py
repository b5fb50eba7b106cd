"""What a chat request asks for: the schema of the answer, the rules, and the document.

A model would read the prompt. A stand-in does not understand language, so it looks for what every such request holds:
a JSON schema in which one field may have only certain values, which are the types, and text of which some lines say
what those mean.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifyhub.engine.model import Rule

NO_MATCH = ("none", "no match", "no_match", "null", "unknown", "other")
_PAGE_MARK = re.compile(r"^\W*page\W+(?:number\W+)?(\d+)\W*$", re.IGNORECASE | re.MULTILINE)
_BULLET = re.compile(r"^[\s\-*•\d.)]+")


@dataclass(frozen=True, slots=True)
class Prompt:
    """``schema`` is null where none was sent. ``text`` is the document's, ``pictures`` are the bytes of its pages."""

    schema: Mapping[str, Any] | None
    rules: tuple[Rule, ...]
    text: str
    pictures: tuple[bytes, ...]

    def page_of(self, quote: str) -> int:
        """The page on which ``quote`` stands, by the marks between pages; 1 where there are none."""
        place = self.text.find(quote)
        numbers = [int(mark[1]) for mark in _PAGE_MARK.finditer(self.text) if mark.start() <= place]
        return numbers[-1] if numbers else 1


def read_prompt(body: Mapping[str, Any]) -> Prompt:
    """What ``body`` asks for, as far as it can be told."""
    parts = list(_walk_parts(body.get("messages") or []))
    instructions = "\n".join(text for role, text, _picture in parts if role != "user")
    said = "\n".join(text for role, text, _picture in parts if role == "user")
    schema = _read_response_format(body) or find_schema(f"{instructions}\n{said}")
    types = [name for name in find_types(schema or {}) if name.casefold() not in NO_MATCH]
    described = _find_descriptions(f"{instructions}\n{said}", types)
    rules = tuple(Rule(name, described.get(name, "")) for name in types)
    pictures = tuple(picture for _role, _text, picture in parts if picture)
    return Prompt(schema, rules, _without_rules(said, types), pictures)


def _walk_parts(messages: Sequence[Any]) -> Iterator[tuple[str, str, bytes]]:
    """Role, text and picture of each part; either of the last two empty."""
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else ""
        role = message.get("role", "user") if isinstance(message, dict) else "user"
        parts: list[dict[str, Any]] = content if isinstance(content, list) else [{"text": content or ""}]
        for part in parts:
            if part.get("type") == "image_url":
                yield role, "", _read_picture(part.get("image_url", {}).get("url", ""))
            else:
                yield role, str(part.get("text", "")), b""


def _read_picture(url: str) -> bytes:
    try:
        return base64.b64decode(url.partition(",")[2], validate=True) if url.startswith("data:") else b""
    except binascii.Error:
        return b""


def _read_response_format(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = body.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema") if wanted.get("type") == "json_schema" else None
    return schema if isinstance(schema, dict) else None


def find_schema(text: str) -> Mapping[str, Any] | None:
    """The first JSON schema that stands in ``text``."""
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", text)):
        try:
            found, _end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("properties"), dict):
            return found
    return None


def find_types(schema: Mapping[str, Any]) -> list[str]:
    """The values of the first field that may have only certain ones."""
    if isinstance(schema.get("enum"), list):
        return [value for value in schema["enum"] if isinstance(value, str)]
    inner = [value for value in schema.values() if isinstance(value, dict)]
    inner += [item for value in schema.values() if isinstance(value, list) for item in value if isinstance(item, dict)]
    return next(filter(None, map(find_types, inner)), [])


def _find_descriptions(text: str, types: Sequence[str]) -> dict[str, str]:
    """What stands behind a type at the start of a line, or beside it in JSON."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, description = _split_rule(line, types)
        if name and description:
            found.setdefault(name, description)
    for match in re.finditer(r"\{[^{}]*\}", text):
        fields = _parse(match[0])
        if isinstance(fields.get("type"), str) and fields["type"] in types and fields.get("description"):
            found.setdefault(fields["type"], str(fields["description"]))
    return found


def _split_rule(line: str, types: Sequence[str]) -> tuple[str, str]:
    rest = _BULLET.sub("", line).strip().lstrip('"“`*')
    for name in sorted(types, key=len, reverse=True):
        after = rest.removeprefix(name).lstrip('"”`*') if rest.startswith(name) else ""
        if after[:1] in {":", "–", "—"} or after.startswith((" - ", " – ", " — ", " (")):
            return name, after.lstrip(" :–—-(").strip()
    return "", ""


def _without_rules(text: str, types: Sequence[str]) -> str:
    """The document alone, where rules and document stand in one message."""
    return "\n".join(line for line in text.splitlines() if not _split_rule(line, types)[0])


def _parse(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
