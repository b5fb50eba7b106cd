"""A4 paper to draw business documents on.

Places are millimetres from the upper left corner, a text's ``y`` is its baseline, sizes are points. ``Paper.y`` is the
next free baseline and moves down as things are set, so that a page is written from top to bottom like a letter.
The PDF carries no date and no random id: the same drawing gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 22.0, 188.0
INK, GREY, HAIR, PEN = "#22252A", "#676C74", "#D9DADC", "#23376B"


@dataclass(frozen=True, slots=True)
class Face:
    """The cuts of a typeface that every PDF reader has built in; ``scale`` evens out how large faces look."""

    regular: str
    bold: str
    italic: str
    scale: float = 1.0


SANS = Face("Helvetica", "Helvetica-Bold", "Helvetica-Oblique")
SERIF = Face("Times-Roman", "Times-Bold", "Times-Italic", scale=1.09)


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set. ``cut`` is regular, bold or italic; ``align`` says which end ``x`` is: left, right, centre."""

    size: float = 9.5
    cut: str = "regular"
    colour: str = INK
    align: str = "left"
    tracking: float = 0.0


BODY = Style()
BOLD = Style(cut="bold")
LABEL = Style(size=8.5, colour=GREY)
SMALL = Style(size=7.5, colour=GREY)


