"""Pictures of papers, drawn on the spot, and programs that pass for tesseract."""

from __future__ import annotations

import io
from collections.abc import Callable
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


def garbled_pdf(lines: tuple[str, ...], code: Callable[[int], int]) -> bytes:
    """A page that shows ``lines`` and says of each letter that it is the one ``code`` gives (PDF 32000-1, 9.10.3)."""
    letters = sorted({ord(letter) for line in lines for letter in line})
    pairs = "\n".join(f"<{letter:02X}> <{code(letter):04X}>" for letter in letters)
    mapping = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange {len(letters)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    )
    text = f"BT /F 24 Tf 60 740 Td 40 TL {' '.join(f'({line}) Tj T*' for line in lines)} ET"
    return _write_pdf(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(text)} >> stream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(mapping)} >> stream\n{mapping}\nendstream",
    )


def _write_pdf(*objects: str) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj {body} endobj\n".encode()
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    table = f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{rows}"
    trailer = f"trailer << /Size {len(offsets) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"{table}{trailer}".encode()
