"""What goes to tesseract and how its answer is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classifyhub.engine import Page
from classifyhub.engine.ocr.assembling import fill_page, is_legible
from classifyhub.engine.ocr.languages import choose_data
from classifyhub.engine.ocr.pictures import prepare, scale_for_pdf
from classifyhub.engine.ocr.recognising import Recognised
from classifyhub.engine.ocr.shapes import OcrFailure, Token
from classifyhub.engine.ocr.tesseract import parse_table
from rules.languages import LANGUAGES

HEADING = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


def row(*, line=1, word=1, text="word", confidence=90, level=5):
    return f"{level}\t1\t1\t1\t{line}\t{word}\t10\t20\t30\t40\t{confidence}\t{text}\n"


def test_words_come_by_line_with_box_and_confidence():
    table = HEADING + row(level=4, text="", confidence=-1) + row(text="Amount") + row(word=2, text="due") + row(line=2)
    first, second = parse_table(table)
    assert [token.text for token in first] == ["Amount", "due"]
    assert first[0] == Token("Amount", (10, 20, 40, 60), 0.9)
    assert len(second) == 1


@given(st.text())
def test_whatever_it_prints_gives_lines_or_a_failure(text):
    try:
        lines = parse_table(text)
    except OcrFailure:
        return
    assert all(token.text and 0 <= token.confidence <= 1 for line in lines for token in line)


tokens = st.builds(
    Token,
    st.text(min_size=1, max_size=9),
    st.tuples(*[st.integers(-50, 2000)] * 4),
    st.floats(0, 1),
)


@given(st.lists(st.lists(tokens, max_size=5), max_size=5), st.sampled_from([0, 90, 180, 270]))
def test_offsets_lead_to_whole_words_and_boxes_stay_on_the_page(lines, turn):
    page = fill_page(Page(1, "", "none"), Recognised(lines, (1000, 1500), turn))
    assert [page.text[word.start : word.end] for word in page.words] == page.text.split()
    assert all(0 <= edge <= 1 for word in page.words if word.box for edge in word.box)
    assert (page.confidence is None) is (page.source == "none")


@pytest.mark.parametrize(
    ("text", "confidence", "stays"),
    [
        ("Rechnung", 0.3, True),
        ("1.234,50", 0.3, True),
        ("~|=", 0.4, False),
        ("oO", 0.4, False),
        ("oO", 0.9, True),
        ("Rechnung", 0.1, False),
    ],
)
def test_specks_that_were_taken_for_letters_are_left_out(text, confidence, stays):
    assert is_legible(Token(text, (0, 0, 1, 1), confidence)) is stays


@pytest.mark.parametrize(
    ("lang", "installed", "chosen"),
    [
        ("en", {"eng", "deu", "osd"}, ("eng", "")),
        ("de", {"eng", "deu", "osd"}, ("deu+eng", "")),
        ("pt-BR", {"eng", "por"}, ("por+eng", "")),
        ("sv", {"eng", "deu"}, ("deu+eng", "swe")),
        ("ru", {"eng"}, ("eng", "rus")),
        ("en", {"deu", "osd"}, ("deu", "eng")),
        ("deu", {"eng", "deu"}, ("deu+eng", "")),
        ("", {"eng"}, ("eng", "")),
        ("en", {"osd"}, ("", "eng")),
    ],
)
def test_the_language_of_the_preset_chooses_the_data_to_read_with(lang, installed, chosen):
    assert choose_data(lang, installed=installed) == chosen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_a_preset_may_name_has_data_of_its_own(lang):
    data, missing = choose_data(lang, installed={"eng"})
    assert (data, missing) == (("eng", "") if lang == "en" else ("eng", choose_data(lang, installed=set())[1]))
    assert len(choose_data(lang, installed=set())[1]) >= 3


@pytest.mark.parametrize(
    ("size", "pixels"),
    [((595, 842), 1754), ((1760, 2275), 3000), ((160, 240), 1500), ((20, 30), 250)],
    ids=["A4 at 150 dpi", "a poster is shrunk", "a till slip is enlarged", "a stamp is not blown up"],
)
def test_a_pdf_page_is_drawn_neither_tiny_nor_huge(size, pixels):
    assert scale_for_pdf(*size) * max(size) == pytest.approx(pixels, abs=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_picture_becomes_shades_of_grey(mode):
    assert prepare(Image.new(mode, (1600, 800))).mode == "L"


def test_what_is_transparent_is_white():
    assert prepare(Image.new("RGBA", (1600, 800), (0, 0, 0, 0))).getextrema() == (255, 255)


def test_a_picture_smaller_than_a_line_of_letters_is_not_read():
    assert prepare(Image.new("L", (30, 20))) is None
