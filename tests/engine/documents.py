"""Small documents for the engine's tests, made on the spot."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from classifyhub.engine import Page, Reading, sniff
from classifyhub.engine.readers.flow import make_page

INVOICE = """INVOICE
Northwind Traders Ltd
Invoice number: 4711
Invoice date: 3 May 2024
Bill to: Contoso
Subtotal 100.00
Amount due: 119.00
Payment terms: 30 days"""

LETTER = """Dear Mrs Brown,
thank you for the pleasant conversation of last week about your garden.
Yours sincerely,
John Smith"""

RULES = (
    {
        "type": "invoice",
        "description": "A bill a supplier sends us: invoice number, date, total due. Not a credit note.",
    },
    {"type": "contract", "description": "An agreement between two or more parties with terms and clauses."},
    {"type": "resume", "description": "A CV of a person: work experience, education, skills."},
)


def draw_pdf(*pages: list[tuple[float, float, str, float]], size: tuple[float, float] = A4) -> bytes:
    """A PDF with, on each page, texts at (x, y) in points from the bottom left, in the font size given."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=True)
    for texts in pages:
        for x, y, text, font_size in texts:
            canvas.setFont("Helvetica", font_size)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_text_pdf(*texts: str) -> bytes:
    """A PDF with one page for each text, its lines from the top down, the first one large."""
    return draw_pdf(*([_place(number, line) for number, line in enumerate(text.splitlines())] for text in texts))


def _place(number: int, line: str) -> tuple[float, float, str, float]:
    return 72, 760 - 24 * number, line, 20 if number == 0 else 11


def turn_pdf(data: bytes, *, rotation: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """The same PDF with every page turned clockwise and cropped to (left, bottom, right, top)."""
    document = pdfium.PdfDocument(data)
    for page in document:
        page.set_rotation(rotation)
        if crop:
            page.set_cropbox(*crop)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def save(folder: Path, name: str, data: bytes) -> tuple[Path, str]:
    """The file written, with its media type."""
    path = folder / name
    path.write_bytes(data)
    return path, sniff(path)


def make_reading(*texts: str, media_type: str = "text/plain") -> Reading:
    """What reading a document of these pages would give."""
    pages: list[Page] = [make_page(number, text) for number, text in enumerate(texts, start=1)]
    return Reading(media_type, len(pages), tuple(pages))
