"""What is aimed at, beside what was reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifyhub.bench.engine.learning import DECISIONS
from classifyhub.bench.engine.speed import KEPT_FIGURE
from classifyhub.bench.figures import Aim

Path = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure by its place in the results; with ``beside``, by how much it lies above the figure there."""

    name: str
    path: Path
    aim: Aim
    beside: Path = ()


def _at_least(bound: float) -> Aim:
    return Aim(bound, is_least=True)


AIMS = (
    Wanted("right, no match included", ("accuracy", "all rules", "accuracy"), _at_least(0.88)),
    Wanted("top-1, types the pack knows", ("accuracy", "all rules", "top-1"), _at_least(0.92)),
    Wanted("top-1, types it does not know", ("accuracy", "type unknown to the pack", "top-1"), _at_least(0.70)),
    Wanted("right, rules of at most five words", ("accuracy", "terse rules", "accuracy"), _at_least(0.82)),
    Wanted("AUROC, half of the rules removed", ("accuracy", "half of the rules", "AUROC"), _at_least(0.95)),
    Wanted(
        "calibration error above noise",
        ("accuracy", "all rules", "ECE"),
        Aim(0.02),
        beside=("accuracy", "all rules", "ECE noise"),
    ),
    Wanted("straight through at 98 %", ("accuracy", "all rules", "straight through"), _at_least(0.50)),
    Wanted("of these right", ("accuracy", "all rules", "straight through, right"), _at_least(0.97)),
    Wanted("right after 5 decisions a type", ("learning", "5", "aided"), _at_least(0.93)),
    Wanted("right after 10 decisions a type", ("learning", "10", "aided"), _at_least(0.95)),
    *(
        Wanted(f"least gain in a draw, {count} a type", ("learning", str(count), "worst"), _at_least(0.0))
        for count in DECISIONS
    ),
    Wanted("pages of packets right", ("packets", "page accuracy"), _at_least(0.82)),
    Wanted("borders in packets, F1", ("packets", "border F1"), _at_least(0.88)),
    Wanted("news in 4 groups, right", ("texts", "ag_news_500", "methods", "engine", "accuracy"), _at_least(0.80)),
    Wanted(
        "requests in 77 groups, right", ("texts", "banking77_500", "methods", "engine", "accuracy"), _at_least(0.62)
    ),
    Wanted("text PDFs, time / PDFium alone", ("speed", "text PDFs: engine / PDFium alone"), Aim(2.5)),
    Wanted("text PDFs, pages/s on 2 cores", ("speed", "text PDFs: pages/s, two at once"), _at_least(100)),
    Wanted("scans, pages/s / bare tesseract", ("speed", "scans: pages/s / bare tesseract"), _at_least(0.95)),
    Wanted("1,000 kept documents, new rules, s", ("speed", KEPT_FIGURE), Aim(1.0)),
    Wanted("cold start, s", ("speed", "cold start of manage.py classify, s"), Aim(1.5)),
    Wanted("memory with the encoder, MB", ("speed", "memory with the sentence encoder loaded, MB"), Aim(400)),
)


def compare(results: Mapping[str, Any], aims: Sequence[Wanted] = AIMS) -> Iterator[dict[str, Any]]:
    """Each aim whose figure was measured, as plain values."""
    for wanted in aims:
        value, base = _find(results, wanted.path), _find(results, wanted.beside) if wanted.beside else 0.0
        if value is None or base is None:
            continue
        reached = round(value - base, 4)
        yield {
            "name": wanted.name,
            "aim": str(wanted.aim),
            "reached": reached,
            "is_met": wanted.aim.is_met_by(reached),
        }


def _find(results: Any, path: Path) -> float | None:
    for key in path:
        if not isinstance(results, Mapping) or key not in results:
            return None
        results = results[key]
    return results if isinstance(results, int | float) else None
