"""Page numbers as pages state them: "Page 2 of 5", "Seite 3", "2/5", or a number on a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The words for "page" and "of" in the languages of the knowledge pack, at the head or the foot of a page.
_PAGE = (
    r"(?:pages?|pg|seite|blatt|p[aá]g(?:ina)?|blad(?:zijde)?|sid[ae]|sivu|str(?:ona|ana|ánka)?|oldal|folha|"
    r"стр(?:аница)?|лист)"
)
_OF = r"(?:of|von|de|di|van|av|af|sur|z|ze|из|[/|-])"
_LABELLED = re.compile(
    rf"\b{_PAGE}\b[.:]?\s*(?:no\.?\s*)?#?(\d{{1,4}})(?!\d)(?:\s*{_OF}\s*(\d{{1,4}})(?!\d))?", re.IGNORECASE
)
_CHINESE = re.compile(r"第\s*(\d{1,4})\s*[页頁](?:[^\d\n]{0,4}(\d{1,4})\s*[页頁])?")
_FRACTION = re.compile(r"\W{0,3}(\d{1,3})\s*(?:/|of|von|de|di|van|sur|из)\s*(\d{1,3})\W{0,3}", re.IGNORECASE)
_BARE = re.compile(r"\W{0,3}(\d{1,4})\W{0,3}")
_DIGIT = re.compile(r"\d")
_LARGEST = 2000


@dataclass(frozen=True, slots=True)
class Stated:
    """The number that a page gives itself, and of how many; null where it does not say."""

    number: int
    total: int | None = None

    @property
    def is_last(self) -> bool:
        """Whether this is the last page of its document."""
        return self.number == self.total

    def goes_on(self, before: Stated, *, step: int) -> bool:
        """Whether this is the page ``step`` pages after ``before``."""
        return self.number == before.number + step and (self.total or before.total) == (before.total or self.total)


def find_stated(lines: Iterable[str]) -> Stated | None:
    """What the lines at a page's head and foot state; one that tells the total goes before one that does not."""
    found = [stated for line in lines for stated in _list_stated(line) if _is_likely(stated)]
    return max(found, key=lambda stated: stated.total is not None, default=None)


def _list_stated(line: str) -> Iterator[Stated]:
    if not _DIGIT.search(line):
        return
    whole = _FRACTION.fullmatch(line.strip())
    for match in (*_LABELLED.finditer(line), *_CHINESE.finditer(line), *([whole] if whole else ())):
        number, total = match.groups()
        yield Stated(int(number), int(total) if total else None)


def _is_likely(stated: Stated) -> bool:
    return 1 <= stated.number <= min(stated.total or _LARGEST, _LARGEST)


def find_bare(lines: Iterable[str]) -> frozenset[int]:
    """Numbers that have one of the lines to themselves."""
    return frozenset(int(match[1]) for line in lines if (match := _BARE.fullmatch(line.strip())))
