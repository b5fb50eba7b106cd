"""From the coordinates of a PDF page to places on it as people see it: crop box and rotation applied, origin top left.

A page has hundreds of places, so they are worked out together, edge by edge."""

from __future__ import annotations

from array import array
from operator import ge, or_

import pypdfium2 as pdfium

from classifyhub.engine.boxes import turn
from classifyhub.engine.places import NOWHERE, WHOLE

Columns = list[list[int]]
_SIZE = 4


class Display:
    """What a page shows, and which way round."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_bbox()
        across, down = WHOLE / max(right - left, 1e-6), WHOLE / max(top - bottom, 1e-6)
        self._scales = [(across, -left * across), (-down, top * down)] * 2
        self._degrees = page.get_rotation()

    @property
    def is_on_its_side(self) -> bool:
        """Whether lines along the width of the paper stand upright as displayed."""
        return self._degrees in {90, 270}

    def place(self, rects: array[float]) -> Columns:
        """The left, upper, right and lower edges of all boxes in the units of ``Words``, cut at the edges of the page;
        those of ``NOWHERE`` for boxes that have no area there. ``rects`` holds left, top, right and bottom edge of one
        box behind the other."""
        columns = [
            [value * factor + offset for value in rects[edge::_SIZE]]
            for edge, (factor, offset) in enumerate(self._scales)
        ]
        if self._degrees and rects:
            columns = self._turn(columns)
        edges = [[int(value + 0.5) for value in _clip(column)] for column in columns]
        is_empty = map(or_, map(ge, edges[0], edges[2]), map(ge, edges[1], edges[3]))
        for empty in [place for place, holds in enumerate(is_empty) if holds]:
            for column, nowhere in zip(edges, NOWHERE, strict=True):
                column[empty] = nowhere
        return edges

    def _turn(self, columns: list[list[float]]) -> list[list[float]]:
        boxes = (turn(box, self._degrees, whole=WHOLE) for box in zip(*columns, strict=True))
        return [list(column) for column in zip(*boxes, strict=True)]


def _clip(column: list[float]) -> list[float]:
    """The values brought between 0 and ``WHOLE``, where nearly all are; no number, which makes their sum none, is 0."""
    if not column or (min(column) >= 0 and max(column) <= WHOLE and sum(column) >= 0):
        return column
    return [min(WHOLE, max(0.0, value)) for value in column]
