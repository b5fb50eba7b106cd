"""Pictures of paper: a till receipt and a filled-in form, as a scanner would give them, without any text layer.

Everything is drawn with Pillow at twice the size, tilted, tinted and strewn with grain from a fixed seed, so that the
same code gives the same picture each time.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import reportlab
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jobs.sample.signing import ORROWELL, YELDON, Strokes

FONTS = Path(reportlab.__file__).parent / "fonts"
INK, FAINT, PEN = (38, 38, 42), (120, 120, 122), (34, 52, 120)

RECEIPT = """\
     LARROW JUNCTION KIOSK
      Platform 2, Larrow

Till 3          Served by Ilka
17.03.26 07:42      No. 004418
------------------------------
Coffee, large    2 x 3.20 6.40
Cheese roll               4.10
Oat biscuit               1.90
Newspaper                 2.60
Water, still 0.5          1.70
------------------------------
TOTAL EUR                16.70
Cash                     20.00
Change                    3.30
------------------------------
VAT 10%        1.28 of   14.10
VAT  5%        0.12 of    2.60
------------------------------
    Thank you, safe travels
  Keep this receipt for claims
"""
TRIP = (
    ("16.3.", "Train Pellowick - Larrow, return", "Travel", "64.00"),
    ("16.3.", "Lodging, one night, guest house", "Lodging", "92.50"),
    ("17.3.", "Breakfast, kiosk", "Meals", "16.70"),
    ("17.3.", "Taxi to the site and back", "Travel", "31.00"),
    ("17.3.", "Own car, 48 km at 0.30", "Mileage", "14.40"),
)


def draw_receipt() -> bytes:
    """A PNG of a till receipt lying a little crooked on the scanner's glass."""
    slip = _print_receipt()
    glass = Image.new("RGB", (760, 1130), (206, 208, 207))
    _lay(slip, onto=glass, angle=-1.7)
    glass = _grain(glass, seed=4418, strength=5)
    return _encode(glass.quantize(48, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE), "PNG", optimize=True)


def _print_receipt() -> Image.Image:
    """The slip as a till prints it: dot letters, all of one width."""
    dots = Image.new("L", (214, 14 * len(RECEIPT.splitlines()) + 36), 255)
    pen = ImageDraw.Draw(dots)
    font = ImageFont.load_default_imagefont()
    for row, line in enumerate(RECEIPT.splitlines()):
        pen.text((11, 20 + 14 * row), f" {line}", font=font, fill=30)
    big = dots.resize((dots.width * 3, dots.height * 3), Image.Resampling.LANCZOS)
    soft = big.filter(ImageFilter.GaussianBlur(0.9))
    return ImageChops.multiply(Image.merge("RGB", (soft, soft, soft)), Image.new("RGB", soft.size, (250, 248, 240)))


