"""What was measured, beside what it was measured against and what is aimed at: one row of the table each."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class SkippedError(Exception):
    """This machine lacks what the section needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Lowest, median and highest of the repeats: how far to trust the one in the middle."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Of one value or more."""
        ordered = sorted(values)
        return cls(ordered[0], statistics.median(ordered), ordered[-1])

    def __str__(self) -> str:
        if self.low == self.high:
            return write(self.middle)
        return f"{write(self.middle)} ({write(self.low)}–{write(self.high)})"


@dataclass(frozen=True, slots=True)
class Aim:
    """A bound for a figure's value or, with ``of_ratio``, for its ratio to the baseline."""

    bound: float
    is_least: bool = False
    of_ratio: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {write(self.bound)}{'×' if self.of_ratio else ''}"

    def is_met_by(self, number: float) -> bool:
        """Whether ``number`` is on the right side, or on the bound itself."""
        return number >= self.bound if self.is_least else number <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value. ``baseline`` was measured in the same run, ``beside`` says what it is, and ``ratio`` is value
    to baseline, repeat by repeat."""

    name: str
    value: Spread
    unit: str = ""
    baseline: Spread | None = None
    beside: str = ""
    ratio: Spread | None = None
    aim: Aim | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the median reaches the aim; null where there is none."""
        judged = self.ratio if self.aim and self.aim.of_ratio else self.value
        return self.aim.is_met_by(judged.middle) if self.aim and judged else None

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the verdict for who reads ``bench.json``."""
        return asdict(self) | {"is_met": self.is_met}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Figure:
        """Rebuild what ``to_json`` wrote."""
        spreads = {name: Spread(**data[name]) for name in ("value", "baseline", "ratio") if data[name]}
        aim = Aim(**data["aim"]) if data["aim"] else None
        return cls(name=data["name"], unit=data["unit"], beside=data["beside"], aim=aim, **spreads)


def compare(
    name: str, values: Iterable[float], baselines: Iterable[float], *, unit: str, beside: str, aim: Aim | None = None
) -> Figure:
    """A figure whose repeats were each measured next to their own baseline."""
    pairs = list(zip(values, baselines, strict=True))
    return Figure(
        name=name,
        value=Spread.of(value for value, _baseline in pairs),
        unit=unit,
        baseline=Spread.of(baseline for _value, baseline in pairs),
        beside=beside,
        ratio=Spread.of(value / baseline for value, baseline in pairs),
        aim=aim,
    )


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that is not below ``share`` (0 to 1) of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def write(number: float) -> str:
    """Three digits that matter, and no more than the noise allows."""
    digits = 0 if abs(number) >= 100 or number == int(number) else 1 if abs(number) >= 10 else 2
    return f"{number:,.{digits}f}"
