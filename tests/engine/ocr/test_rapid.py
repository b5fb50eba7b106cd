"""RapidOCR in tesseract's place, where its extra is installed; how its pieces become words, everywhere."""

from __future__ import annotations

import pytest

from classifyhub.engine.ocr.rapid import join_pieces, split_piece
from classifyhub.engine.ocr.shapes import Token
from tests.engine.ocr.papers import INVOICE, draw_letter, read_file, save_picture, word_at


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def test_a_piece_is_cut_into_words_each_with_its_part_of_the_box():
    first, second = split_piece("Amount due", box(0, 10, 100, 30), 0.9)
    assert first == Token("Amount", (0, 10, 60, 30), 0.9)
    assert second == Token("due", (70, 10, 100, 30), 0.9)


def test_pieces_side_by_side_are_one_line_from_left_to_right():
    right, left = Token("12.00", (500, 12, 600, 32), 1), Token("Total", (0, 10, 100, 30), 1)
    below = Token("Thanks", (0, 50, 100, 70), 1)
    assert join_pieces([right, below, left]) == [[left, right], [below]]


def test_a_picture_is_read_by_it_where_there_is_no_tesseract(no_tesseract, tmp_path):
    pytest.importorskip("rapidocr")
    reading = read_file(save_picture(tmp_path, draw_letter()), budget_seconds=120)
    assert dict(reading.facts)["ocr"].startswith("rapidocr ")
    page = reading.pages[0]
    assert all(line in page.text for line in INVOICE)
    assert word_at(page, "Northwind")[:2] == pytest.approx((120 / 1240, 236 / 1754), abs=0.03)
