"""What the picture of a page shows without reading it: how dark it is, how many ruled lines it has."""

from __future__ import annotations

from itertools import groupby

from PIL import Image

_DARK = 128
_CELLS = 32  # a page is cut into so many columns, or rows, to look for lines
_FULL = 200  # of 255: a cell that a line runs through from side to side, a little skew allowed
_LONG = b"\1" * 6  # cells in a row that make a line: a fifth of the page
_THICKEST = 12  # pixels
_FAINTEST = 40  # levels of grey between the darkest and the lightest pixel of a page with print on it
_LEAST_INK = 5e-5
_BLACK, _WHITE = 64, 192
_MUCH = 0.25

_IS_FULL = bytes(value >= _FULL for value in range(256))


def measure_ink(image: Image.Image) -> float:
    """The share of pixels darker than middle grey."""
    return sum(image.histogram()[:_DARK]) / (image.width * image.height)


def is_blank(image: Image.Image) -> bool:
    """Whether there is nothing to read on it: one shade all over, or a few specks."""
    shades = image.histogram()
    present = [shade for shade, count in enumerate(shades) if count]
    darkest, lightest = present[0], present[-1]
    dark = sum(shades[: (darkest + lightest) // 2]) / (image.width * image.height)
    return lightest - darkest < _FAINTEST or min(dark, 1 - dark) < _LEAST_INK


def is_photograph(image: Image.Image) -> bool:
    """Whether much of it is neither ink nor paper: then what is dark depends on what is around it."""
    return sum(image.histogram()[_BLACK:_WHITE]) >= _MUCH * image.width * image.height


def count_rules(image: Image.Image) -> int:
    """Straight lines, across and down, that are longer than a fifth of the page."""
    dark = image.point(lambda value: 255 if value < _DARK else 0)
    across = dark.resize((_CELLS, dark.height), Image.Resampling.BOX)
    down = dark.resize((dark.width, _CELLS), Image.Resampling.BOX)
    return _count_lines(across) + _count_lines(down.transpose(Image.Transpose.TRANSPOSE))


def _count_lines(strips: Image.Image) -> int:
    """Rows with a long run of full cells. Neighbouring rows are one line, many of them a dark area."""
    cells = strips.tobytes().translate(_IS_FULL)
    rows = (_LONG in cells[start : start + _CELLS] for start in range(0, len(cells), _CELLS))
    return sum(has_line and len(list(run)) <= _THICKEST for has_line, run in groupby(rows))
