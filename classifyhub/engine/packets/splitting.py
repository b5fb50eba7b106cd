"""Split what was read into the documents that it holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import Found, merge_pages
from classifyhub.engine.model import Page, Reading
from classifyhub.engine.packets.borders import find_borders
from classifyhub.engine.packets.profiles import make_profile
from classifyhub.engine.packets.weights import BORDER_WEIGHTS, BorderWeights
from classifyhub.engine.sniffing import IMAGES, MAILS, PDF, TEXT

SPLIT_AT = 0.5
_ATTACHED = 0.99  # a border that the file itself tells; an attachment may still go on with its mail
_MAY_HOLD_SEVERAL = frozenset({PDF, TEXT, *IMAGES, *MAILS})  # what scanners, printers and mailboxes put together

Scanned = tuple[Page, Found]


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file: the number of its first page, and its pages with text."""

    first: int
    pages: tuple[Scanned, ...]

    def merge(self, reading: Reading) -> Found | None:
        """All that was found on it, as in a file of its own; null without text."""
        if not self.pages:
            return None
        page, found = self.pages[0]
        alone = replace(reading, page_count=len(self.pages), pages=tuple(page for page, _ in self.pages))
        return merge_pages([replace(found, marks=find_marks(alone, page)), *(found for _, found in self.pages[1:])])


@dataclass(frozen=True, slots=True)
class Split:
    """The documents of a file in order, at least one, and for page numbers how probable a border is there."""

    parts: tuple[Part, ...]
    borders: Mapping[int, float]

    def find_part(self, page: int) -> int:
        """The place, from 0, of the part that a page belongs to."""
        return _find_place([part.first for part in self.parts], page)


def _share_out(scanned: Sequence[Scanned], starts: Sequence[int]) -> tuple[Part, ...]:
    pages: list[list[Scanned]] = [[] for _ in starts]
    for page, found in scanned:
        pages[_find_place(starts, page.number)].append((page, found))
    return tuple(Part(start, tuple(own)) for start, own in zip(starts, pages, strict=True))


def _find_place(starts: Sequence[int], page: int) -> int:
    return max(0, bisect_right(starts, page) - 1)


def split(reading: Reading, scanned: Sequence[Scanned], *, weights: BorderWeights = BORDER_WEIGHTS) -> Split:
    """The documents that the pages of ``reading`` make up; ``scanned`` are those with text and what was found on each.
    A page without text belongs to what stands before it, and what is attached to a mail is no part of it."""
    if reading.media_type not in _MAY_HOLD_SEVERAL:
        return Split((Part(1, tuple(scanned)),), {})
    own = [(page, found) for page, found in scanned if page.number <= reading.own_pages]
    attached = list(scanned[len(own) :])
    borders = _find_borders(own, weights) | _find_borders(attached, weights)
    if attached:
        borders[reading.own_pages + 1] = _ATTACHED
    starts = [1, *sorted(number for number, border in borders.items() if border >= SPLIT_AT)]
    return Split(_share_out(scanned, starts), borders)


def _find_borders(scanned: Sequence[Scanned], weights: BorderWeights) -> dict[int, float]:
    if len(scanned) == 1:
        return {}  # saves looking at the page, which most documents are
    borders = find_borders([make_profile(page, found) for page, found in scanned], weights=weights)
    return {page.number: border for (page, _), border in zip(scanned[1:], borders, strict=True)}
