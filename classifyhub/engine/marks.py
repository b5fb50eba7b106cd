"""Marks: what a document is by its make-up rather than by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from classifyhub.engine.layouts import LAYOUTS, find_layouts
from classifyhub.engine.model import Page, Reading
from classifyhub.engine.sniffing import IMAGES, MAILS, PDF, SLIDES

MARK_WORDS: Mapping[str, str] = {
    "@mail": "It has the header lines of a mail message.",
    "@letter": "It opens with a salutation, like a letter.",
    "@slides": "Its pages are wide, like slides.",
    "@card": "It has the proportions of a card.",
    "@slip": "It is long and narrow, like a till slip.",
    "@mrz": "It has lines for machines to read, like a passport.",
    **{mark: layout.words for mark, layout in LAYOUTS.items()},
}

_HEADER = re.compile(
    r"^[ \t]*(from|to|subject|date|sent|cc|von|an|betreff|gesendet|de|à|objet|envoyé|para|asunto|da|oggetto)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SALUTATION = re.compile(
    r"^[ \t]*(dear|to whom it may|sehr geehrte|ch[eè]re?s?|estimad[oa]s?|gentile|geachte|prezad[oa])\b",
    re.IGNORECASE | re.MULTILINE,
)
# Of travel documents (ICAO 9303): 30 to 44 letters, digits and fillers, of which recognition loses some. Looked
# for by five on either side, never by as many as there are: that would take the square of a line's length.
_MACHINE_LINE = re.compile(r"[A-Z0-9<]{5}<<[A-Z0-9<]{5}")
_MAIL_HEADERS = 3
_MAIL_TOP, _LETTER_TOP = 1500, 2500
_SLIDES_FROM, _SLIDES_SHARE = 3, 0.8
# Width to height of cards and passport pages (ISO/IEC 7810: 1.42 and 1.59), with what is lost or added at the edges. A
# sheet of A4 on its side has 1.41, a screen 1.33 or 1.78.
_CARD_FROM, _CARD_TO = 1.42, 1.72
_CARD_PAGES = 2  # front and back
_CARD_POINTS = 360  # its longer side on paper: a passport has 354
_SLIP = 0.56  # width to height; the longest office paper, US legal, has 0.61


def find_marks(reading: Reading, page: Page) -> frozenset[str]:
    """Marks of ``page`` as part of ``reading``."""
    layouts = find_layouts(page.text)
    found = {
        "@mail": (reading.media_type in MAILS and page.number <= reading.own_pages) or _has_mail_headers(page.text),
        "@letter": "@bill" not in layouts and bool(_SALUTATION.search(page.text[:_LETTER_TOP])),
        "@slides": _is_show(reading),
        "@card": _is_card(reading, page),
        "@slip": 0 < page.width <= _SLIP * page.height,
        "@mrz": "<<" in page.text and bool(_MACHINE_LINE.search(page.text)),
    }
    return layouts.union(mark for mark, holds in found.items() if holds)


def _has_mail_headers(text: str) -> bool:
    return len({match[1].casefold() for match in _HEADER.finditer(text[:_MAIL_TOP])}) >= _MAIL_HEADERS


def _is_show(reading: Reading) -> bool:
    if reading.media_type in SLIDES:
        return True
    if reading.media_type != PDF or reading.page_count < _SLIDES_FROM:
        return False
    return sum(page.width > page.height for page in reading.pages) >= _SLIDES_SHARE * len(reading.pages)


def _is_card(reading: Reading, page: Page) -> bool:
    """Of a picture the proportions must do; paper has a size."""
    is_small = reading.media_type in IMAGES or 0 < page.width <= _CARD_POINTS
    has_shape = _CARD_FROM * page.height <= page.width <= _CARD_TO * page.height
    return is_small and has_shape and reading.page_count <= _CARD_PAGES
