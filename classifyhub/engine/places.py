"""Where the words of a page stand: hundreds on a page, so they are kept as one array and made words when asked for."""

from __future__ import annotations

import base64
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple, Self, overload

Box = tuple[float, float, float, float]

WHOLE = 100_000  # the width and height of a page, in what its boxes are kept in
NOWHERE = (-1, -1, -1, -1)
_SIZE = 6


class Word(NamedTuple):
    """A word of a page: ``start`` and ``end`` are offsets into ``Page.text``; no box where there is no page image."""

    start: int
    end: int
    box: Box | None = None


class Words(Sequence[Word]):
    """Words in the order of the text, equal to a tuple of the same. ``numbers`` are six for each word: start, end, and
    the edges of its box in 100,000ths of the page, all -1 for none."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: array[int]) -> None:
        self._numbers = numbers

    @classmethod
    def of(cls, words: Iterable[Word]) -> Self:
        """From words one by one."""
        numbers = array("i")
        for word in words:
            numbers.extend((word.start, word.end, *_measure(word.box)))
        return cls(numbers)

    @classmethod
    def line_up(cls, *columns: Sequence[int]) -> Self:
        """From all starts, all ends, all left, upper, right and lower edges, as they are kept."""
        numbers = array("i", bytes(len(columns[0]) * _SIZE * array("i").itemsize))
        for place, column in enumerate(columns):
            numbers[place::_SIZE] = array("i", column)
        return cls(numbers)

    def between(self, start: int, end: int) -> Iterator[Word]:
        """Those that share a character with the text from ``start`` to ``end``."""
        for place in range(bisect_right(self._numbers[1::_SIZE], start), len(self)):
            word = self._make(place)
            if word.start >= end:
                return
            yield word

    def sample_edges(self, most: int) -> list[list[float]]:
        """The left, upper, right and lower edges of about ``most`` words, spread evenly, that have a box; of all where
        there are fewer."""
        step = max(1, len(self) // most) * _SIZE
        columns = [self._numbers[place::step] for place in range(2, _SIZE)]
        have_box = [left >= 0 for left in columns[0]]
        return [[edge / WHOLE for edge in compress(column, have_box)] for column in columns]

    def tops(self) -> dict[int, int]:
        """The upper edge of each word by its start, in 100,000ths of the page; -1 for those without a box."""
        return dict(zip(self._numbers[0::_SIZE], self._numbers[3::_SIZE], strict=True))

    def to_json(self) -> str:
        """The numbers, the lowest byte first, in base 64."""
        return base64.b64encode(_turn(self._numbers).tobytes()).decode()

    @classmethod
    def from_json(cls, data: str | list[list[Any]]) -> Self:
        """From ``to_json``, or from lists of start, end and the box's edges as fractions. Raises ``ValueError``."""
        if not isinstance(data, str):
            return cls.of(Word(start, end, tuple(box) or None) for start, end, *box in data)
        numbers = array("i")
        numbers.frombytes(base64.b64decode(data))
        if len(numbers) % _SIZE:
            raise ValueError("The words of a page are cut short.")
        return cls(_turn(numbers))

    def __len__(self) -> int:
        return len(self._numbers) // _SIZE

    @overload
    def __getitem__(self, place: int) -> Word: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Word, ...]: ...
    def __getitem__(self, place: int | slice) -> Word | tuple[Word, ...]:
        if isinstance(place, slice):
            return tuple(map(self._make, range(*place.indices(len(self)))))
        return self._make(range(len(self))[place])

    def __iter__(self) -> Iterator[Word]:
        return map(self._make, range(len(self)))

    def _make(self, place: int) -> Word:
        start, end, x0, y0, x1, y1 = self._numbers[place * _SIZE : (place + 1) * _SIZE]
        return Word(start, end, (x0 / WHOLE, y0 / WHOLE, x1 / WHOLE, y1 / WHOLE) if x0 >= 0 else None)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Words):
            return self._numbers == other._numbers
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Words({list(self)})"


def _measure(box: Box | None) -> tuple[int, ...]:
    return tuple(round(edge * WHOLE) for edge in box) if box else NOWHERE


def _turn(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
