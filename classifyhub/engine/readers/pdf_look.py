"""What a PDF page draws besides text: pictures, shapes, ruled lines. Counted, not drawn."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.limits import MAX_OBJECTS_LOOKED_AT
from classifyhub.engine.model import Look
from classifyhub.engine.readers.pdf_calls import (
    count_objects_of_form,
    get_bounds,
    get_kind,
    get_object,
    get_object_of_form,
    point_at,
)

_TEXT, _IMAGE, _FORM = int(raw.FPDF_PAGEOBJ_TEXT), int(raw.FPDF_PAGEOBJ_IMAGE), int(raw.FPDF_PAGEOBJ_FORM)
_DEEPEST = 3
_THIN, _LONG = 2.0, 60.0  # points: a ruled line is thinner than the one and longer than the other

Rect = tuple[float, float, float, float]
_NOWHERE: Rect = (0.0, 0.0, 0.0, 0.0)


def look_at(page: pdfium.PdfPage, *, has_text: bool) -> Look:
    """Pictures by the share of the page they cover, everything else by number. Letters count among the shapes where
    the page has no text that could be had from them. Objects after the first thousand are left out."""
    area = max(page.get_width() * page.get_height(), 1e-6)
    objects, kinds = _list_objects(page)
    covered, shapes, rules = 0.0, 0 if has_text else kinds.count(_TEXT), 0
    edges = page.get_bbox()
    for kind, rect in _measure_objects(objects, kinds):
        width, height = _clip(rect, edges)
        if kind == _IMAGE:
            covered += width * height
        else:
            shapes += 1
            rules += min(width, height) <= _THIN and max(width, height) >= _LONG
    return Look(images=round(min(1.0, covered / area), 3), shapes=shapes, rules=rules)


def _clip(rect: Rect, page: Rect) -> tuple[float, float]:
    """Width and height of the part of ``rect`` that is on the page."""
    width = min(rect[2], page[2]) - max(rect[0], page[0])
    height = min(rect[3], page[3]) - max(rect[1], page[1])
    return max(0.0, width), max(0.0, height)


def _list_objects(page: pdfium.PdfPage) -> tuple[list[Any], list[int]]:
    """The page's objects and their kinds. A form that holds a picture counts as one."""
    count = min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS_LOOKED_AT)
    objects = list(map(get_object, repeat(point_at(page.raw)), range(count)))
    kinds = list(map(get_kind, objects))
    if _FORM in kinds:
        kinds = [
            _main_kind(found, depth=1) if kind == _FORM else kind for found, kind in zip(objects, kinds, strict=True)
        ]
    return objects, kinds


def _measure_objects(objects: Sequence[Any], kinds: Sequence[int]) -> Iterator[tuple[int, Rect]]:
    """Kind and bounds of all but text, which most are. Of a form the bounds are its own: those of its parts are in
    coordinates of its own."""
    measure = _Bounds()
    is_drawn = map(_TEXT.__ne__, kinds)
    return ((kind, measure(found)) for found, kind in compress(zip(objects, kinds, strict=True), is_drawn))


def _main_kind(form: Any, *, depth: int) -> int:
    """What a form is made of: a picture if it holds one, else shapes if it holds any, else text."""
    kinds = {_TEXT}
    for index in range(min(count_objects_of_form(form), MAX_OBJECTS_LOOKED_AT)):
        found = get_object_of_form(form, index)
        kind = get_kind(found)
        is_form = kind == _FORM and depth < _DEEPEST
        kinds.add(_main_kind(found, depth=depth + 1) if is_form else kind)
    if _IMAGE in kinds:
        return _IMAGE
    return next((kind for kind in kinds if kind != _TEXT), _TEXT)


class _Bounds:
    """The bounds of one object after the other, asked for with the same four variables."""

    def __init__(self) -> None:
        self._edges = [ctypes.c_float() for _ in range(4)]
        self._pointers = [ctypes.byref(edge) for edge in self._edges]

    def __call__(self, found: Any) -> Rect:
        if not get_bounds(found, *self._pointers):
            return _NOWHERE
        left, bottom, right, top = self._edges
        return left.value, bottom.value, right.value, top.value
