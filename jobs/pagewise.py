"""Pages taken one by one: which of them read alike, where a new document starts, and whether they disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.formats import format_percent
from jobs.models import PageResult, Result

MORE_LIKELY_THAN_NOT = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages ``first`` to ``last``, which follow each other in one document and read alike. ``least`` is the least of
    their own confidences, null where none was scored; ``border`` is the chance that a new document starts here, null
    where it does not, or where that was not asked."""

    first: int
    last: int
    type: str | None
    monogram: str
    least: float | None
    starts_document: bool
    border: float | None

    @property
    def has_answer(self) -> bool:
        return self.type is not None or self.least is not None

    @property
    def confidence(self) -> str:
        """In percent, the least of its pages'; empty where none was scored."""
        if self.least is None:
            return ""
        shown = format_percent(self.least)
        return shown if self.first == self.last else _("at least %(percent)s") % {"percent": shown}


def pages_of(result: Result | None) -> list[PageResult]:
    """What was answered page by page, in order; nothing where the provider answers for the whole alone."""
    return list(result.pages.order_by("page")) if result is not None else []


def find_borders(pages: Sequence[PageResult]) -> dict[int, float | None]:
    """The pages on which a new document starts, by number, each with its chance where one was given."""
    return {after.page: after.border for before, after in pairwise(pages) if _starts_document(before, after)}


def find_stretches(pages: Sequence[PageResult], letters: Mapping[str, str]) -> list[Stretch]:
    """The pages in stretches that read alike, in order; ``letters`` are the monograms of the types."""
    borders = find_borders(pages)
    return [_stretch(group, letters, borders) for group in _group(pages, borders)]


def tell_pages(result: Result | None, pages: Sequence[PageResult]) -> str:
    """That the file holds several documents, or which of its ``pages`` alone read as something else, in one sentence;
    empty when all agree."""
    borders = find_borders(pages)
    return _tell_borders(borders) if borders else _tell_others(result, pages)


def page_ranges(pages: Iterable[int]) -> str:
    """``[4, 5, 6, 9]`` as "4–6, 9"."""
    runs: list[list[int]] = []
    for page in sorted(pages):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _starts_document(before: PageResult, after: PageResult) -> bool:
    if before.document is not None and after.document is not None:
        return before.document != after.document
    return after.border is not None and after.border >= MORE_LIKELY_THAN_NOT


def _group(pages: Sequence[PageResult], borders: Mapping[int, float | None]) -> Iterator[list[PageResult]]:
    group: list[PageResult] = []
    for page in pages:
        if group and (page.page in borders or page.page != group[-1].page + 1 or not _reads_like(group[-1], page)):
            yield group
            group = []
        group.append(page)
    if group:
        yield group


def _reads_like(one: PageResult, other: PageResult) -> bool:
    """Whether both say the same; a page that was not scored says something else than one that matches nothing."""
    if one.type is None and other.type is None:
        return (one.confidence is None) == (other.confidence is None)
    return one.type == other.type


def _stretch(group: Sequence[PageResult], letters: Mapping[str, str], borders: Mapping[int, float | None]) -> Stretch:
    first = group[0]
    scored = [page.confidence for page in group if page.confidence is not None]
    return Stretch(
        first=first.page,
        last=group[-1].page,
        type=first.type,
        monogram=letters.get(first.type or "", ""),
        least=min(scored, default=None),
        starts_document=first.page in borders,
        border=borders.get(first.page),
    )


def _tell_borders(borders: Mapping[int, float | None]) -> str:
    """How many documents there are, and where the first border is: the strip of pages shows all."""
    page, chance = next(iter(borders.items()))
    words = _("Holds %(n)d documents, the second from page %(page)d.")
    if chance is not None:
        words = _("Holds %(n)d documents, the second from page %(page)d (%(chance)s).")
    return words % {"n": len(borders) + 1, "page": page, "chance": format_percent(chance or 0.0)}


def _tell_others(result: Result | None, pages: Iterable[PageResult]) -> str:
    if result is None or result.type is None:
        return ""
    differing: dict[str, list[int]] = {}
    for page in pages:
        if page.type not in (None, result.type):
            differing.setdefault(str(page.type), []).append(page.page)
    if not differing:
        return ""
    name, numbers = max(differing.items(), key=lambda pair: len(pair[1]))
    words = ngettext("Page %(pages)s alone reads as %(type)s.", "Pages %(pages)s read as %(type)s.", len(numbers))
    return words % {"pages": page_ranges(numbers), "type": name}
