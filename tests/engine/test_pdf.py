"""Text of PDFs with its place on the page as people see it, rotation and crop box applied."""

from __future__ import annotations

from math import inf, nan

import pytest
from PIL import Image
from reportlab.pdfbase.pdfmetrics import stringWidth

from classifyhub.engine import ReadError, read
from classifyhub.engine.evidence import find_boxes
from classifyhub.engine.readers.pdf import open_pdf
from classifyhub.engine.readers.pdf_places import find_view
from classifyhub.engine.render import render
from tests.engine.documents import draw_pdf, draw_text_pdf, save, turn_pdf
from tests.hostile_files import MEGABYTE, assemble_pdf, make_no_pages, make_password_rc4, plain_pdf, stream

PDF = "application/pdf"


def read_bytes(folder, data, **options):
    path, media_type = save(folder, "a.pdf", data)
    return read(path, media_type=media_type, **options)


def find_ink(path, folder, page=1):
    """The rectangle around everything dark on the page as drawn, as fractions."""
    out = folder / "page.webp"
    render(path, out, media_type=PDF, page=page)
    with Image.open(out) as image:
        left, top, right, bottom = image.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
        return left / image.width, top / image.height, right / image.width, bottom / image.height


def test_a_word_stands_where_it_was_drawn(tmp_path):
    page = read_bytes(tmp_path, draw_pdf([(100, 500, "Marker", 20)], size=(400, 800))).pages[0]
    (word,) = page.words
    assert page.text[word.start : word.end] == "Marker"
    x0, y0, x1, y1 = word.box
    assert x0 == pytest.approx(100 / 400, abs=0.01)
    assert y1 == pytest.approx((800 - 500) / 800, abs=0.01)
    assert y0 == pytest.approx((800 - 500 - 15) / 800, abs=0.01)
    assert 0.1 < x1 - x0 < 0.25


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (60, 300, 380, 700)])
def test_boxes_lie_on_the_ink_however_the_page_is_turned_and_cropped(tmp_path, rotation, crop):
    path, _ = save(
        tmp_path, "a.pdf", turn_pdf(draw_pdf([(100, 500, "Marker", 30)], size=(400, 800)), rotation=rotation, crop=crop)
    )
    (word,) = read(path, media_type=PDF).pages[0].words
    assert word.box == pytest.approx(find_ink(path, tmp_path), abs=0.012)


@pytest.mark.parametrize("word", ["Mark", "Marker"])
def test_a_word_set_letter_by_letter_has_one_box_around_all(tmp_path, word):
    edges = [100 + stringWidth(word[:place], "Helvetica", 20) for place in range(len(word) + 1)]
    letters = [(edge, 500, letter, 20) for edge, letter in zip(edges, word, strict=False)]
    page = read_bytes(tmp_path, draw_pdf(letters, size=(400, 800))).pages[0]
    (found,) = page.words
    assert (page.text, page.text[found.start : found.end]) == (word, word)
    assert (found.box[0], found.box[2]) == pytest.approx((100 / 400, edges[-1] / 400), abs=0.006)


def test_places_that_are_no_places_are_nowhere(tmp_path):
    path, _ = save(tmp_path, "a.pdf", draw_pdf([(100, 500, "Marker", 20)], size=(400, 800)))
    rects = [(100, 600, 200, 400), (nan, 600, 200, 400), (0, inf, -inf, 400), (300, 600, 200, 400)]
    with open_pdf(path) as document:
        view = find_view(document[0])
    assert [view.place(*rect) for rect in rects] == [
        (25_000, 25_000, 50_000, 50_000),
        (0, 25_000, 50_000, 50_000),
        None,
        None,
    ]


def test_text_outside_the_crop_box_has_no_box(tmp_path):
    data = turn_pdf(
        draw_pdf([(10, 10, "outside", 10), (200, 400, "inside", 10)], size=(400, 800)), crop=(100, 300, 350, 600)
    )
    boxes = {
        page.text[word.start : word.end]: word.box for page in read_bytes(tmp_path, data).pages for word in page.words
    }
    assert boxes["outside"] is None
    assert boxes["inside"] is not None


def test_a_quote_over_two_lines_has_two_boxes(tmp_path):
    page = read_bytes(tmp_path, draw_pdf([(72, 700, "first line here", 12), (72, 680, "second line there", 12)])).pages[
        0
    ]
    start, end = page.text.index("line"), page.text.index("there")
    upper, lower = find_boxes(page, start, end)
    assert upper[3] < lower[1]
    assert lower[0] < upper[0]


