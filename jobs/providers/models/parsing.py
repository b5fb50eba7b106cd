"""What a model said, read as strictly as it matters: the label is one of ours, the confidence a whole number of
percent. What stands around it (thinking aloud, code fences, further keys) is left away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs.providers.models.excerpt import keep_visible
from jobs.providers.models.schema import Labels

LONGEST_ANSWER = 64 * 1024
LONGEST_REASONING = 1_000
_LONGEST_QUOTE = 400
_MOST_QUOTES_LOOKED_AT = 10
_MOST_OBJECTS = 200
_OBJECT = re.compile(r'\{\s*["}]')
_END_OF_THINKING = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(\d{1,3})\s*%?\s*")


class UnusableAnswerError(ValueError):
    """Why an answer cannot be used, in words fit for the model. Holds nothing of what it said."""


@dataclass(frozen=True, slots=True)
class Said:
    """A usable answer. ``type`` null is no match; ``confidence`` is 0 to 1; ``quotes`` are pages and texts, not yet
    looked for."""

    type: str | None
    confidence: float
    reasoning: str
    quotes: tuple[tuple[int, str], ...]


def parse_answer(content: str, labels: Labels) -> Said:
    """Read the answer out of what a model wrote. Raises ``UnusableAnswerError``."""
    answer = _find_object(content[-LONGEST_ANSWER:])  # what comes last counts
    label = _read_label(answer, labels)
    return Said(
        type=None if label == labels.none else label,
        confidence=_read_confidence(answer.get("confidence")),
        reasoning=_read_reasoning(answer.get("reasoning")),
        quotes=tuple(_read_quotes(answer.get("quotes"))),
    )


def _find_object(content: str) -> dict[str, Any]:
    """The last object with a type: whatever comes before it is thinking, which may stand in tags."""
    ends = [match.end() for match in _END_OF_THINKING.finditer(content)]
    for text in (content[ends[-1] :] if ends else "", content):
        found = [value for value in _objects_in(text) if "type" in value]
        if found:
            return found[-1]
    raise UnusableAnswerError("it holds no JSON object with the keys asked for.")


def _objects_in(text: str) -> Iterator[dict[str, Any]]:
    decoder, position = json.JSONDecoder(), 0
    for _attempt in range(_MOST_OBJECTS):
        start = _OBJECT.search(text, position)
        if start is None:
            return
        try:
            value, position = decoder.raw_decode(text, start.start())
            yield value
        except (ValueError, RecursionError):
            position = start.start() + 1


def _read_label(answer: dict[str, Any], labels: Labels) -> str:
    said = answer["type"]
    if said is None:
        return labels.none  # servers without schemas: null can mean nothing else
    label = labels.find(said) if isinstance(said, str) else None
    if label is None:
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in labels.all)
        raise UnusableAnswerError(f'"type" is none of the labels. They are: {names}.')
    return label


def _read_confidence(said: Any) -> float:
    """A fraction such as 0.9 could mean nine tenths or less than a percent, so it is asked for again."""
    match = _PERCENT.fullmatch(said) if isinstance(said, str) else None
    number = int(match[1]) if match else said
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not _is_percent(number):
        raise UnusableAnswerError('"confidence" is no whole number from 0 to 100.')
    return round(float(number) / 100, 4)


def _is_percent(number: float) -> bool:
    return 0 <= number <= 100 and not 0 < number < 1


def _read_reasoning(said: Any) -> str:
    """One line without tricks: a person reads it, and may not be shown it backwards."""
    return " ".join(keep_visible(said).split())[:LONGEST_REASONING] if isinstance(said, str) else ""


def _read_quotes(said: Any) -> Iterator[tuple[int, str]]:
    for quote in said[:_MOST_QUOTES_LOOKED_AT] if isinstance(said, list) else ():
        page, text = (quote.get("page"), quote.get("text")) if isinstance(quote, dict) else (None, None)
        if isinstance(page, int) and not isinstance(page, bool) and isinstance(text, str) and text.strip():
            yield page, text.strip()[:_LONGEST_QUOTE]