def _lay(slip: Image.Image, *, onto: Image.Image, angle: float) -> None:
    turned = slip.convert("RGBA").rotate(angle, Image.Resampling.BICUBIC, expand=True)
    turned = ImageOps.expand(turned, border=24, fill=(0, 0, 0, 0))  # room for the shadow
    place = ((onto.width - turned.width) // 2, (onto.height - turned.height) // 2)
    shadow = Image.new("RGBA", turned.size, (90, 92, 92, 255))
    shadow.putalpha(turned.getchannel("A").filter(ImageFilter.GaussianBlur(7)).point(lambda alpha: alpha * 6 // 10))
    onto.paste(shadow, (place[0] + 5, place[1] + 7), shadow)
    onto.paste(turned, place, turned)


def draw_expense_form() -> bytes:
    """A PDF of one scanned page: an expense form filled in by pen."""
    sheet = Sheet.blank()
    _form_head(sheet)
    _form_table(sheet)
    _form_foot(sheet)
    page = sheet.image.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=(236, 235, 230))
    page = page.resize((1000, 1414), Image.Resampling.LANCZOS)
    page = ImageChops.multiply(page, Image.new("RGB", page.size, (251, 250, 244)))
    return _one_page_pdf(_grain(page, seed=316, strength=6))


@dataclass(frozen=True, slots=True)
class Sheet:
    """An A4 page of pixels, 8 to the millimetre; places are millimetres, sizes are pixels."""

    image: Image.Image
    pen: ImageDraw.ImageDraw

    @classmethod
    def blank(cls) -> Sheet:
        image = Image.new("RGB", (1680, 2376), (255, 255, 255))
        return cls(image, ImageDraw.Draw(image))

    def text(
        self, text: str, *, x: float, y: float, size: int = 30, cut: str = "Vera", ink: tuple[int, int, int] = INK
    ) -> None:
        """Set one line on a baseline."""
        font = ImageFont.truetype(FONTS / f"{cut}.ttf", size)
        self.pen.text((x * 8, y * 8), text, font=font, fill=ink, anchor="ls")

    def write(self, text: str, *, x: float, y: float, size: int = 34) -> None:
        """Write with a pen."""
        self.text(text, x=x, y=y, size=size, cut="VeraIt", ink=PEN)

    def line(self, x0: float, y0: float, x1: float, y1: float, *, width: int = 2) -> None:
        """Draw a ruled line."""
        self.pen.line((x0 * 8, y0 * 8, x1 * 8, y1 * 8), fill=FAINT, width=width)

    def sign(self, strokes: Strokes, *, x: float, y: float) -> None:
        """Draw a signature."""
        for stroke in strokes:
            curve = [((x + dx) * 8, (y + dy) * 8) for dx, dy in _curve(stroke)]
            self.pen.line(curve, fill=PEN, width=6, joint="curve")


def _curve(stroke: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points along a stroke of cubic curves, near enough for a pen."""
    points = [stroke[0]]
    for start in range(0, len(stroke) - 3, 3):
        ends = stroke[start : start + 4]
        points += [_bezier(ends, step / 16) for step in range(1, 17)]
    return points


def _bezier(ends: Sequence[tuple[float, float]], part: float) -> tuple[float, float]:
    rest = 1 - part
    weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
    x = sum(weight * end[0] for weight, end in zip(weights, ends, strict=True))
    y = sum(weight * end[1] for weight, end in zip(weights, ends, strict=True))
    return x, y


def _form_head(sheet: Sheet) -> None:
    sheet.text("Pellowick Joinery", x=20, y=24, size=34, cut="VeraBd")
    sheet.text("Form 7, travel and expenses", x=20, y=30, size=24, ink=FAINT)
    sheet.text("Expense claim", x=20, y=50, size=60, cut="VeraBd")
    fields = (
        (20, 68, 104, "Name", "Bram Yeldon"),
        (110, 68, 190, "Department", "Fitting, crew 2"),
        (20, 84, 104, "Purpose of the trip", "Stairs, measuring on site"),
        (110, 84, 190, "Dates", "16.3. - 17.3.2026"),
    )
    for x, y, end, label, value in fields:
        sheet.line(x, y, end, y)
        sheet.text(label, x=x, y=y + 4.4, size=22, ink=FAINT)
        sheet.write(value, x=x + 3, y=y - 1.6)


def _form_table(sheet: Sheet) -> None:
    edges, top, row = (20, 40, 118, 150, 190), 100.0, 11.0
    for edge, head in zip(edges, ("Date", "What for", "Kind", "EUR"), strict=False):
        sheet.text(head, x=edge + 2, y=top + 7, size=26, cut="VeraBd")
    for step in range(9):
        sheet.line(edges[0], top + step * row, edges[-1], top + step * row)
    for edge in edges:
        sheet.line(edge, top, edge, top + 8 * row)
    for step, entry in enumerate(TRIP, start=1):
        for edge, text in zip(edges, entry, strict=False):
            sheet.write(text, x=edge + 2.5, y=top + (step + 1) * row - 3.4, size=31)


def _form_foot(sheet: Sheet) -> None:
    total = sum(round(float(entry[3]) * 100) for entry in TRIP)
    sheet.text("Total to be paid back", x=96, y=199, size=28, cut="VeraBd")
    sheet.write(f"{total / 100:.2f}", x=152, y=199, size=40)
    sheet.line(150, 201, 190, 201, width=4)
    for x, label in ((20, "Receipts attached"), (74, "Paid in advance")):
        sheet.pen.rectangle((x * 8, 211 * 8, x * 8 + 34, 211 * 8 + 34), outline=FAINT, width=3)
        sheet.text(label, x=x + 7, y=214.6, size=26)
    sheet.pen.line([(161, 1704), (174, 1720), (204, 1676)], fill=PEN, width=7, joint="curve")
    for x, label, signature in ((20, "Employee, signature", YELDON), (110, "Approved by", ORROWELL)):
        sheet.sign(signature, x=x + 8, y=246)
        sheet.line(x, 247, x + 74, 247)
        sheet.text(label, x=x, y=251.6, size=22, ink=FAINT)


def _grain(image: Image.Image, *, seed: int, strength: int) -> Image.Image:
    """The picture with the uneven grey that paper and lamp leave, at most ``strength`` levels."""
    size = (image.width // 2, image.height // 2)
    noise = Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))  # noqa: S311 - grain, no secret
    levels = noise.resize(image.size, Image.Resampling.BILINEAR).point(lambda value: 255 - value * strength // 255)
    return ImageChops.multiply(image, Image.merge("RGB", (levels, levels, levels)))


def _one_page_pdf(page: Image.Image) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Scan 0316")
    canvas.drawImage(ImageReader(io.BytesIO(_encode(page, "JPEG", quality=62))), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _encode(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