def right(style: Style) -> Style:
    """The same style set flush right."""
    return replace(style, align="right")


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; ``edge`` is the side its texts are flush with, in millimetres."""

    head: str
    edge: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class TableStyle:
    """``fill`` tints the head; without it the head stands between two rules."""

    row: float = 7.6
    size: float = 9.2
    fill: str = ""
    head_colour: str = INK
    rule_colour: str = HAIR


class Paper:
    """Pages being drawn; ``finish`` gives the PDF."""

    def __init__(self, *, title: str, author: str, face: Face = SANS) -> None:
        self._bytes = io.BytesIO()
        self.canvas = Canvas(self._bytes, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.face = face
        self.page = 1
        self.y = 40.0

    def finish(self) -> bytes:
        """End the last page and give the whole PDF."""
        self.canvas.showPage()
        self.canvas.save()
        return self._bytes.getvalue()

    def turn_page(self, *, y: float = 40.0) -> None:
        """Go on at the top of a fresh page."""
        self.canvas.showPage()
        self.page += 1
        self.y = y

    def skip(self, distance: float) -> None:
        """Leave this much white, in millimetres."""
        self.y += distance

    def text(self, text: str, *, x: float = LEFT, y: float | None = None, style: Style = BODY) -> None:
        """Set one line; the place on the page does not move."""
        self.canvas.setFont(*self._font(style))
        self.canvas.setFillColor(HexColor(style.colour))
        draw = {
            "left": self.canvas.drawString,
            "right": self.canvas.drawRightString,
            "centre": self.canvas.drawCentredString,
        }[style.align]
        draw(x * mm, self._up(self.y if y is None else y), text, charSpace=style.tracking)

    def line(self, text: str, *, x: float = LEFT, style: Style = BODY) -> None:
        """Set one line and go to the next."""
        self.text(text, x=x, style=style)
        self.y += self._leading(style)

    def block(self, lines: Iterable[str], *, x: float, y: float, style: Style = BODY) -> float:
        """Set an address or the like somewhere; gives the baseline below it, and the place does not move."""
        for text in lines:
            self.text(text, x=x, y=y, style=style)
            y += self._leading(style)
        return y

    def paragraph(self, text: str, *, x: float = LEFT, width: float = RIGHT - LEFT, style: Style = BODY) -> None:
        """Set running text in a column, breaking lines anew, then half a line of white."""
        for piece in simpleSplit(" ".join(text.split()), *self._font(style), width * mm):
            self.line(piece, x=x, style=style)
        self.y += self._leading(style) / 2

    def facts(self, pairs: Sequence[tuple[str, str]], *, x: float, y: float, value_x: float) -> float:
        """Set labels with their values beside them; gives the baseline below."""
        for label, value in pairs:
            self.text(label, x=x, y=y, style=LABEL)
            self.text(value, x=value_x, y=y, style=BODY)
            y += 5.2
        return y

    def rule(
        self, *, y: float | None = None, x0: float = LEFT, x1: float = RIGHT, weight: float = 0.5, colour: str = HAIR
    ) -> None:
        """Draw a horizontal line; ``weight`` in points."""
        height = self._up(self.y if y is None else y)
        self.canvas.setLineWidth(weight)
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.line(x0 * mm, height, x1 * mm, height)

    def fill(self, *, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle; ``y`` is its upper edge."""
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.rect(x * mm, self._up(y + height), width * mm, height * mm, stroke=0, fill=1)

    def frame(self, *, x: float, y: float, width: float, height: float, colour: str = GREY) -> None:
        """Draw an empty box; ``y`` is its upper edge."""
        self.canvas.setLineWidth(0.5)
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.rect(x * mm, self._up(y + height), width * mm, height * mm, stroke=1, fill=0)

    def ring(self, *, x: float, y: float, radius: float, colour: str, weight: float = 0.8) -> None:
        """Draw a circle around a middle."""
        self.canvas.setLineWidth(weight)
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.circle(x * mm, self._up(y), radius * mm, stroke=1, fill=0)

    def disc(self, *, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle around a middle."""
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.circle(x * mm, self._up(y), radius * mm, stroke=0, fill=1)

    def shape(self, corners: Sequence[tuple[float, float]], *, colour: str) -> None:
        """Fill a polygon."""
        path = self.canvas.beginPath()
        for step, (x, y) in enumerate(corners):
            (path.lineTo if step else path.moveTo)(x * mm, self._up(y))
        path.close()
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.drawPath(path, stroke=0, fill=1)

    def pen(self, strokes: Sequence[Sequence[tuple[float, float]]], *, x: float, y: float) -> None:
        """Draw pen strokes: each starts at a point and goes on in curves of three points, in millimetres from x, y."""
        self.canvas.setStrokeColor(HexColor(PEN))
        self.canvas.setLineWidth(1.1)
        self.canvas.setLineCap(1)
        for stroke in strokes:
            points = [((x + dx) * mm, self._up(y + dy)) for dx, dy in stroke]
            path = self.canvas.beginPath()
            path.moveTo(*points[0])
            for start in range(1, len(points) - 2, 3):
                path.curveTo(*points[start], *points[start + 1], *points[start + 2])
            self.canvas.drawPath(path)

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, style: TableStyle | None = None
    ) -> None:
        """Set a head and rows parted by hairlines; the place moves below the table."""
        look = style or TableStyle()
        self._table_head(columns, look)
        cell = Style(size=look.size)
        for row in rows:
            self._cells(columns, row, cell)
            self.rule(y=self.y + look.row * 0.38, colour=look.rule_colour)
            self.y += look.row

    def _table_head(self, columns: Sequence[Column], look: TableStyle) -> None:
        top = self.y - look.row * 0.64
        if look.fill:
            self.fill(x=LEFT, y=top, width=RIGHT - LEFT, height=look.row, colour=look.fill)
        else:
            self.rule(y=top, weight=1, colour=look.head_colour)
            self.rule(y=top + look.row, weight=0.5, colour=look.head_colour)
        head = Style(size=look.size - 0.8, cut="bold", colour=look.head_colour)
        self._cells(columns, [column.head for column in columns], head)
        self.y += look.row

    def _cells(self, columns: Sequence[Column], texts: Sequence[str], style: Style) -> None:
        for column, text in zip(columns, texts, strict=True):
            self.text(text, x=column.edge, style=replace(style, align=column.align))

    def _font(self, style: Style) -> tuple[str, float]:
        return getattr(self.face, style.cut), style.size * self.face.scale

    def _leading(self, style: Style) -> float:
        return float(style.size * self.face.scale * 1.42 / mm)

    def _up(self, y: float) -> float:
        return float((HEIGHT - y) * mm)
