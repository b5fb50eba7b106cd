"""The text of one PDF page: characters from PDFium, words with boxes, lines that stand as titles."""

from __future__ import annotations

import ctypes
import re
from array import array
from collections.abc import Sequence
from itertools import chain
from operator import sub

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Page
from classifyhub.engine.places import NOWHERE, Words
from classifyhub.engine.readers.pdf_calls import count_rects, get_loose_box, get_rect, point_at
from classifyhub.engine.readers.pdf_places import find_view
from classifyhub.engine.readers.titles import TOP, Line, choose_titles

_WORD = re.compile(r"\S+")
_LINES = re.compile(r"\S[^\n]*")

_MANY = 5  # pieces of a word
_LARGER = 1.25  # a title's letters against the page's usual ones

_ON_ITS_SIDE = {90, 270}  # degrees: lines along the width of the paper stand upright as displayed


def read_text(page: pdfium.PdfPage, number: int, *, with_words: bool) -> Page:
    """The page as read; without words there are no boxes."""
    textpage = page.get_textpage()
    try:
        text = _get_text(textpage)
        if not any(character.isalnum() for character in text):
            return Page(number, "", "none", width=page.get_width(), height=page.get_height())
        ruler = Ruler(page, textpage, text)
        words = ruler.measure_words() if with_words else None
        titles = choose_titles(ruler.measure_lines(words), larger=_LARGER)
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
    """Measures what stands on a page. PDFium is asked about each of its hundreds of words, so what the questions share
    is made once."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> None:
        self._text, self._handle, self._page = text, textpage.raw, point_at(textpage.raw)
        self._view = find_view(page)
        # Text and character index are the same unless the page has characters without text.
        self._has_gaps = textpage.count_chars() != len(text)
        self._edges = array("d", NOWHERE)
        shared = (ctypes.c_double * 4).from_buffer(self._edges)
        self._pointers = [ctypes.byref(shared, place * ctypes.sizeof(ctypes.c_double)) for place in range(4)]

    def measure_words(self) -> Words:
        """Every word with its box; none for what lies outside the page."""
        spans = list(map(re.Match.span, _WORD.finditer(self._text)))
        rects = array("d")
        page, edges, add = self._page, self._edges, rects.extend
        left, top, right, bottom = self._pointers
        for start, end in map(self._find_indexes, spans) if self._has_gaps else spans:
            if (count := count_rects(page, start, end - start) if 0 <= start < end else 0) == 1:
                get_rect(page, 0, left, top, right, bottom)
                add(edges)
            else:
                add(self._join(count))
        flat = array("i", chain.from_iterable(spans))
        return Words(flat[0::2], flat[1::2], array("f", rects), self._view)  # PDFium has them no finer

    def measure_lines(self, words: Words | None) -> list[Line]:
        """Every line with where it begins, by the first of its ``words`` where they are known, and how large its first
        letter is."""
        lines = [(match.start(), match[0].rstrip()) for match in _LINES.finditer(self._text)]
        starts = [start for start, _ in lines]
        letters = self._measure_letters(starts)
        first, last = (0, 2) if self._view.degrees in _ON_ITS_SIDE else (3, 1)
        sizes = map(abs, map(sub, letters[last::4], letters[first::4]))
        tops = words.tops_at(starts, most=TOP) if words else self._view.find_tops(letters, most=TOP)
        return [
            Line(start, start + len(text), top, size, text)
            for (start, text), top, size in zip(lines, tops, sizes, strict=True)
        ]

    def _find_indexes(self, span: tuple[int, int]) -> tuple[int, int]:
        """From where to where the text of ``span`` goes among the characters of the page."""
        return self._find_index(span[0]), self._find_index(span[1] - 1) + 1

    def _find_index(self, place: int) -> int:
        return int(raw.FPDFText_GetCharIndexFromTextIndex(self._handle, place)) if self._has_gaps else place

    def _join(self, count: int) -> array[float]:
        """The rectangle around the ``count`` pieces of a word; one without area for none."""
        if not count:
            return array("d", NOWHERE)
        page, edges, pointers = self._page, self._edges, self._pointers
        get_rect(page, 0, *pointers)
        left, top, right, bottom = edges
        for index in range(1, count) if count < _MANY else (count // 2, count - 1):  # letters stand in order
            get_rect(page, index, *pointers)
            left, top = min(left, edges[0]), max(top, edges[1])
            right, bottom = max(right, edges[2]), min(bottom, edges[3])
        return array("d", (left, top, right, bottom))

    def _measure_letters(self, places: Sequence[int]) -> array[float]:
        """Left, top, right and bottom edge of the letters at ``places`` from ascent to descent, without area where
        PDFium has none. The font size alone would not do for the size of letters: many writers set it to 1 and scale by
        the text matrix."""
        boxes, box = array("f"), array("f", NOWHERE)
        pointer, nowhere = ctypes.byref(raw.FS_RECTF.from_buffer(box)), array("f", NOWHERE)
        for place in places:
            index = self._find_index(place)
            boxes.extend(box if index >= 0 and get_loose_box(self._page, index, pointer) else nowhere)
        return boxes
