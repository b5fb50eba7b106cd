"""Pictures of papers, drawn on the spot, and programs that pass for tesseract."""

from __future__ import annotations

import io
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from classifyhub.engine import Page, Reading, read, sniff

PAPER = (1240, 1754)  # A4 at 150 dpi
_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"

INVOICE = (
    "INVOICE",
    "Northwind Traders Limited",
    "Invoice number 4711 of the third of May",
    "Bill to Contoso in the garden street",
    "Subtotal for twelve chairs and one table",
    "Amount due within thirty days",
)

Line = tuple[int, int, str, int]


def draw(*lines: Line, size: tuple[int, int] = PAPER) -> Image.Image:
    """A white picture with black texts at (x, y) in pixels from the top left, in the font size given."""
    image = Image.new("L", size, 255)
    canvas = ImageDraw.Draw(image)
    for x, y, text, font_size in lines:
        canvas.text((x, y), text, fill=0, font=ImageFont.truetype(_FONT, font_size))
    return image


def draw_letter(texts: tuple[str, ...] = INVOICE, size: tuple[int, int] = PAPER) -> Image.Image:
    """Lines from the top down, the first one large."""
    return draw(*((120, 140 + 90 * row, text, 64 if row == 0 else 32) for row, text in enumerate(texts)), size=size)


def save_picture(folder: Path, image: Image.Image, name: str = "a.png", **options: object) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def scan_pdf(*pages: Image.Image | str, size: tuple[float, float] = (595, 842), caption: str = "") -> bytes:
    """A PDF with a full-page picture for each picture, over which the caption stands, and a line for each text."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=True)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 0, *size)
            canvas.drawString(72, 72, caption)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def read_file(path: Path, **options: object) -> Reading:
    return read(path, media_type=sniff(path), **options)


def word_at(page: Page, text: str) -> tuple[float, float, float, float]:
    """The box of the first word that reads ``text``."""
    return next(word.box for word in page.words if word.box and page.text[word.start : word.end] == text)


def titles_of(page: Page) -> list[str]:
    return [page.text[start:end] for start, end in page.title_spans]


def install(folder: Path, body: str) -> Path:
    """A program that says it is a tesseract with English and orientation, and on a picture runs ``body`` (sh)."""
    program = folder / "tesseract"
    program.write_text(
        f"""#!/bin/sh
case "$1" in
    --version) echo "tesseract 9.9.9"; exit ;;
    --list-langs) printf 'List of available languages (2):\\neng\\nosd\\n'; exit ;;
esac
{body}
"""
    )
    program.chmod(0o755)
    return program


_HEADING = "level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext\\n"
_WORDS = "".join(
    f"5\\t1\\t1\\t1\\t1\\t{number}\\t{number * 100}\\t90\\t80\\t20\\t96.5\\tsomeword{number}\\n"
    for number in range(1, 8)
)
PRINTS_A_TABLE = f"cat >/dev/null; printf '{_HEADING}{_WORDS}'"
