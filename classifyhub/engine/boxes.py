"""Boxes as fractions of a page: turned with it, and cut at its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifyhub.engine.places import Box


def turn(box: Box, degrees: int, *, whole: float = 1.0) -> Box:
    """The box after the page, ``whole`` wide and high, is turned clockwise by a multiple of 90 degrees
    (PDF 32000-1, 7.7.3.3, Rotate)."""
    x0, y0, x1, y1 = box
    if degrees == 90:
        return whole - y1, x0, whole - y0, x1
    if degrees == 180:
        return whole - x1, whole - y1, whole - x0, whole - y0
    if degrees == 270:
        return y0, whole - x1, y1, whole - x0
    return box


def clip(box: Box) -> Box | None:
    """The part of the box that is on the page; null for none."""
    x0, y0, x1, y1 = (round(min(1.0, max(0.0, value)), 5) for value in box)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
