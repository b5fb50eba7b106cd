"""The one gate for text from outside: people, files, providers."""

import math
import re

# Controls that no field needs. Tab, line feed and carriage return stay; NUL breaks PostgreSQL, the rest break logs.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(value: str, *, max_length: int | None = None) -> str:
    """Text that every database stores and every encoder writes: control characters (NUL first of all) and lone
    surrogates become U+FFFD. Cut to ``max_length`` characters when given."""
    cleaned = _LONE_SURROGATES.sub(REPLACEMENT, _CONTROLS.sub(REPLACEMENT, value))
    return cleaned if max_length is None else cleaned[:max_length]


def clean_line(value: str, *, max_length: int | None = None) -> str:
    """As ``clean_text``, on one line: runs of white space become one space, the ends are trimmed."""
    return clean_text(" ".join(value.split()), max_length=max_length)


def clean_json(value: object) -> object:
    """The same for every string inside JSON data; NaN and infinities raise ``ValueError``, for no database and no
    client reads them alike."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("JSON numbers must be finite")
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def fold(value: str) -> str:
    """The spelling that decides whether two names are the same: casefolded, white space collapsed. Stored beside the
    name, because SQLite and PostgreSQL fold case differently."""
    return " ".join(value.split()).casefold()