def test_the_largest_line_is_a_title_and_running_text_is_not(tmp_path):
    body = [
        (72, 300 - 14 * number, f"This is line {number} of a body that goes on for a while", 10) for number in range(12)
    ]
    page = read_bytes(tmp_path, draw_pdf([(72, 400, "A Heading In The Middle", 24), *body])).pages[0]
    assert [page.text[start:end] for start, end in page.title_spans] == ["A Heading In The Middle"]


def test_short_lines_at_the_top_are_titles_by_their_place(tmp_path):
    lines = [(72, 800 - 20 * number, f"Line {number}", 11) for number in range(10)]
    page = read_bytes(tmp_path, draw_pdf(lines)).pages[0]
    assert [page.text[start:end] for start, end in page.title_spans] == ["Line 0", "Line 1", "Line 2"]


def test_pages_keep_their_own_numbers(tmp_path):
    reading = read_bytes(tmp_path, draw_text_pdf("one", "two", "three", "four"), target_pages="2,4")
    assert [(page.number, page.text.strip()) for page in reading.pages] == [(2, "two"), (4, "four")]
    assert reading.page_count == 4
    assert (reading.pages_not_read, reading.cut) == ((1, 3), "target_pages")


def test_the_budget_cuts_a_long_document_and_says_which_pages_are_missing(tmp_path):
    reading = read_bytes(tmp_path, plain_pdf(5), budget_seconds=-1)
    assert reading.pages == ()
    assert (reading.pages_not_read, reading.cut) == ((1, 2, 3, 4, 5), "time")


def test_pages_asked_for_that_do_not_exist_give_a_reading_without_pages(tmp_path):
    reading = read_bytes(tmp_path, plain_pdf(2), target_pages="7-9")
    assert (reading.pages, reading.page_count, reading.pages_not_read) == ((), 2, (1, 2))


def test_a_page_without_text_is_kept_as_such(tmp_path):
    reading = read_bytes(tmp_path, draw_pdf([], [(72, 700, "text", 12)]))
    assert [page.source for page in reading.pages] == ["none", "layer"]


def test_one_damaged_page_does_not_take_the_others_with_it(tmp_path):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 5 0 R/Resources<</Font<</F 6 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    text = stream(b"BT /F 12 Tf 20 200 Td (still here) Tj ET")
    pages = b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>"
    reading = read_bytes(
        tmp_path, assemble_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, b"(no page)", page, text, font])
    )
    assert [(page.number, page.text) for page in reading.pages] == [(1, ""), (2, "still here")]


def test_hyphens_that_pdfium_marks_at_line_ends_read_as_hyphens(tmp_path):
    page = read_bytes(tmp_path, draw_pdf([(72, 700, "agree-", 12), (72, 686, "ment", 12)])).pages[0]
    assert "agree-" in page.text
    assert page.text.isprintable() or set(page.text) - set("\n") <= set("agreemnt- ")


def test_a_password_is_named(tmp_path):
    with pytest.raises(ReadError) as caught:
        read_bytes(tmp_path, make_password_rc4())
    assert caught.value.code == "encrypted"


def test_more_pages_than_any_document_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.readers.pdf.MAX_PAGES", 3)
    with pytest.raises(ReadError, match="4 pages") as caught:
        read_bytes(tmp_path, plain_pdf(4))
    assert caught.value.code == "too_large"


def test_a_document_with_too_much_text_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.readers.pdf.MAX_DOCUMENT_CHARACTERS", 40)
    reading = read_bytes(tmp_path, plain_pdf(5))
    assert reading.cut == "size"
    assert len(reading.pages) + len(reading.pages_not_read) == 5
    assert len(reading.pages) < 5


@pytest.mark.parametrize("size", [(5, 5), (14_400, 20), (20, 14_400)])
def test_page_images_stay_within_bounds_whatever_the_page_says(tmp_path, size):
    path, _ = save(tmp_path, "a.pdf", draw_pdf([], size=size))
    width, height = render(path, tmp_path / "out.webp", media_type=PDF, width=1400)
    assert 1 <= width <= 1400
    assert 1 <= height <= 8000
    assert width * height <= 12 * MEGABYTE


def test_a_damaged_file_is_not_taken_for_the_encrypted_one_before_it(tmp_path):
    for data, code in ((make_password_rc4(), "encrypted"), (make_no_pages(), "unreadable")):
        with pytest.raises(ReadError) as caught:
            read_bytes(tmp_path, data)
        assert caught.value.code == code
