"""Marks: what a document is by its make-up rather than by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from classifyhub.engine.model import Page, Reading
from classifyhub.engine.sniffing import MAIL, PDF

MARK_WORDS: Mapping[str, str] = {
    "@mail": "It has the header lines of a mail message.",
    "@letter": "It opens with a salutation, like a letter.",
    "@slides": "Its pages are wide, like slides.",
}

_HEADER = re.compile(
    r"^[ \t]*(from|to|subject|date|sent|cc|von|an|betreff|gesendet|de|à|objet|envoyé|para|asunto|da|oggetto)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SALUTATION = re.compile(
    r"^[ \t]*(dear|to whom it may|sehr geehrte|ch[eè]re?s?|estimad[oa]s?|gentile|geachte|prezad[oa])\b",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL_HEADERS = 3
_MAIL_TOP, _LETTER_TOP = 1500, 2500
_SLIDES_FROM, _SLIDES_SHARE = 3, 0.8


def find_marks(reading: Reading, page: Page) -> frozenset[str]:
    """Marks of ``page`` as part of ``reading``."""
    found = {
        "@mail": reading.media_type == MAIL or _has_mail_headers(page.text),
        "@letter": bool(_SALUTATION.search(page.text[:_LETTER_TOP])),
        "@slides": _is_wide(reading),
    }
    return frozenset(mark for mark, holds in found.items() if holds)


def _has_mail_headers(text: str) -> bool:
    return len({match[1].casefold() for match in _HEADER.finditer(text[:_MAIL_TOP])}) >= _MAIL_HEADERS


def _is_wide(reading: Reading) -> bool:
    if reading.media_type != PDF or reading.page_count < _SLIDES_FROM:
        return False
    return sum(page.width > page.height for page in reading.pages) >= _SLIDES_SHARE * len(reading.pages)
