"""Pages without text are read from their pictures: by the real tesseract, as they come out of scanners and cameras."""

from __future__ import annotations

import pytest
from PIL import Image

from classifyhub.engine import Reading
from tests.engine.documents import draw_text_pdf, save, turn_pdf
from tests.engine.ocr.papers import (
    INVOICE,
    draw,
    draw_letter,
    read_file,
    save_picture,
    scan_pdf,
    titles_of,
    word_at,
)

pytestmark = pytest.mark.usefixtures("tesseract")

CAMERA_ON_ITS_SIDE = 6
CAPTION = "Figure 1. The paper as it came in by post on Monday the third of May last year."


def near(*expected):
    return pytest.approx(expected, abs=0.02)


def test_a_picture_is_read_with_its_words_where_they_stand(tmp_path):
    page = read_file(save_picture(tmp_path, draw_letter())).pages[0]
    assert page.source == "ocr"
    assert all(line in page.text for line in INVOICE)
    assert word_at(page, "Northwind")[:2] == near(120 / 1240, 236 / 1754)
    assert {page.text[word.start : word.end] for word in page.words} == set(page.text.split())


def test_the_large_line_on_top_is_a_title_and_the_engine_is_sure(tmp_path):
    page = read_file(save_picture(tmp_path, draw_letter())).pages[0]
    assert titles_of(page)[0] == "INVOICE"
    assert page.confidence > 0.8


def test_the_facts_name_the_engine_and_how_sure_it_is(tmp_path):
    facts = dict(read_file(save_picture(tmp_path, draw_letter())).facts)
    assert facts["ocr"].startswith("tesseract ")
    assert facts["ocr_pages"] == "1"
    assert float(facts["ocr_confidence"]) > 0.8
    assert "ocr_failed" not in facts


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        (Image.Transpose.ROTATE_180, (1 - 120 / 1240, 1 - 236 / 1754)),
        (Image.Transpose.ROTATE_270, (1 - 236 / 1754, 120 / 1240)),
        (Image.Transpose.ROTATE_90, (236 / 1754, 1 - 120 / 1240)),
    ],
    ids=["upside down", "on its right side", "on its left side"],
)
def test_a_page_that_lies_on_its_side_is_read_and_boxes_are_of_the_page_as_displayed(tmp_path, turn, corner):
    page = read_file(save_picture(tmp_path, draw_letter().transpose(turn))).pages[0]
    assert all(line in page.text for line in INVOICE)
    x0, y0, x1, y1 = word_at(page, "Northwind")
    beginning = {Image.Transpose.ROTATE_180: (x1, y1), Image.Transpose.ROTATE_270: (x1, y0)}.get(turn, (x0, y1))
    assert beginning == near(*corner)
    assert "INVOICE" in titles_of(page)


def test_a_photograph_is_read_as_the_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = CAMERA_ON_ITS_SIDE
    stored = draw_letter().transpose(Image.Transpose.ROTATE_90)
    page = read_file(save_picture(tmp_path, stored, "a.jpg", exif=exif)).pages[0]
    assert (page.width, page.height) == (1240, 1754)
    assert word_at(page, "Northwind")[:2] == near(120 / 1240, 236 / 1754)


def test_a_turned_tiff_is_as_wide_as_it_is_displayed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = CAMERA_ON_ITS_SIDE
    stored = draw_letter().transpose(Image.Transpose.ROTATE_90)
    page = read_file(save_picture(tmp_path, stored, "a.tiff", exif=exif)).pages[0]
    assert (page.width, page.height) == (1240, 1754)
    assert word_at(page, "Northwind")[:2] == near(120 / 1240, 236 / 1754)


def test_a_small_picture_is_enlarged_before_it_is_read(tmp_path):
    small = draw_letter().resize((430, 608), Image.Resampling.LANCZOS)
    page = read_file(save_picture(tmp_path, small)).pages[0]
    assert "Amount due within thirty days" in page.text


