"""The findings as one table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from classifyhub.bench.figures import Figure, write
from classifyhub.bench.sections import SECTIONS

COLUMNS = ("", "median (lowest–highest)", "beside", "ratio", "aim", "")
LINES_OF_FAILURE = 20
WIDTHS = (46, 34, 32, 18, 9, 5)


def lines(machine: dict[str, Any], results: list[dict[str, Any]]) -> Iterator[str]:
    """A head, then each section with a row per figure."""
    yield f"ClassifyHub {machine['commit']}, {machine['cores']} cores, Python {machine['python']}, {machine['at']}"
    yield ""
    yield _row(COLUMNS)
    for result in results:
        yield ""
        yield from _section(result)


def _section(result: dict[str, Any]) -> Iterator[str]:
    before, after = result["load"]
    name = result["section"]
    yield f"{name}, {result['place']}: {SECTIONS[name].words}"
    yield f"  load {before} before, {after} after; {result['seconds']:.0f} s"
    yield from (_figure(Figure.from_json(data)) for data in result.get("figures", ()))
    if "skipped" in result:
        yield f"  skipped: {result['skipped']}"
    if "failed" in result:
        yield "  failed:"
        yield from (f"    {line}" for line in result["failed"].splitlines()[-LINES_OF_FAILURE:])


def _figure(figure: Figure) -> str:
    cells = (
        f"  {figure.name}",
        f"{figure.value} {figure.unit}",
        f"{write(figure.baseline.middle)} {figure.beside}" if figure.baseline else "",
        str(figure.ratio or ""),
        str(figure.aim or ""),
        {True: "ok", False: "short", None: ""}[figure.is_met],
    )
    return _row(cells)


def _row(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
