"""Text layers that are no text: fonts whose codes lead nowhere, so that what is drawn well is extracted as rubbish."""

from __future__ import annotations

import re
import string
import unicodedata

_SAMPLE = 4000
_ENOUGH = 20  # characters; fewer prove nothing
_STRANGE_SHARE = 0.3
_ENOUGH_LATIN = 120
_LATIN_SHARE = 0.8
# Languages in Latin letters have 35 to 50 vowels in a hundred letters, a code of shifted letters about 15.
_FEWEST_VOWELS = 0.2

# The replacement character, which also stands for controls, and the areas for private use: no print has such codes.
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_ASCII = re.compile("[\0-\x7f]+")
_LETTERS = re.compile(r"[^\W\d_]")
_PLAIN_LATIN, _OTHER_LATIN = string.ascii_letters.encode(), re.compile("[ßæœø\u0131ÆŒØ]")
_PLAIN_VOWELS, _OTHER_VOWELS = b"AEIOUYaeiouy", re.compile("[æœø\u0131ÆŒØ]")


def is_garbled(text: str) -> bool:
    """Whether most of ``text`` cannot be what is printed on the page. Looks at its first few thousand characters."""
    body = "".join(text[:_SAMPLE].split())
    if len(body) < _ENOUGH:
        return False
    return _is_strange(body) or _is_shifted(body)


def _is_strange(body: str) -> bool:
    return not body.isascii() and len(_STRANGE.findall(_ASCII.sub("", body))) > _STRANGE_SHARE * len(body)


def _is_shifted(body: str) -> bool:
    """Whether it is in Latin letters with hardly a vowel, as when codes are off by a fixed number."""
    if _count(_PLAIN_VOWELS, body.encode("ascii", "ignore")) >= _FEWEST_VOWELS * len(body):
        return False  # whatever the others are
    plain = body if body.isascii() else unicodedata.normalize("NFD", body)  # accents come off their vowels
    ascii_part, rest = plain.encode("ascii", "ignore"), _ASCII.sub("", plain)
    plain_latin = _count(_PLAIN_LATIN, ascii_part)
    latin = plain_latin + len(_OTHER_LATIN.findall(rest))
    if latin < _ENOUGH_LATIN or latin < _LATIN_SHARE * (plain_latin + len(_LETTERS.findall(rest))):
        return False
    return _count(_PLAIN_VOWELS, ascii_part) + len(_OTHER_VOWELS.findall(rest)) < _FEWEST_VOWELS * latin


def _count(wanted: bytes, data: bytes) -> int:
    """How many bytes are among ``wanted``: as sure as searching for them one by one, and many times as fast."""
    return len(data) - len(data.translate(None, wanted))
