"""What a PDF page draws besides text: pictures, shapes, ruled lines. Counted, not drawn."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.limits import MAX_OBJECTS_LOOKED_AT
from classifyhub.engine.model import Look

_DEEPEST = 3
_THIN, _LONG = 2.0, 60.0  # points: a ruled line is thinner than the one and longer than the other

Rect = tuple[float, float, float, float]
_NOWHERE: Rect = (0.0, 0.0, 0.0, 0.0)


def look_at(page: pdfium.PdfPage, *, has_text: bool) -> Look:
    """Pictures by the share of the page they cover, everything else by number. Letters count among the shapes where
    the page has no text that could be had from them. Objects after the first thousand are left out."""
    area = max(page.get_width() * page.get_height(), 1e-6)
    covered, shapes, rules = 0.0, 0, 0
    edges = page.get_bbox()
    for kind, rect in _find_objects(page):
        width, height = _clip(rect, edges)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            covered += width * height
        elif kind != raw.FPDF_PAGEOBJ_TEXT or not has_text:
            shapes += 1
            rules += min(width, height) <= _THIN and max(width, height) >= _LONG
    return Look(images=round(min(1.0, covered / area), 3), shapes=shapes, rules=rules)


def _clip(rect: Rect, page: Rect) -> tuple[float, float]:
    """Width and height of the part of ``rect`` that is on the page."""
    width = min(rect[2], page[2]) - max(rect[0], page[0])
    height = min(rect[3], page[3]) - max(rect[1], page[1])
    return max(0.0, width), max(0.0, height)


def _find_objects(page: pdfium.PdfPage) -> Iterator[tuple[int, Rect]]:
    """Kind and bounds of the page's objects. A form that holds a picture counts as one, in the form's bounds: those of
    its parts are in coordinates of its own."""
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS_LOOKED_AT)):
        found = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(found)
        if kind == raw.FPDF_PAGEOBJ_FORM:
            kind = _main_kind(found, depth=1)
        yield kind, _bounds(found) if kind != raw.FPDF_PAGEOBJ_TEXT else _NOWHERE  # most are text: not measured


def _main_kind(form: Any, *, depth: int) -> int:
    """What a form is made of: a picture if it holds one, else shapes if it holds any, else text."""
    kinds = {raw.FPDF_PAGEOBJ_TEXT}
    for index in range(min(raw.FPDFFormObj_CountObjects(form), MAX_OBJECTS_LOOKED_AT)):
        found = raw.FPDFFormObj_GetObject(form, index)
        kind = raw.FPDFPageObj_GetType(found)
        is_form = kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST
        kinds.add(_main_kind(found, depth=depth + 1) if is_form else kind)
    if raw.FPDF_PAGEOBJ_IMAGE in kinds:
        return int(raw.FPDF_PAGEOBJ_IMAGE)
    return next((int(kind) for kind in kinds if kind != raw.FPDF_PAGEOBJ_TEXT), int(raw.FPDF_PAGEOBJ_TEXT))


def _bounds(found: Any) -> Rect:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(found, left, bottom, right, top):
        return _NOWHERE
    return left.value, bottom.value, right.value, top.value
