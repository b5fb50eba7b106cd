"""What moved an answer, as the pages draw it: the numbers for it, those against it, and the caution it began with.

The numbers are the engine's contributions: log-odds that sum to the stated confidence. They are shown to scale on one
axis, so that a glance tells what decided; small ones are folded together, and nothing is left out of the sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from classifyhub.engine.pack import name_kind
from jobs.models import Result
from rules.models import PresetVersion

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

BAR_WIDTH = 112  # pixels
SHOWN = 3  # of each side; the smaller ones are folded together
MINUS = "\N{MINUS SIGN}"
LEAST = 0.05  # in log-odds: what rounds to +0.0 tells nobody anything, unless it is all there is

# The engine's names in words of the desk, for translation. A name that is not here is shown as the engine gives it.
WORDS = {
    "Before reading": gettext_lazy("Before anything is read"),
    "No rule fits well enough": gettext_lazy("Before anything is weighed"),
    "Never quite certain": gettext_lazy("Never quite certain"),
    "How far the best rule is from fitting": gettext_lazy("How far the best rule is from fitting"),
    "Title names the type": gettext_lazy("Title names the type"),
    "Heading names the type": gettext_lazy("Heading names the type"),
    "Line near the top names the type": gettext_lazy("Line near the top names the type"),
    "First lines mention the type": gettext_lazy("First lines mention the type"),
    "Phrases typical of the type": gettext_lazy("Phrases typical of the type"),
    "Sections typical of the type": gettext_lazy("Sections typical of the type"),
    "Form of the document": gettext_lazy("Form of the document"),
    "Layout of its lines": gettext_lazy("Layout of its lines"),
    "Words typical of the type": gettext_lazy("Words typical of the type"),
    "Words of the rule": gettext_lazy("Words of the rule"),
    "Words of the rule in titles": gettext_lazy("Words of the rule in titles"),
    "Title holds the rule's own words": gettext_lazy("Title holds the rule's own words"),
    "Named as the rule is": gettext_lazy("Named as the rule is"),
    "Phrases of the rule": gettext_lazy("Phrases of the rule"),
    "Named among what it is not": gettext_lazy("Named among what it is not"),
    "As past decisions bear it out": gettext_lazy("As past decisions bear it out"),
}
# Said of any document, whatever stands on it.
CAUTION = frozenset({"Before reading", "No rule fits well enough", "Never quite certain"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name that holds a type between ``before`` and ``after``: its words where the type is a rule's, and where it is
    one the engine knows and no rule asks for."""

    before: str
    of_rule: StrPromise
    without_rule: StrPromise
    after: str = ""

    def find(self, name: str) -> str:
        """The type in ``name``; empty where the name is another one."""
        if not name.startswith(self.before) or not name.endswith(self.after):
            return ""
        return name[len(self.before) : len(name) - len(self.after)]


