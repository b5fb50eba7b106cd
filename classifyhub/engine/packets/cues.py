"""What speaks for a new document between two pages, and what for going on: numbers from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from operator import mul

from classifyhub.engine.packets.numbering import Stated
from classifyhub.engine.packets.profiles import Profile

FOR = (
    "starts",
    "closed",
    "complete",
    "title",
    "opens",
    "other size",
    "other source",
    "other letters",
    "other words",
    "other kind",
    "other type",
    "other form",
)
AGAINST = (
    "later",
    "begins inside",
    "number goes on",
    "bare number goes on",
    "same head",
    "same foot",
    "same letters",
    "same margin",
    "same odd size",
    "references",
    "words",
    "kind",
)
SENSE = ("title", "kind", "other kind", "other type")
"""Those that come of what the pages say of known types."""

_LIKENESS = frozenset({"same head", "same foot", "same letters", "same margin", "references", "words"})

_OPENINGS = frozenset({"@letter", "@mail"})
_OFFICE_SHAPES = (210 / 297, 8.5 / 11, 8.5 / 14)  # width to height of A4, US letter, US legal
_SAME_SHAPE, _SAME_SIZE, _OTHER_SIZE = 0.02, 0.002, 0.015
_SAME_LETTERS, _OTHER_LETTERS = 0.03, 0.5  # logarithms of the ratio of their heights
_SAME_MARGIN = 0.005
_FEW_SHARED = 0.15  # of the words: what papers that have nothing to do with each other share
_FEW_WORDS = 5  # keeps a page of two words from being like another
_WHOLE_LINE = 30  # letters that two pages share at their edges, from which it is no chance
_FEWEST_LETTERS = 3

Cues = Mapping[str, float]


def measure(last: Profile, first: Profile) -> Cues:
    """The cues between a page and the one behind it."""
    return measure_look(last, first) | measure_sense(last, first)


def measure_look(last: Profile, first: Profile) -> dict[str, float]:
    """All of them but those of ``measure_sense``."""
    links = _measure_links(last, first)
    if other_form := _has_other_form(last, first):
        links |= dict.fromkeys(links.keys() & _LIKENESS, 0.0)
    other_words = 0.0 if other_form else max(0.0, 1 - links["words"] / _FEW_SHARED)
    return links | _measure_breaks(last, first) | {"other words": other_words, "other form": float(other_form)}


def measure_sense(last: Profile, first: Profile) -> dict[str, float]:
    """The cues of ``SENSE``, which takes the longest to tell."""
    one, other = last.sense, first.sense
    fresh = (strength for name, strength in other.names.items() if name not in one.names)
    kind = _compare_kinds(one.kinds, other.kinds)
    is_other_form = _has_other_form(last, first)
    return {
        "title": max(fresh, default=0.0),
        "kind": 0.0 if is_other_form else kind,
        "other kind": 0.0 if is_other_form else 1 - kind,
        "other type": one.trust * other.trust if one.loudest != other.loudest else 0.0,
    }


def _has_other_form(last: Profile, first: Profile) -> bool:
    """Whether both are forms, and other ones: an authority's are all alike, and what they are called is what tells them
    apart."""
    return bool(last.forms and first.forms) and not last.forms & first.forms


def _measure_breaks(last: Profile, first: Profile) -> dict[str, float]:
    """What tells that a document ends or begins."""
    return {
        "starts": float(first.stated is not None and first.stated.number == 1),
        "later": float(first.stated is not None and first.stated.number > 1 and last.stated is None),
        "closed": float(last.is_closed),
        "complete": float(last.stated is not None and last.stated.is_last),
        "opens": float(bool(_OPENINGS & first.marks - last.marks)),
        "begins inside": float(first.begins_inside),
        "other size": float(_has_size(last, first) and _compare_size(last, first) > _OTHER_SIZE),
        "other source": float(last.page.source != first.page.source),
        "other letters": min(1.0, _compare_letters(last, first, unknown=0.0) / _OTHER_LETTERS),
    }


def _measure_links(before: Profile, after: Profile) -> dict[str, float]:
    """What two pages of one document have in common."""
    step = after.page.number - before.page.number
    shared = len(before.references & after.references)
    return {
        "number goes on": float(_goes_on(before.stated, after.stated, step)),
        "bare number goes on": float(any(bare - step in before.bare for bare in after.bare - before.bare)),
        "same head": _share_lines(before.head, after.head),
        "same foot": _share_lines(before.foot, after.foot),
        "same letters": float(_compare_letters(before, after, unknown=1.0) < _SAME_LETTERS),
        "same margin": float(_compare_margins(before, after) < _SAME_MARGIN),
        "same odd size": float(_is_odd(after) and _compare_size(before, after) < _SAME_SIZE),
        "references": shared / (shared + 1),
        "words": len(before.stems & after.stems) / (min(len(before.stems), len(after.stems)) + _FEW_WORDS),
    }


def _goes_on(before: Stated | None, after: Stated | None, step: int) -> bool:
    return before is not None and after is not None and after.goes_on(before, step=step)


def _share_lines(before: AbstractSet[str], after: AbstractSet[str]) -> float:
    common = (line for line in before & after if sum(map(str.isalpha, line)) >= _FEWEST_LETTERS)
    return min(1.0, sum(map(len, common)) / _WHOLE_LINE)


def _has_size(before: Profile, after: Profile) -> bool:
    """Whether both sizes are known and in the same unit."""
    return bool(before.page.width and after.page.width) and before.page.source == after.page.source


def _compare_size(before: Profile, after: Profile) -> float:
    """How far the sizes are apart, as a share."""
    one, other = before.page, after.page
    if not (one.width and one.height and other.width and other.height):
        return 1.0
    return max(abs(one.width / other.width - 1), abs(one.height / other.height - 1))


def _is_odd(profile: Profile) -> bool:
    """Whether a page has another shape than office paper. Of pictures that says only which camera took them."""
    short, long = sorted((profile.page.width, profile.page.height))
    return (
        profile.page.source == "layer"
        and short > 0
        and all(abs(short / long / shape - 1) > _SAME_SHAPE for shape in _OFFICE_SHAPES)
    )


def _compare_letters(before: Profile, after: Profile, *, unknown: float) -> float:
    """How far the heights of the letters are apart, as a logarithm."""
    if before.layout is None or after.layout is None or before.page.source != after.page.source:
        return unknown
    if before.layout.letters <= 0 or after.layout.letters <= 0:
        return unknown
    return abs(math.log(before.layout.letters / after.layout.letters))


def _compare_margins(before: Profile, after: Profile) -> float:
    if before.layout is None or after.layout is None or before.page.source != after.page.source:
        return 1.0
    return abs(before.layout.left - after.layout.left)


def _compare_kinds(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """The cosine of what both pages say about known types."""
    shared = before.keys() & after.keys()
    product = math.fsum(map(mul, map(before.__getitem__, shared), map(after.__getitem__, shared)))
    sizes = math.fsum([value**2 for value in before.values()]) * math.fsum([value**2 for value in after.values()])
    return product / math.sqrt(sizes) if sizes else 0.0
