"""What of a page tells whether it goes on with the page before: gathered once, compared with its neighbours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, filterfalse, islice
from operator import mul

from classifyhub.engine.features import measure_kinds
from classifyhub.engine.kinds import load_index
from classifyhub.engine.matching import Found
from classifyhub.engine.model import Page
from classifyhub.engine.packets.closings import is_closed
from classifyhub.engine.packets.numbering import Stated, find_bare, find_stated
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.places import Word, Words
from classifyhub.engine.weights import WEIGHTS

_EDGE_LINES, _OUTERMOST = 4, 2
_LONGEST_LINE = 120
_LONGEST_TEXT = 20_000  # characters that are looked at; a page of print has 3,000
_LONGEST_EDGE = 4_000  # at either end, in which its first and last lines are looked for
_END = 700  # characters in which a document comes to its end
_SAMPLE, _FEWEST_WORDS = 240, 5  # words that are measured
_SHORTEST_STEM, _SHORTEST_REFERENCE = 4, 5
_NOTHING = 3.0  # a page that no known type speaks for louder than this is of none
_DIGITS = re.compile(r"\d+")
_REFERENCE = re.compile(r"\b(?=(?:\w*\d){4})[\w./-]{5,30}\b")
_FORM_WORDS = {"form", "formular", "formulario", "formulaire", "modelo", "modello", "vordruck"}
_FORM = re.compile(
    rf"\b(?i:{'|'.join(sorted(_FORM_WORDS))})\s+"
    r"(?:(?i:no\.?|nr\.?|n°)\s*)?((?:[A-Z]{1,5}[- ]?)?\d[\w-]*|[A-Z]{1,4}-\d\w*)"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How high the letters of a page are and where its lines begin, as fractions of the page."""

    letters: float
    left: float


class Sense:
    """What a page says of known types, told when it is asked for: that takes as long as all the rest of a profile, and
    few pages are looked at so closely."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @cached_property
    def kinds(self) -> Mapping[int, float]:
        """How loudly the page speaks for each known type."""
        return {kind: _add_up(features) for kind, features in measure_kinds(self._found).items()}

    @cached_property
    def loudest(self) -> int | None:
        """The known type that it speaks for most."""
        return min(compress(self.kinds, map(self._most.__eq__, self.kinds.values())), default=None)

    @cached_property
    def trust(self) -> float:
        """How far that is ahead of the others and of nothing, 0 to 1."""
        others = math.fsum(map(math.exp, self.kinds.values()))
        return math.exp(self._most) / (others + math.exp(_NOTHING)) if self.kinds else 0.0

    @cached_property
    def names(self) -> Mapping[Phrase, float]:
        """Names of document types in titles at the head, with how far each is to be believed: one that only a rule uses
        means that rule; of the others ("Notes") the rest of the page must bear it out."""
        known = load_index().names
        titles = self._found.titles.items()
        return {name: hit.strength * (self.trust if name in known else 1.0) for name, hit in titles}

    @property
    def has_names(self) -> bool:
        """Whether there are such names at all."""
        return bool(self._found.titles)

    @property
    def _most(self) -> float:
        return max(self.kinds.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class Profile:
    """``head`` and ``foot`` are the first and last lines with every number as 0, ``bare`` the numbers that have such a
    line to themselves; ``references`` are long numbers anywhere, as of an account or an order, ``forms`` what forms are
    called ("W-2"), ``stems`` the longer words. ``is_closed`` says that the end of the page reads like that of a
    document."""

    page: Page
    stated: Stated | None
    bare: frozenset[int]
    head: frozenset[str]
    foot: frozenset[str]
    begins_inside: bool
    is_closed: bool
    layout: Layout | None
    stems: frozenset[str]
    references: frozenset[str]
    forms: frozenset[str]
    marks: frozenset[str]
    sense: Sense


def make_profile(page: Page, found: Found) -> Profile:
    """The profile of a page with text, of which ``found`` is everything found on it."""
    text = page.text[:_LONGEST_TEXT]
    head = _list_lines(text[:_LONGEST_EDGE].splitlines())
    foot = _list_lines(reversed(text[-_LONGEST_EDGE:].splitlines()))[::-1]
    return Profile(
        page,
        stated=find_stated([*head, *foot]),
        bare=find_bare([*head[:_OUTERMOST], *foot[-_OUTERMOST:]]),
        head=frozenset(map(_mask, head)),
        foot=frozenset(map(_mask, foot)),
        begins_inside=bool(head) and head[0][0].islower(),
        is_closed=is_closed(text[-_END:]),
        layout=_measure_layout(page.words),
        stems=frozenset(stem for stem in found.counts if len(stem) >= _SHORTEST_STEM and stem.isalpha()),
        references=_find_references(text),
        forms=frozenset(_FORM.findall(text)) if found.counts.keys() & _FORM_WORDS else frozenset(),
        marks=found.marks,
        sense=Sense(found),
    )


def _list_lines(lines: Iterable[str]) -> list[str]:
    """The first of ``lines`` with letters or digits."""
    telling = (line.strip() for line in lines if any(map(str.isalnum, line)))
    return [line[:_LONGEST_LINE] for line in islice(telling, _EDGE_LINES)]


def _find_references(text: str) -> frozenset[str]:
    """Looked for only where there is more than letters: a reference is in one piece, and few pieces are candidates."""
    pieces = (piece for piece in filterfalse(str.isalpha, text.split()) if len(piece) >= _SHORTEST_REFERENCE)
    return frozenset(_REFERENCE.findall(" ".join(piece for piece in pieces if not piece[:-1].isalpha())))


def _mask(line: str) -> str:
    return " ".join(_DIGITS.sub("0", line.casefold()).split())


def _measure_layout(words: Sequence[Word]) -> Layout | None:
    found = (words if isinstance(words, Words) else Words.of(words)).measure_print(_SAMPLE)
    return Layout(letters=found[1], left=found[2]) if found and found[0] >= _FEWEST_WORDS else None


def _add_up(features: Mapping[str, float]) -> float:
    """Most types have nothing but words in common with a page."""
    scale = WEIGHTS.kind
    if len(features) == 1:
        ((name, value),) = features.items()
        return scale[name] * value
    return math.fsum(map(mul, map(scale.__getitem__, features), features.values()))