ALIKE = gettext_lazy("Like documents decided as %(type)s")
FOREIGN = gettext_lazy("Reads like %(type)s, which no rule asks for")
PATTERNS = (
    Pattern("Ahead of ", gettext_lazy("Ahead of %(type)s"), gettext_lazy("Ahead of %(type)s, which has no rule")),
    Pattern("Behind ", gettext_lazy("Behind %(type)s"), gettext_lazy("Behind %(type)s, which has no rule")),
    Pattern("Reads like ", FOREIGN, FOREIGN, after=", which no rule asks for"),
    Pattern("Like documents decided as ", ALIKE, ALIKE),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar lies, in pixels of an image ``BAR_WIDTH`` wide; ``axis`` is where nothing would lie."""

    axis: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Weight:
    """One number in log-odds and its words; ``bar`` starts at the axis and goes right for, left against. Caution has
    none: it says nothing of the document, and is often larger than all that does."""

    words: str
    value: float
    bar: Bar | None

    @property
    def is_against(self) -> bool:
        return self.value < 0

    @property
    def figure(self) -> str:
        """With its sign, which says the same as the side of the bar."""
        return sign(self.value)


@dataclass(frozen=True, slots=True)
class Side:
    """The numbers of one kind, largest first; ``folded`` are the small ones that ``rest`` sums up."""

    shown: tuple[Weight, ...] = ()
    folded: tuple[Weight, ...] = ()
    rest: Weight | None = None


@dataclass(frozen=True, slots=True)
class Weighing:
    """All numbers of an answer. ``total`` is their sum, the log-odds of the stated confidence."""

    speaks_for: Side
    speaks_against: Side
    caution: Side
    total: float

    @property
    def figure(self) -> str:
        return sign(self.total)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The best of the other types. ``points`` is how far it is behind the answer, in points of a hundred; null where
    the answer is no match."""

    type: str
    monogram: str
    score: float
    points: int | None


def weigh(result: Result | None, version: PresetVersion) -> Weighing | None:
    """The numbers behind ``result``; none where its provider gives none."""
    parts = [(part["name"], float(part["value"])) for part in (result.contributions if result else [])]
    if not parts:
        return None
    types = {rule["type"] for rule in version.rules}
    said = [(tell(name, types=types, lang=version.lang), value) for name, value in parts if name not in CAUTION]
    groups = (
        _fold(_sort((words, value) for words, value in said if value >= 0)),
        _fold(_sort((words, value) for words, value in said if value < 0)),
        _fold([(str(WORDS[name]), value) for name, value in parts if name in CAUTION], most=0),
    )
    scale = _Scale.of([value for group in groups[:2] for value in group.values])
    speaks_for, speaks_against = (_draw(group, scale.lay) for group in groups[:2])
    caution = _draw(groups[2], lambda _value: None)
    return Weighing(speaks_for, speaks_against, caution, total=math.fsum(value for _name, value in parts))


def runner_up(result: Result | None, letters: Mapping[str, str]) -> RunnerUp | None:
    """Which other type came closest; none where no other was scored."""
    candidates = result.candidates if result else []
    others = [candidate for candidate in candidates if result and candidate["type"] != result.type]
    if result is None or not others:
        return None
    best = max(others, key=lambda candidate: candidate["score"])
    own = next((candidate["score"] for candidate in candidates if candidate["type"] == result.type), None)
    points = None if own is None else round(100 * (own - best["score"]))
    return RunnerUp(best["type"], letters.get(best["type"], ""), best["score"], points)


def tell(name: str, *, types: Iterable[str], lang: str) -> str:
    """A contribution's name in words of the desk. A type in it that is none of the preset's own ``types`` is one the
    engine knows, and is named in ``lang`` where that has a name for it."""
    if name in WORDS:
        return str(WORDS[name])
    for pattern in PATTERNS:
        held = pattern.find(name)
        if held in types:
            return str(pattern.of_rule) % {"type": held}
        if held:
            return str(pattern.without_rule) % {"type": name_kind(held, lang)}
    return name


def sign(value: float) -> str:
    """One decimal with its sign, as in ``+2.4``; zero bears none."""
    shown = f"{abs(value):.1f}"
    return shown if shown == "0.0" else f"{MINUS if value < 0 else '+'}{shown}"


Part = tuple[str, float]


@dataclass(frozen=True, slots=True)
class _Group:
    """Numbers of one side, and which of them are folded together."""

    shown: Sequence[Part]
    folded: Sequence[Part]

    @property
    def rest(self) -> float:
        return math.fsum(value for _words, value in self.folded)

    @property
    def values(self) -> list[float]:
        return [*(value for _words, value in (*self.shown, *self.folded)), self.rest]


def _sort(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: -abs(part[1]))


def _fold(parts: Sequence[Part], *, most: int = SHOWN) -> _Group:
    """All but the largest ``most`` are folded, unless that is a single one: its line would be as long."""
    shown = [part for part in parts[:most] if abs(part[1]) >= LEAST] or parts[: min(most, 1)]
    return _Group(shown, parts[len(shown) :]) if len(parts) - len(shown) > 1 else _Group(parts, ())


@dataclass(frozen=True, slots=True)
class _Scale:
    """One axis for all bars, which reach as far to either side of it as the largest of that side."""

    left: float
    right: float

    @classmethod
    def of(cls, values: Iterable[float]) -> _Scale:
        found = (0.0, *values)
        return cls(-min(found), max(found))

    def lay(self, value: float) -> Bar:
        """Where the bar of ``value`` lies."""
        pixels = BAR_WIDTH / max(self.left + self.right, LEAST)
        axis, width = self.left * pixels, abs(value) * pixels
        return Bar(round(axis, 1), round(axis - width * (value < 0), 1), round(width, 1))


def _draw(group: _Group, lay: Callable[[float], Bar | None]) -> Side:
    def draw(parts: Iterable[Part]) -> tuple[Weight, ...]:
        return tuple(Weight(words, value, lay(value)) for words, value in parts)

    rest = Weight("", group.rest, lay(group.rest)) if group.folded else None
    return Side(draw(group.shown), draw(group.folded), rest)
