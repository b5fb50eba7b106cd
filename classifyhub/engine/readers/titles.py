"""Which lines may be titles, in every format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

MOST_TITLES = 8
TOP_LINES = 3

_LETTER = re.compile(r"[^\W_]")  # or digit
TOP = 0.3  # of the page's height
_LONGEST = 100
_MOST_WORDS = 14
_SENTENCE = 7  # words from which a line that ends like a sentence is one


def may_be_title(line: str) -> bool:
    """Whether a line is short, holds words, and is not a piece of running text."""
    if len(line) > _LONGEST or not _LETTER.search(line):
        return False
    words = len(line.split())
    return words < _SENTENCE or (words <= _MOST_WORDS and not line.rstrip().endswith((".", ",", ";")))


class Line(NamedTuple):
    """A line of a page: offsets into its text, where it stands as a share of the page's height, how large its letters
    are in any unit."""

    start: int
    end: int
    top: float
    size: float
    text: str


def choose_titles(lines: Sequence[Line], *, larger: float) -> tuple[tuple[int, int], ...]:
    """Lines set clearly larger than the body (``larger`` times), largest first, then the short lines at the top; in
    reading order."""
    body = _usual_size(lines)
    large = sorted((line for line in lines if line.size > body * larger), key=lambda line: -line.size)
    top = sorted((line for line in lines if line.top < TOP), key=lambda line: line.top)
    return _spans([*_take(top, TOP_LINES), *_take(large, MOST_TITLES)][:MOST_TITLES])


def _take(lines: Iterable[Line], most: int) -> Iterable[Line]:
    return islice((line for line in lines if may_be_title(line.text)), most)


def _spans(lines: Iterable[Line]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({(line.start, line.end) for line in lines}))


def _usual_size(lines: Sequence[Line]) -> float:
    """The size that half of the page's characters do not exceed."""
    sizes = sorted((line.size, line.end - line.start) for line in lines)
    half, seen = sum(length for _, length in sizes) / 2, 0
    for size, length in sizes:
        seen += length
        if seen >= half:
            return size
    return 0.0
