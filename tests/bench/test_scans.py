"""Which documents count as scans, and the pictures that bare tesseract gets of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from classifyhub.bench.engine import scans
from classifyhub.engine import Page, Reading
from tests.engine.documents import save
from tests.engine.ocr.papers import draw_letter, save_picture, scan_pdf

ASKED = (("ocr", "tesseract 9.9.9 eng"),)
PAGES = (Page(1, "Invoice", "ocr"), Page(2, "", "none"))
SCAN = Reading("application/pdf", 2, PAGES, facts=ASKED)


def test_a_page_on_which_nothing_was_found_took_its_time_too(tmp_path):
    assert scans.choose({tmp_path: SCAN}) == {tmp_path: SCAN}


@pytest.mark.parametrize(
    "change",
    [
        {"pages": (*PAGES, Page(3, "typed", "layer"))},
        {"facts": ()},
        {"pages": ()},
        {"pages_not_read": (3,)},
        {"media_type": "message/rfc822"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_documents_of_which_not_every_page_is_a_picture_are_left_out(tmp_path, change):
    assert scans.choose({tmp_path: replace(SCAN, **change)}) == {}


def test_there_are_only_so_many_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(scans, "MOST_PAGES", 5)
    assert len(scans.choose({tmp_path / str(number): SCAN for number in range(4)})) == 2


@pytest.mark.parametrize(("size", "drawn"), [((300, 400), (300, 400)), ((1500, 6000), (750, 3000))])
def test_a_picture_stays_as_large_as_it_is_unless_it_is_huge(tmp_path, size, drawn):
    path = save_picture(tmp_path, draw_letter(size=size).convert("RGB"))
    (picture,) = scans.draw_pages(path, replace(SCAN, media_type="image/png"), tmp_path)
    with Image.open(picture) as image:
        assert (image.size, image.mode) == (drawn, "L")


def test_pages_of_a_pdf_are_drawn_at_150_dots_to_the_inch(tmp_path):
    path, _ = save(tmp_path, "a.pdf", scan_pdf(draw_letter(), draw_letter(), size=(144, 216)))
    pictures = list(scans.draw_pages(path, SCAN, tmp_path))
    assert len(pictures) == 2
    with Image.open(pictures[1]) as image:
        assert image.size == pytest.approx((300, 450), abs=1)
