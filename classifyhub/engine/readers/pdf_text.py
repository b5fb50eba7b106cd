"""The text of one PDF page: characters from PDFium, words with boxes, lines that stand as titles."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.boxes import clip, turn
from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Box, Page, Word
from classifyhub.engine.readers.titles import Line, choose_titles, may_be_title

_WORD = re.compile(r"\S+")
_LINES = re.compile(r"[^\n]+")

_LARGER = 1.25  # a title's letters against the page's usual ones

Rect = tuple[float, float, float, float]
ToDisplay = Callable[[Rect], Box | None]


def read_text(page: pdfium.PdfPage, number: int, *, with_words: bool) -> Page:
    """The page as read. Without words there are no boxes, and titles are judged by order alone."""
    textpage = page.get_textpage()
    try:
        text = _get_text(textpage)
        if not any(character.isalnum() for character in text):
            return Page(number, "", "none", width=page.get_width(), height=page.get_height())
        words = _find_words(textpage, text, make_display(page)) if with_words else ()
        lines = _find_lines(textpage, text, words, turned=page.get_rotation() in {90, 270})
        titles = choose_titles(lines, larger=_LARGER)
        return Page(number, text, "layer", words, titles, page.get_width(), page.get_height())
    finally:
        textpage.close()


def _get_text(textpage: pdfium.PdfTextPage) -> str:
    """All characters, one for each text index of PDFium, so that offsets lead back to boxes.

    PDFium ends lines with CR LF; the CR becomes a space, which keeps the count. Characters beyond the basic plane come
    as two surrogates; each becomes U+FFFD for the same reason."""
    count = min(textpage.count_chars(), MAX_PAGE_CHARACTERS)
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(textpage.raw, 0, count, buffer)
    data = bytes(buffer)[: 2 * max(0, written - 1)]
    return clean(data.decode("utf-16-le", "surrogatepass")).replace("\r", " ")


def make_display(page: pdfium.PdfPage) -> ToDisplay:
    """A function from PDF rectangles (left, bottom, right, top) to boxes of the page as displayed: crop box and
    rotation applied, origin top left, cut at the page's edges; null for what lies outside."""
    left, bottom, right, top = page.get_bbox()
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    degrees = page.get_rotation()

    def to_display(rect: Rect) -> Box | None:
        x0, x1 = (rect[0] - left) / width, (rect[2] - left) / width
        y0, y1 = (top - rect[3]) / height, (top - rect[1]) / height
        return clip(turn((x0, y0, x1, y1), degrees))

    return to_display


def _find_words(textpage: pdfium.PdfTextPage, text: str, to_display: ToDisplay) -> tuple[Word, ...]:
    index = _index_map(textpage, text)
    return tuple(
        Word(match.start(), match.end(), to_display(_bound(textpage, index(match.start()), index(match.end() - 1))))
        for match in _WORD.finditer(text)
    )


def _index_map(textpage: pdfium.PdfTextPage, text: str) -> Callable[[int], int]:
    """From text index to character index. They are the same unless the page has characters without text."""
    if textpage.count_chars() == len(text):
        return int
    return lambda index: int(raw.FPDFText_GetCharIndexFromTextIndex(textpage.raw, index))


def _bound(textpage: pdfium.PdfTextPage, first: int, last: int) -> Rect:
    """The rectangle around characters ``first`` to ``last``, in PDF units; one without area when PDFium has none."""
    count = raw.FPDFText_CountRects(textpage.raw, first, last - first + 1) if 0 <= first <= last else 0
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    x0 = y0 = float("inf")
    x1 = y1 = float("-inf")
    for index in range(count):
        raw.FPDFText_GetRect(textpage.raw, index, left, top, right, bottom)
        x0, x1 = min(x0, left.value), max(x1, right.value)
        y0, y1 = min(y0, bottom.value), max(y1, top.value)
    return (x0, y0, x1, y1) if count else (0.0, 0.0, 0.0, 0.0)


def _find_lines(textpage: pdfium.PdfTextPage, text: str, words: tuple[Word, ...], *, turned: bool) -> list[Line]:
    index = _index_map(textpage, text)
    tops = {word.start: word.box[1] for word in words if word.box}
    found = []
    for order, match in enumerate(_LINES.finditer(text)):
        start, end = _trim(text, match.start(), match.end())
        if start < end:
            top = tops.get(start, 1.0) if words else order / 100
            size = _letter_size(textpage, index(start), turned=turned)
            found.append(Line(start, end, top, size, may_be_title(text[start:end])))
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), end - (len(body) - len(body.rstrip()))


def _letter_size(textpage: pdfium.PdfTextPage, index: int, *, turned: bool) -> float:
    """Height of the letter at ``index`` from ascent to descent, in points as displayed. The font size alone would not
    do: many writers set it to 1 and scale by the text matrix."""
    rect = raw.FS_RECTF()
    if index < 0 or not raw.FPDFText_GetLooseCharBox(textpage.raw, index, rect):
        return 0.0
    return float(abs(rect.right - rect.left) if turned else abs(rect.top - rect.bottom))
