"""Which pages of a document are wanted: ``1,3,5-7`` and the number of pages at most."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from classifyhub.engine.limits import BUDGET_SECONDS

_RANGE = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_LARGEST = 1_000_000

Ranges = tuple[tuple[int, int], ...]


def parse_pages(text: str) -> Ranges:
    """Page ranges as ``((1, 1), (3, 3), (5, 7))``: 1-based, both ends included, sorted, overlaps joined.

    White space is allowed around numbers; empty text means all pages and gives ``()``. Raises ``ValueError`` in words
    fit for the person who typed it."""
    if not text.strip():
        return ()
    return _join(sorted(_parse_range(part.strip()) for part in text.split(",")))


def _parse_range(part: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(part)
    if not match or not part.isascii():
        raise ValueError(f"“{part}” is not a page or a range such as 5-7.")
    first, last = int(match[1]), int(match[2] or match[1])
    if first < 1:
        raise ValueError("Pages start at 1.")
    if last < first:
        raise ValueError(f"“{part}” runs backwards.")
    if last > _LARGEST:
        raise ValueError(f"“{part}” is beyond page {_LARGEST:,}.")
    return first, last


def _join(ranges: list[tuple[int, int]]) -> Ranges:
    joined = ranges[:1]
    for first, last in ranges[1:]:
        if first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Plan:
    """The pages to read, in order, and what has been left out so far and why (``cut`` as in ``Reading``)."""

    numbers: tuple[int, ...]
    left_out: tuple[int, ...] = ()
    cut: str = ""

    def stop_before(self, number: int, *, cut: str) -> Plan:
        """The plan as it stands when reading ends before page ``number`` for the reason ``cut``."""
        done = tuple(page for page in self.numbers if page < number)
        rest = tuple(page for page in self.numbers if page >= number)
        return replace(self, numbers=done, left_out=tuple(sorted((*self.left_out, *rest))), cut=cut)


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a document is wanted, how, and until when. The clock starts when the scope is made.

    ``lang`` and ``mode`` are what the preset says; without ``with_ocr`` pictures of pages are left unread,
    without ``with_attachments`` what is attached to a mail."""

    max_pages: int | None = None
    ranges: Ranges = ()
    lang: str = "en"
    mode: str = "FAST"
    with_ocr: bool = True
    budget_seconds: float = BUDGET_SECONDS
    with_attachments: bool = True
    started: float = field(default_factory=time.monotonic)

    def is_over(self) -> bool:
        """Whether the time for reading is used up."""
        return self.seconds_left < 0

    @property
    def seconds_left(self) -> float:
        """Of the time for reading; negative when more was used."""
        return self.started + self.budget_seconds - time.monotonic()

    @property
    def names_pages(self) -> bool:
        """Whether somebody said how much of the document to read."""
        return self.max_pages is not None or bool(self.ranges)

    @property
    def looks_at_pictures(self) -> bool:
        """Whether pictures count also on pages that have text."""
        return self.mode == "MULTIMODAL"

    def plan(self, page_count: int) -> Plan:
        """Decide, before any work is done, which of ``page_count`` pages to read."""
        wanted = list(self._targets(page_count))
        cut = "target_pages" if len(wanted) < page_count else ""
        if self.max_pages is not None and len(wanted) > self.max_pages:
            wanted, cut = wanted[: self.max_pages], "max_pages"
        chosen = set(wanted)
        return Plan(tuple(wanted), tuple(page for page in range(1, page_count + 1) if page not in chosen), cut)

    def _targets(self, page_count: int) -> Iterator[int]:
        for first, last in self.ranges or ((1, page_count),):
            yield from range(first, min(last, page_count) + 1)
