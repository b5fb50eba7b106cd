"""The two letters that stand for a type on screen."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator, Sequence

LENGTH = 2
_WORDS = re.compile(r"[^\W_]+")


def clean_monogram(value: str) -> str:
    """At most two letters or digits, upper case; all else is dropped."""
    return "".join(sign for sign in value.upper() if sign.isalnum())[:LENGTH]


def propose_monogram(type_name: str, taken: Collection[str]) -> str:
    """A monogram for ``type_name`` that is not ``taken``: initials of two words first ("SI" for Supplier invoice),
    then the first letter with another of the name, then with a digit or any letter. Empty for a blank type."""
    for candidate in _candidates(type_name):
        if len(candidate) == LENGTH and candidate not in taken:
            return candidate
    return ""


def fill_monograms(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The monogram of each (type, monogram): its own, or where that is blank one proposed beside all the others."""
    taken = {own for _type, own in pairs if own}
    filled = []
    for type_name, own in pairs:
        monogram = own or propose_monogram(type_name, taken)
        taken.add(monogram)
        filled.append(monogram)
    return filled


def _candidates(type_name: str) -> Iterator[str]:
    words = _WORDS.findall(type_name)
    if not words:
        return
    letters = "".join(words)
    first = letters[0]
    if len(words) > 1:
        yield clean_monogram(first + words[1][0])
        yield clean_monogram(first + words[-1][0])
    for second in letters[1:]:
        yield clean_monogram(first + second)
    for second in string.digits[1:] + string.ascii_uppercase:
        yield clean_monogram(first + second)
    # A letter of which 35 rules begin is taken for good; what is left is any free pair.
    for one in string.ascii_uppercase:
        for two in string.ascii_uppercase + string.digits:
            yield one + two
