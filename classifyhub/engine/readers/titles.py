"""Which lines may be titles, in every format."""

from __future__ import annotations

MOST_TITLES = 8
TOP_LINES = 3

_LONGEST = 100
_MOST_WORDS = 14
_SENTENCE = 7  # words from which a line that ends like a sentence is one


def may_be_title(line: str) -> bool:
    """Whether a line is short, holds words, and is not a piece of running text."""
    words = line.split()
    if not any(character.isalnum() for character in line) or len(line) > _LONGEST or len(words) > _MOST_WORDS:
        return False
    return len(words) < _SENTENCE or not line.rstrip().endswith((".", ",", ";"))
