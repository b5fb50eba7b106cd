"""Text layers that are no text: fonts whose codes lead nowhere, so that what is drawn well is extracted as rubbish."""

from __future__ import annotations

import re
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
_SPACES = re.compile(r"\s+")
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-zßæœø\u0131ÆŒØ]")
_VOWELS = re.compile("[AEIOUYaeiouyæœø\u0131ÆŒØ]")


def is_garbled(text: str) -> bool:
    """Whether most of ``text`` cannot be what is printed on the page. Looks at its first few thousand characters."""
    body = _SPACES.sub("", text[:_SAMPLE])
    return len(body) >= _ENOUGH and (_count(_STRANGE, body) > _STRANGE_SHARE * len(body) or _is_shifted(body))


def _is_shifted(body: str) -> bool:
    """Whether it is in Latin letters with hardly a vowel, as when codes are off by a fixed number."""
    plain = body if body.isascii() else unicodedata.normalize("NFD", body)  # accents come off their vowels
    latin = _count(_LATIN, plain)
    if latin < _ENOUGH_LATIN or latin < _LATIN_SHARE * _count(_LETTERS, plain):
        return False
    return _count(_VOWELS, plain) < _FEWEST_VOWELS * latin


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))
