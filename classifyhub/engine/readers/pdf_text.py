"""The text of one PDF page: characters from PDFium, words with boxes, lines that stand as titles."""

from __future__ import annotations

import ctypes
import re
from array import array
from collections.abc import Mapping

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.boxes import turn
from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Page
from classifyhub.engine.places import NOWHERE, WHOLE, Words
from classifyhub.engine.readers.titles import Line, choose_titles, may_be_title

_WORD = re.compile(r"\S+")
_LINES = re.compile(r"[^\n]+")

_MANY = 5  # pieces of a word
_LARGER = 1.25  # a title's letters against the page's usual ones

Rect = tuple[float, float, float, float]
_NOWHERE: Rect = (0.0, 0.0, 0.0, 0.0)


def read_text(page: pdfium.PdfPage, number: int, *, with_words: bool) -> Page:
    """The page as read; without words there are no boxes."""
    textpage = page.get_textpage()
    try:
        text = _get_text(textpage)
        if not any(character.isalnum() for character in text):
            return Page(number, "", "none", width=page.get_width(), height=page.get_height())
        ruler = Ruler(page, textpage, text)
        words = ruler.measure_words() if with_words else None
        tops = words.tops() if words else {}
        titles = choose_titles(ruler.measure_lines(tops), larger=_LARGER)
        return Page(number, text, "layer", words or (), titles, page.get_width(), page.get_height())
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


class Ruler:
    """Measures what stands on a page as displayed: crop box and rotation applied, origin top left, cut at its edges.

    A page has hundreds of words and PDFium is asked several things about each, so what the questions share is made
    once."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> None:
        self._text, self._page = text, textpage.raw
        self._left, bottom, right, self._top = page.get_bbox()
        self._width, self._height = max(right - self._left, 1e-6), max(self._top - bottom, 1e-6)
        self._degrees = page.get_rotation()
        # Text and character index are the same unless the page has characters without text.
        self._has_gaps = textpage.count_chars() != len(text)
        self._edges = [ctypes.c_double() for _ in range(4)]
        self._pointers = [ctypes.pointer(edge) for edge in self._edges]
        self._loose = raw.FS_RECTF()

    def measure_words(self) -> Words:
        """Every word with its box; none for what lies outside the page."""
        numbers = array("i")
        for match in _WORD.finditer(self._text):
            start, end = match.span()
            numbers.extend((start, end, *self._place(*self._bound(start, end))))
        return Words(numbers)

    def measure_lines(self, tops: Mapping[int, float]) -> list[Line]:
        """Every line with where it begins, by the ``tops`` of its first word where they are known, and how large its
        first letter is."""
        found = []
        for match in _LINES.finditer(self._text):
            start, end = _trim(self._text, match.start(), match.end())
            if start < end:
                top, size = self._measure_letter(start)
                found.append(Line(start, end, tops.get(start, top), size, may_be_title(self._text[start:end])))
        return found

    def _index(self, place: int) -> int:
        return int(raw.FPDFText_GetCharIndexFromTextIndex(self._page, place)) if self._has_gaps else place

    def _bound(self, start: int, end: int) -> Rect:
        """The rectangle around the characters, in PDF units; one without area when PDFium has none."""
        if self._has_gaps:
            start, end = self._index(start), self._index(end - 1) + 1
        count = raw.FPDFText_CountRects(self._page, start, end - start) if 0 <= start < end else 0
        if count == 1:
            return self._get_rect(0)
        seen = range(count) if count < _MANY else (0, count // 2, count - 1)  # letters set one by one stand in order
        rects = [self._get_rect(index) for index in seen] or [_NOWHERE]
        lefts, bottoms, rights, tops = zip(*rects, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    def _get_rect(self, index: int) -> Rect:
        raw.FPDFText_GetRect(self._page, index, *self._pointers)
        left, top, right, bottom = self._edges
        return left.value, bottom.value, right.value, top.value

    def _place(self, left: float, bottom: float, right: float, top: float) -> tuple[int, int, int, int]:
        """The rectangle on the page as displayed, as ``Words`` keeps it."""
        x0, x1 = (left - self._left) / self._width, (right - self._left) / self._width
        y0, y1 = (self._top - top) / self._height, (self._top - bottom) / self._height
        if self._degrees:
            x0, y0, x1, y1 = turn((x0, y0, x1, y1), self._degrees)
        if x0 < 0 or y0 < 0 or x1 > 1 or y1 > 1:
            x0, y0, x1, y1 = max(0, x0), max(0, y0), min(1, x1), min(1, y1)
        edges = int(x0 * WHOLE + 0.5), int(y0 * WHOLE + 0.5), int(x1 * WHOLE + 0.5), int(y1 * WHOLE + 0.5)
        return edges if edges[0] < edges[2] and edges[1] < edges[3] else NOWHERE

    def _measure_letter(self, place: int) -> tuple[float, float]:
        """Where the letter at ``place`` has its upper edge, as a share of the page, and its height from ascent to
        descent, in points as displayed. The font size alone would not do: many writers set it to 1 and scale by the
        text matrix."""
        index, rect = self._index(place), self._loose
        if index < 0 or not raw.FPDFText_GetLooseCharBox(self._page, index, rect):
            return 1.0, 0.0
        _, top, _, bottom = self._place(rect.left, rect.bottom, rect.right, rect.top)
        is_turned = self._degrees in {90, 270}
        size = abs(rect.right - rect.left) if is_turned else abs(rect.top - rect.bottom)
        return (top / WHOLE if bottom > 0 else 1.0), float(size)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), end - (len(body) - len(body.rstrip()))
