"""Where the words of a page stand: hundreds on a page, so they are kept in arrays and made words when asked for."""

from __future__ import annotations

import base64
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress
from operator import gt, sub
from statistics import median
from typing import Any, NamedTuple, Self, TypeVar, overload

from classifyhub.engine.boxes import turn

Box = tuple[float, float, float, float]
Edges = tuple[int, int, int, int]

WHOLE = 100_000  # the width and height of a page, in what its boxes are kept in
NOWHERE = (0, 0, 0, 0)
_SIZE = 6  # numbers of a word, as words were kept before
_BYTES = 4 + 4 + 4 * 4  # of a word

Number = TypeVar("Number", int, float)


class Word(NamedTuple):
    """A word of a page: ``start`` and ``end`` are offsets into ``Page.text``; no box where there is no page image."""

    start: int
    end: int
    box: Box | None = None


class View(NamedTuple):
    """From a reader's units to places on the page as people see it. A place is multiplied and added to, which gives it
    in 100,000ths of the page from its upper left corner, and then turned by ``degrees``."""

    across: float = 1.0
    left: float = 0.0
    down: float = 1.0
    top: float = 0.0
    degrees: int = 0

    def place(self, left: float, top: float, right: float, bottom: float) -> Edges | None:
        """A box in 100,000ths, cut at the edges of the page; null for one that has no area there."""
        box = (
            left * self.across + self.left,
            top * self.down + self.top,
            right * self.across + self.left,
            bottom * self.down + self.top,
        )
        turned = turn(box, self.degrees, whole=WHOLE) if self.degrees else box
        x0, y0, x1, y1 = (int(min(WHOLE, max(0.0, edge)) + 0.5) for edge in turned)
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def find_tops(self, edges: Sequence[float], *, most: float) -> list[float]:
        """Where boxes begin, four ``edges`` each, as shares of the page; 1 for one below ``most``, or that has no area
        on the page."""
        lowest = WHOLE * most + 1
        return [
            self._find_top(edges[4 * place : 4 * place + 4])
            if self.degrees or top * self.down + self.top <= lowest
            else 1.0
            for place, top in enumerate(edges[1::4])
        ]

    def _find_top(self, edges: Sequence[float]) -> float:
        box = self.place(*edges)
        return box[1] / WHOLE if box else 1.0


class Words(Sequence[Word]):
    """Words in the order of the text, equal to a tuple of the same. Few of them are ever asked for. So what the
    reader found is kept as it was: where they start, where they end, and four ``edges`` each (left, upper, right,
    lower) in the reader's units, which are brought to the ``view`` of the page when somebody asks."""

    __slots__ = ("_edges", "_ends", "_starts", "_view")

    def __init__(self, starts: array[int], ends: array[int], edges: array[float], view: View) -> None:
        self._starts, self._ends, self._edges, self._view = starts, ends, edges, view

    @classmethod
    def of(cls, words: Iterable[Word]) -> Self:
        """From words one by one."""
        found = list(words)
        starts, ends = array("i", [word.start for word in found]), array("i", [word.end for word in found])
        return cls(starts, ends, array("f", chain.from_iterable(_measure(word.box) for word in found)), View())

    def between(self, start: int, end: int) -> Iterator[Word]:
        """Those that share a character with the text from ``start`` to ``end``."""
        for place in range(bisect_right(self._ends, start), len(self)):
            if self._starts[place] >= end:
                return
            yield self._make(place)

    def measure_print(self, most: int) -> tuple[int, float, float] | None:
        """Of about ``most`` words, spread evenly: how many have a box, how high they usually are, and where the
        leftmost begins, both as shares of the page. Null where none has."""
        step = max(1, len(self) // most)
        if not self._view.degrees and (found := self._measure_upright(4 * step)):
            return found
        boxes = [box for place in range(0, len(self), step) if (box := self._place(place))]
        if not boxes:
            return None
        return len(boxes), median(box[3] - box[1] for box in boxes) / WHOLE, min(box[0] for box in boxes) / WHOLE

    def _measure_upright(self, step: int) -> tuple[int, float, float] | None:
        """The same without placing every word; null where some stand beyond the edge of the page."""
        lefts, uppers, rights, lowers = (self._edges[edge::step] for edge in range(4))
        have_area = list(map(gt, rights, lefts))
        if not any(have_area):
            return None
        left = (min(compress(lefts, have_area)) * self._view.across + self._view.left) / WHOLE
        height = median(map(abs, map(sub, compress(uppers, have_area), compress(lowers, have_area))))
        return (sum(have_area), height * abs(self._view.down) / WHOLE, left) if 0 <= left < 1 else None

    def tops_at(self, starts: Iterable[int], *, most: float) -> list[float]:
        """Where the words that begin at ``starts`` do so on the page, as ``View.find_tops`` tells it."""
        edges = array("f")
        for start in starts:
            place = bisect_left(self._starts, start)
            edges.extend(self._edges[4 * place : 4 * place + 4])
        return self._view.find_tops(edges, most=most)

    def to_json(self) -> list[Any]:
        """All numbers, the lowest byte first, in base 64, and the view."""
        numbers = _turn(self._starts).tobytes() + _turn(self._ends).tobytes() + _turn(self._edges).tobytes()
        return [base64.b64encode(numbers).decode(), *self._view]

    @classmethod
    def from_json(cls, data: str | list[Any]) -> Self:
        """From ``to_json``, or as words were kept before: six whole numbers each in base 64, or lists of start, end and
        the box's edges as fractions. Raises ``ValueError``."""
        if isinstance(data, str):
            return cls._from_placed(data)
        if not data or not isinstance(data[0], str):
            return cls.of(Word(start, end, tuple(box) or None) for start, end, *box in data)
        numbers = base64.b64decode(data[0])
        count = len(numbers) // _BYTES
        if len(numbers) % _BYTES:
            raise ValueError("The words of a page are cut short.")
        starts, ends, edges = array("i"), array("i"), array("f")
        starts.frombytes(numbers[: 4 * count])
        ends.frombytes(numbers[4 * count : 8 * count])
        edges.frombytes(numbers[8 * count :])
        return cls(_turn(starts), _turn(ends), _turn(edges), View(*data[1:]))

    @classmethod
    def _from_placed(cls, data: str) -> Self:
        numbers = array("i")
        numbers.frombytes(base64.b64decode(data))
        if len(numbers) % _SIZE:
            raise ValueError("The words of a page are cut short.")
        numbers = _turn(numbers)
        edges = array("f", bytes(len(numbers) // _SIZE * 4 * 4))
        for edge in range(4):
            edges[edge::4] = array("f", numbers[2 + edge :: _SIZE])
        return cls(numbers[0::_SIZE], numbers[1::_SIZE], edges, View())

    def __len__(self) -> int:
        return len(self._starts)

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
        box = self._place(place)
        share = (box[0] / WHOLE, box[1] / WHOLE, box[2] / WHOLE, box[3] / WHOLE) if box else None
        return Word(self._starts[place], self._ends[place], share)

    def _place(self, place: int) -> Edges | None:
        return self._view.place(*self._edges[4 * place : 4 * place + 4])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Words({list(self)})"


def _measure(box: Box | None) -> Edges:
    if not box:
        return NOWHERE
    left, top, right, bottom = (round(edge * WHOLE) for edge in box)
    return left, top, right, bottom


def _turn(numbers: array[Number]) -> array[Number]:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
