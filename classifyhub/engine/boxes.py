"""Boxes as fractions of a page: turned with it, and cut at its edges."""

from __future__ import annotations

from classifyhub.engine.places import Box


def turn(box: Box, degrees: int) -> Box:
    """The box after the page is turned clockwise by a multiple of 90 degrees (PDF 32000-1, 7.7.3.3, Rotate)."""
    x0, y0, x1, y1 = box
    if degrees == 90:
        return 1 - y1, x0, 1 - y0, x1
    if degrees == 180:
        return 1 - x1, 1 - y1, 1 - x0, 1 - y0
    if degrees == 270:
        return y0, 1 - x1, y1, 1 - x0
    return box


def clip(box: Box) -> Box | None:
    """The part of the box that is on the page; null for none."""
    x0, y0, x1, y1 = (round(min(1.0, max(0.0, value)), 5) for value in box)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
