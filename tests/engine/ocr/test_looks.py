"""What a page shows besides its words."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from classifyhub.engine import Page, Reading
from classifyhub.engine.marks import find_marks
from classifyhub.engine.model import Look
from classifyhub.engine.ocr.looks import count_rules, is_blank, is_photograph, measure_ink
from tests.engine.documents import save
from tests.engine.ocr.papers import draw, draw_letter, read_file


def draw_table(rows, columns):
    image = draw()
    canvas = ImageDraw.Draw(image)
    for row in range(rows):
        canvas.line((100, 200 + 90 * row, 1140, 200 + 90 * row), fill=0, width=3)
    for column in range(columns):
        canvas.line((100 + 200 * column, 200, 100 + 200 * column, 200 + 90 * (rows - 1)), fill=0, width=3)
    return image


def test_ruled_lines_are_counted_across_and_down():
    assert count_rules(draw_table(8, 5)) == 13


def test_letters_and_dark_areas_are_no_ruled_lines():
    image = draw_letter()
    ImageDraw.Draw(image).rectangle((100, 900, 1100, 1200), fill=0)
    assert count_rules(image) == 0


def test_ink_is_the_share_of_dark_pixels():
    image = Image.new("L", (100, 100), 255)
    image.paste(0, (0, 0, 50, 50))
    assert measure_ink(image) == 0.25


@pytest.mark.parametrize(
    ("image", "blank"),
    [
        (Image.new("L", (800, 600), 255), True),
        (Image.new("L", (800, 600), 0), True),
        (Image.linear_gradient("L").point(lambda value: 220 + value // 10), True),
        (draw((100, 100, "7", 40)), False),
        (draw_letter().point(lambda value: 255 - value), False),
    ],
    ids=["white", "black", "a shadow", "one digit", "white on black"],
)
def test_a_page_with_nothing_on_it_is_told_from_one_with_little(image, blank):
    assert is_blank(image) is blank


def draw_form():
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(600, 800))
    canvas.drawString(72, 760, "A form with some lines to write on and a picture of somebody in its corner")
    for row in range(6):
        canvas.line(72, 600 - 30 * row, 500, 600 - 30 * row)
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 80), "grey")), 300, 650, 120, 100)
    canvas.save()
    return out.getvalue()


def test_a_pdf_page_tells_its_pictures_and_lines_without_being_drawn(tmp_path):
    look = read_file(save(tmp_path, "a.pdf", draw_form())[0]).pages[0].look
    assert (look.images, look.shapes, look.rules, look.ink) == (0.025, 6, 6, None)


def marks_of(width, height, *, media_type="image/png", page_count=1):
    page = Page(1, "", "none", width=width, height=height)
    return find_marks(Reading(media_type, page_count, (page,)), page)


def test_a_picture_in_the_proportions_of_a_card_is_marked():
    assert "@card" in marks_of(856, 540)
    assert "@card" in marks_of(1250, 880)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((540, 856), {}),
        ((1754, 1240), {}),
        ((1920, 1080), {}),
        ((792, 500), {"media_type": "application/pdf"}),
        ((856, 540), {"page_count": 3}),
        ((0, 0), {"media_type": "text/plain"}),
    ],
    ids=["upright", "a sheet of A4", "a screen", "too large on paper", "too many pages", "no page at all"],
)
def test_what_is_no_card_is_not_marked_as_one(size, options):
    assert "@card" not in marks_of(*size, **options)


def test_a_card_on_a_pdf_page_of_its_size_is_marked():
    assert "@card" in marks_of(243, 153, media_type="application/pdf")


@pytest.mark.parametrize(("size", "marked"), [((400, 1000), True), ((612, 1008), False), ((0, 0), False)])
def test_a_long_and_narrow_page_is_marked_as_a_slip(size, marked):
    assert ("@slip" in marks_of(*size)) is marked


@pytest.mark.parametrize(("grey_rows", "is_one"), [(0, False), (20, False), (30, True), (100, True)])
def test_what_is_largely_neither_ink_nor_paper_is_a_photograph(grey_rows, is_one):
    image = Image.new("L", (100, 100), 250)
    image.paste(120, (0, 0, 100, grey_rows))
    image.paste(10, (0, 90, 30, 100))
    assert is_photograph(image) is is_one


def test_readings_kept_before_pages_had_looks_are_still_read():
    old = {"number": 1, "text": "a", "source": "layer", "words": [], "title_spans": [], "width": 1.0, "height": 1.0}
    page = Page.from_json(old)
    assert (page.look, page.confidence) == (None, None)


def test_looks_and_confidence_survive_being_kept():
    page = Page(1, "a", "ocr", confidence=0.5, look=Look(images=1.0, rules=3, ink=0.25))
    assert Page.from_json(page.to_json()) == page
