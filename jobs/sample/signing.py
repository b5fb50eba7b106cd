"""Signatures of people who do not exist, and the lines that they sign on."""

from __future__ import annotations

from jobs.sample.paper import GREY, LABEL, LEFT, PEN, Paper, Style

Strokes = tuple[tuple[tuple[float, float], ...], ...]

HAND = Style(size=11, cut="italic", colour=PEN)
ORROWELL: Strokes = (
    (
        *((0, -1), (3, -12), (7, -13), (6, -3), (5.5, 0), (9, -8), (11, -6)),
        *((13, -4), (10, 0), (14, -3), (17, -6), (16, 1), (20, -3)),
    ),
    ((20, -3), (23, -8), (25, -9), (24, -2), (26, -4), (30, -7), (44, -4)),
    ((-2, 1.2), (12, -1), (26, 2), (38, -1.5)),
)
YELDON: Strokes = (
    ((0, -9), (1, -4), (4, -3), (7, -9.5), (6, -2), (3, 5), (1, 1)),
    (
        *((8, -4), (10, -7), (12, -4), (9, -2), (13, 0), (15, -10), (15, -11)),
        *((15, -3), (15, 0), (18, -5), (19, -4), (19, -1), (22, -1), (24, -4)),
    ),
    ((24, -4), (26, -6), (27, 0), (30, -3), (33, -6), (34, -2), (40, -5)),
)
FENWIDE: Strokes = (
    ((3, -12), (2, -6), (1, -2), (0, 1)),
    ((1, -11), (6, -13), (11, -12.5), (14, -12)),
    (
        *((1.5, -6), (5, -7), (8, -6.5), (9, -6), (11, 0), (13, -6), (15, -4)),
        *((15, -1), (18, -6), (20, -4), (21, -1), (23, -5), (26, -3)),
    ),
    ((26, -3), (32, -1), (38, -4), (47, -7)),
)


def draw_receipt_line(paper: Paper, *, signature: Strokes, name: str, date: str) -> None:
    """The lines on which whoever takes the goods signs, signed."""
    paper.skip(20)
    for x, width in ((LEFT, 60), (LEFT + 70, 34), (LEFT + 114, 52)):
        paper.rule(x0=x, x1=x + width, weight=0.6, colour=GREY)
    paper.pen(signature, x=LEFT + 8, y=paper.y)
    paper.text(date, x=LEFT + 76, y=paper.y - 1.6, style=HAND)
    paper.text(name, x=LEFT + 118, y=paper.y - 1.6, style=HAND)
    paper.skip(4.4)
    for x, label in ((LEFT, "Goods received, signature"), (LEFT + 70, "Date"), (LEFT + 114, "Name in capitals")):
        paper.text(label, x=x, style=LABEL)
    paper.skip(8)


def draw_signature_block(paper: Paper, *, x: float, signature: Strokes, name: str, role: str) -> None:
    """One party's place to sign, signed; the place does not move."""
    paper.pen(signature, x=x + 4, y=paper.y)
    paper.rule(x0=x, x1=x + 68, weight=0.6, colour=GREY)
    paper.text(name, x=x, y=paper.y + 5)
    paper.text(role, x=x, y=paper.y + 9.4, style=LABEL)
