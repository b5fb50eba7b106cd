"""What of a page tells whether it goes on with the page before: gathered once, compared with its neighbours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, filterfalse, islice
from operator import mul, sub
from statistics import median

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
_SHORTEST_STEM = 4
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


@dataclass(frozen=True, slots=True)
class Profile:
    """``head`` and ``foot`` are the first and last lines with every number as 0, ``bare`` the numbers that have such a
    line to themselves; ``references`` are long numbers anywhere, as of an account or an order, ``forms`` what forms are
    called ("W-2"), ``stems`` the longer words.

    ``names`` are names of document types in titles at the head, with how far each is to be believed; ``kinds`` is how
    loudly the page speaks for each known type, ``loudest`` the one it speaks for most and ``trust``, 0 to 1, how far it
    is ahead of the others and of nothing. ``is_closed`` says that the end of the page reads like that of a document."""

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
    names: Mapping[Phrase, float]
    kinds: Mapping[int, float]
    loudest: int | None
    trust: float
    marks: frozenset[str]


def make_profile(page: Page, found: Found) -> Profile:
    """The profile of a page with text, of which ``found`` is everything found on it."""
    text = page.text[:_LONGEST_TEXT]
    head = _list_lines(text[:_LONGEST_EDGE].splitlines())
    foot = _list_lines(reversed(text[-_LONGEST_EDGE:].splitlines()))[::-1]
    kinds = _weigh_kinds(found)
    loudest, trust = _find_loudest(kinds)
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
        names=_weigh_names(found, trust),
        kinds=kinds,
        loudest=loudest,
        trust=trust,
        marks=found.marks,
    )


def _list_lines(lines: Iterable[str]) -> list[str]:
    """The first of ``lines`` with letters or digits."""
    telling = (line.strip() for line in lines if any(map(str.isalnum, line)))
    return [line[:_LONGEST_LINE] for line in islice(telling, _EDGE_LINES)]


def _find_references(text: str) -> frozenset[str]:
    """Looked for only where there is more than letters: a reference is in one piece, and few pieces are candidates."""
    return frozenset(_REFERENCE.findall(" ".join(filterfalse(str.isalpha, text.split()))))


def _mask(line: str) -> str:
    return " ".join(_DIGITS.sub("0", line.casefold()).split())


def _measure_layout(words: Sequence[Word]) -> Layout | None:
    lefts, tops, _, bottoms = (words if isinstance(words, Words) else Words.of(words)).sample_edges(_SAMPLE)
    if len(lefts) < _FEWEST_WORDS:
        return None
    return Layout(letters=median(map(sub, bottoms, tops)), left=min(lefts))


def _weigh_names(found: Found, trust: float) -> dict[Phrase, float]:
    """A name that only a rule uses means that rule; of the others ("Notes") the rest of the page must bear it out."""
    known = load_index().names
    return {name: hit.strength * (trust if name in known else 1.0) for name, hit in found.titles.items()}


def _weigh_kinds(found: Found) -> dict[int, float]:
    return {kind: _add_up(features) for kind, features in measure_kinds(found).items()}


def _add_up(features: Mapping[str, float]) -> float:
    """Most types have nothing but words in common with a page."""
    scale = WEIGHTS.kind
    if len(features) == 1:
        ((name, value),) = features.items()
        return scale[name] * value
    return math.fsum(map(mul, map(scale.__getitem__, features), features.values()))


def _find_loudest(kinds: Mapping[int, float]) -> tuple[int | None, float]:
    if not kinds:
        return None, 0.0
    most = max(kinds.values())
    loudest = min(compress(kinds, map(most.__eq__, kinds.values())))
    others = math.fsum(map(math.exp, kinds.values()))
    return loudest, math.exp(most) / (others + math.exp(_NOTHING))