def test_columns_are_read_one_after_the_other(tmp_path):
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth") * 2
    left = [(80, 200 + 44 * row, f"the {word} line of the left side", 28) for row, word in enumerate(words)]
    right = [(700, 200 + 44 * row, f"the {word} one of the other", 28) for row, word in enumerate(words)]
    text = read_file(save_picture(tmp_path, draw(*left, *right))).pages[0].text
    assert text.rindex("left side") < text.index("of the other")


def save_tiff(folder, *pictures):
    return save_picture(folder, pictures[0], "a.tiff", save_all=True, append_images=list(pictures[1:]))


def test_every_frame_of_a_tiff_is_a_page_with_its_own_text(tmp_path):
    second = draw_letter(("DELIVERY NOTE", "Received in good condition by the porter"))
    reading = read_file(save_tiff(tmp_path, draw_letter(), second))
    assert [(page.number, page.source) for page in reading.pages] == [(1, "ocr"), (2, "ocr")]
    assert "Received in good condition" in reading.pages[1].text


def test_only_the_pages_asked_for_are_read(tmp_path):
    path = save_tiff(tmp_path, draw_letter(), draw_letter(("SECOND", "Of three pages in all")), draw_letter())
    reading = read_file(path, target_pages="2")
    assert [page.number for page in reading.pages] == [2]
    assert (reading.pages_not_read, reading.cut) == ((1, 3), "target_pages")
    assert "Of three pages in all" in reading.pages[0].text


def test_a_blank_page_has_no_text_and_nothing_failed(tmp_path):
    reading = read_file(save_picture(tmp_path, draw()))
    assert (reading.pages[0].source, reading.pages[0].look.ink) == ("none", 0.0)
    assert not {"ocr_failed", "ocr_confidence"} & dict(reading.facts).keys()


def test_a_scanned_page_among_others_is_read_and_the_others_keep_their_text(tmp_path):
    words = "This page was written by a program and has its own text, which is exact."
    path, _ = save(tmp_path, "a.pdf", scan_pdf(words, draw_letter()))
    typed, scanned = read_file(path).pages
    assert (typed.source, typed.text) == ("layer", words)
    assert (scanned.source, scanned.look.images) == ("ocr", 1.0)
    assert word_at(scanned, "Northwind")[:2] == near(120 / 1240, 236 / 1754)


def test_a_turned_pdf_page_has_its_boxes_as_displayed(tmp_path):
    path, _ = save(tmp_path, "a.pdf", turn_pdf(scan_pdf(draw_letter()), rotation=180))
    _, _, x1, y1 = word_at(read_file(path).pages[0], "Northwind")
    assert (x1, y1) == near(1 - 120 / 1240, 1 - 236 / 1754)


def test_a_short_page_with_nothing_but_text_is_not_drawn(tmp_path):
    path, _ = save(tmp_path, "a.pdf", draw_text_pdf("Appendix A"))
    reading = read_file(path)
    assert (reading.pages[0].source, reading.pages[0].text.strip()) == ("layer", "Appendix A")
    assert "ocr" not in dict(reading.facts)


@pytest.mark.parametrize(("mode", "source"), [("FAST", "layer"), ("MULTIMODAL", "ocr")])
def test_text_within_pictures_counts_only_where_pictures_are_asked_for(tmp_path, mode, source):
    path, _ = save(tmp_path, "a.pdf", scan_pdf(draw_letter(), caption=CAPTION))
    page = read_file(path, mode=mode).pages[0]
    assert page.source == source
    assert "came in by post" in page.text
    assert ("Amount due within thirty days" in page.text) is (mode == "MULTIMODAL")


def test_the_sandbox_leaves_room_for_tesseract_and_gives_the_same(sandbox, tmp_path):
    path = save_picture(tmp_path, draw_letter())
    reading = sandbox.read(path, media_type="image/png")
    assert reading == read_file(path)
    assert Reading.from_json(reading.to_json()) == reading


def test_nothing_is_read_from_pictures_where_nobody_wants_to_wait(sandbox, tmp_path):
    reading = sandbox.read(save_picture(tmp_path, draw_letter()), media_type="image/png", with_ocr=False)
    assert (reading.has_text, dict(reading.facts)) == (False, {"format": "image"})
