"""What a chat request asks for: the shape of the answer, the rules, and the document.

A model would read the prompt. A stand-in does not understand language, so it looks for what every such request holds:
a JSON schema (or lines that say the keys in words) in which one field may have only certain values, which are the
types; text that says what those mean; and a document, which stands between marked lines if it can be told apart.
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

_NO_MATCH = re.compile(r"none\b.*|no[ _]match|null", re.IGNORECASE)
_MARK = re.compile(r"\s*(<<<.*>>>|</?[a-z_]+[^<>]*>|[-=\[]{2,}.*\bpage\b.*)\s*", re.IGNORECASE)
_PAGE = re.compile(r"\bpage\D{0,12}(\d+)", re.IGNORECASE)
_KEY_IN_WORDS = re.compile(r'^"(\w+)": (.+)$', re.MULTILINE)
_BULLET = re.compile(r"^[\s\-*•\d.)]+")
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """``schema`` is null where nothing says how to answer. ``pages`` are the document's, with their numbers;
    ``pictures`` the bytes of page images."""

    schema: Mapping[str, Any] | None
    rules: tuple[Rule, ...]
    pages: tuple[tuple[int, str], ...]
    pictures: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The whole document."""
        return "\n".join(text for _number, text in self.pages).strip()

    def page_of(self, quote: str) -> int:
        """The page on which ``quote`` stands; 1 where none says so."""
        return next((number for number, text in self.pages if quote in text), 1)


def read_prompt(body: Mapping[str, Any]) -> Prompt:
    """What ``body`` asks for, as far as it can be told."""
    parts = list(_walk_parts(body.get("messages") or []))
    instructions = "\n".join(text for role, text, _picture in parts if role not in {"user", "assistant"})
    said = "\n".join(text for role, text, _picture in parts if role == "user")
    everything = f"{instructions}\n{said}"
    schema = _read_response_format(body) or find_schema(everything) or _read_words(everything)
    values = find_values(schema or {})
    none = no_match_of(values)
    types = [value for value in values if value != none]
    described = _find_descriptions(everything, types)
    rules = tuple(Rule(name, described.get(name, "")) for name in types)
    pictures = tuple(picture for _role, _text, picture in parts if picture)
    return Prompt(schema, rules, tuple(_split_pages(said, types)), pictures)


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


def _read_words(text: str) -> Mapping[str, Any] | None:
    """The schema that lines such as ``"confidence": a whole number`` amount to."""
    types = [fields["type"] for fields in _walk_objects(text) if isinstance(fields.get("type"), str)]
    properties = {match[1]: _shape_of(match[2], types) for match in _KEY_IN_WORDS.finditer(text)}
    return {"type": "object", "properties": properties} if properties else None


def _shape_of(words: str, types: Sequence[str]) -> Mapping[str, Any]:
    if "list of objects" in words:
        names = re.findall(r'"(\w+)"', words)
        parts = {name: {"type": "integer" if name == "page" else "string"} for name in names}
        return {"type": "array", "items": {"type": "object", "properties": parts}}
    if "label" in words:
        return {"type": "string", "enum": list(types)}
    return {"type": "integer" if "number" in words else "string"}


def find_values(schema: Mapping[str, Any]) -> list[str]:
    """The values of the first field that may have only certain ones."""
    if isinstance(schema.get("enum"), list):
        return [value for value in schema["enum"] if isinstance(value, str)]
    inner = [value for value in schema.values() if isinstance(value, dict)]
    inner += [item for value in schema.values() if isinstance(value, list) for item in value if isinstance(item, dict)]
    return next(filter(None, map(find_values, inner)), [])


def no_match_of(values: Sequence[Any]) -> Any:
    """The value that says none fits: the last that reads so, for a rule may be called "none" too; null without one."""
    return next((value for value in reversed(values) if isinstance(value, str) and _NO_MATCH.fullmatch(value)), None)


def _find_descriptions(text: str, types: Sequence[str]) -> dict[str, str]:
    """What stands behind a type at the start of a line, or beside it in JSON."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, description = _split_rule(line, types)
        if name and description:
            found.setdefault(name, description)
    for fields in _walk_objects(text):
        if fields.get("type") in types and fields.get("description"):
            found.setdefault(fields["type"], str(fields["description"]))
    return found


def _walk_objects(text: str) -> Iterator[Mapping[str, Any]]:
    for match in _FLAT_OBJECT.finditer(text):
        try:
            yield json.loads(match[0])
        except ValueError:
            continue


def _split_rule(line: str, types: Sequence[str]) -> tuple[str, str]:
    rest = _BULLET.sub("", line).strip().lstrip('"“`*')
    for name in sorted(types, key=len, reverse=True):
        after = rest.removeprefix(name).lstrip('"”`*') if rest.startswith(name) else ""
        if after[:1] in {":", "–", "—"} or after.startswith((" - ", " – ", " — ", " (")):
            return name, after.lstrip(" :–—-(").strip()
    return "", ""


def _split_pages(said: str, types: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The pages between the first and the last mark; without marks everything but the lines that are rules."""
    lines = said.splitlines()
    marks = [number for number, line in enumerate(lines) if _MARK.fullmatch(line)]
    if len(marks) < 2:
        yield 1, "\n".join(line for line in lines if not _split_rule(line, types)[0])
        return
    page = 1
    ends = marks[1:] if _is_end(lines[marks[-1]]) else [*marks[1:], len(lines)]
    for start, end in zip(marks, ends, strict=False):
        named = _PAGE.search(lines[start])
        page = int(named[1]) if named else page
        if end > start + 1:
            yield page, "\n".join(lines[start + 1 : end])


def _is_end(line: str) -> bool:
    """Whether a mark closes what came before: a mark of a page opens what comes."""
    return not _PAGE.search(line) or "</" in line or "picture" in line
