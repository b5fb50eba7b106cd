"""JSON that remembers its lines, so that a problem can be named where it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_OTHER_QUOTES = "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}“”„"
# Lines are kept this deep: a rule's field in a saved configuration is at the fourth level.
NAMED_DEPTH = 6


class JsonError(ValueError):
    """Text that is not JSON; ``line`` is 1-based."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Located:
    """A JSON value with the line on which each of its parts begins: ``lines[("rules", 2, "type")]``."""

    value: Any
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of the part at ``path``; of the nearest part around it where there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Located:
    """Parse ``text``. Raises ``JsonError``; numbers must be finite."""
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise JsonError(error.lineno, _explain(text, error)) from error
    except ValueError as error:  # a whole number of more digits than Python reads, or NaN
        raise JsonError(1, _("A number in there cannot be read.")) from error
    except RecursionError as error:
        raise JsonError(1, _("Nested too deep.")) from error
    return Located(value, _find_lines(text))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _explain(text: str, error: json.JSONDecodeError) -> str:
    """What is wrong in words of the person who typed it, for the slips that are made by hand."""
    rest, before = text[error.pos :].lstrip(), text[: error.pos].rstrip()
    sign = {"sign": rest[:12]}
    slips = (
        (not rest, _("The text ends too early: a bracket or a quote is not closed.")),
        (before.endswith(",") and rest[:1] in "]}", _("Take out the comma before “%(sign)s”.") % {"sign": rest[:1]}),
        (error.msg.startswith("Expecting ','"), _("A comma is missing before “%(sign)s”.") % sign),
        (rest[:1] in _OTHER_QUOTES, _('Texts stand in straight double quotes: ".')),
        ("control character" in error.msg, _("A text runs over the line. Write \\n where a new line is meant.")),
        (error.msg == "Extra data", _("There is more text after the end.")),
        ("string" in error.msg, _("A text is not closed with a double quote.")),
    )
    return next((words for applies, words in slips if applies), _("“%(sign)s” cannot stand here.") % sign)


def _find_lines(text: str) -> dict[Path, int]:
    """The line of every value in ``text``, which is known to be JSON."""
    lines: dict[Path, int] = {}
    stack: list[str | int | None] = []  # where we are: a place in a list, a key, or none before the first key
    line, position = 1, 0
    is_key = False
    for match in _TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position, sign = match.start(), match[0]
        if sign in "]}":
            stack.pop()
            is_key = False
        elif sign == ",":
            is_key = not isinstance(stack[-1], int)
            stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else None
        elif is_key and sign[0] == '"':
            stack[-1], is_key = json.loads(sign), False
        elif sign != ":":
            if len(stack) <= NAMED_DEPTH:
                lines.setdefault(tuple(part for part in stack if part is not None), line)
            if sign in "[{":
                stack.append(0 if sign == "[" else None)
                is_key = sign == "{"
    return lines
