"""Put measured figures into a page: ``python -m classifyhub.bench.engine.page RESULTS.json PAGE.md``.

Where the page says ``<!-- figures: answers -->`` there follows, up to ``<!-- end -->``, the table of that name. What
stands around the tables is written by people and stays as it is."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

_BLOCK = re.compile(r"(<!-- figures: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_OF_ANSWERS = {
    "documents": "documents",
    "accuracy": "right",
    "top-1": "best candidate right",
    "macro-F1": "macro-F1",
    "AUROC": "AUROC",
    "null recall": "no match recognised",
    "ECE": "ECE",
    "ECE noise": "honest noise",
    "Brier": "Brier",
    "log-loss": "log-loss",
}
_OF_PASSING = {
    "coverage": "pass, no match included",
    "coverage, right": "of these right",
    "straight through": "pass with a type",
    "straight through, right": "of these right",
}
_OF_TYPES = {"documents": "documents", "right": "right", "top-1": "best candidate right"}
_OF_LEARNING = {
    "types": "types",
    "tested": "answers",
    "unaided": "right before",
    "aided": "right after",
    "worst": "least gain in a draw",
    "unaided Brier": "Brier before",
    "aided Brier": "Brier after",
}
_OF_TEXTS = {"texts": "texts", "labels": "labels", "accuracy": "right", "top-1": "best candidate right"}


def fill_in(page: str, results: Row) -> str:
    """The page with its tables anew; one whose part was not measured stays as it is. Raises ``KeyError`` for a table of
    a name that there is none of."""

    def write(block: re.Match[str]) -> str:
        part, table = TABLES[block[2]]
        return "\n".join([block[1].rstrip(), *table(results), block[3]]) if results.get(part) else block[0]

    return _BLOCK.sub(write, page)


def _write_aims(results: Row) -> Iterator[str]:
    rows = (
        (found["name"], found["aim"], found["reached"], "" if found["is_met"] else "short") for found in results["aims"]
    )
    return _write_table(("", "aim", "reached", ""), rows)


def _write_types(results: Row) -> Iterator[str]:
    rows = (
        (found["type"], *map(found.get, _OF_TYPES), ", ".join(f"{name} {n}" for name, n in found["taken for"].items()))
        for found in results["types"]
    )
    return _write_table(("type", *_OF_TYPES.values(), "taken for"), rows)


def _write_texts(results: Row) -> Iterator[str]:
    rows = (
        (f"{name}, {method}", *map({**found, **figures}.get, _OF_TEXTS))
        for name, found in results["texts"].items()
        for method, figures in found["methods"].items()
    )
    return _write_table(("", *_OF_TEXTS.values()), rows)


def _of_rows(part: str, head: str, columns: Mapping[str, str]) -> Callable[[Row], Iterator[str]]:
    return lambda results: _write_table(
        (head, *columns.values()), ((name, *map(found.get, columns)) for name, found in results[part].items())
    )


def _of_figures(part: str) -> Callable[[Row], Iterator[str]]:
    return lambda results: _write_table(("", "figure"), results[part].items())


TABLES: Mapping[str, tuple[str, Callable[[Row], Iterator[str]]]] = {
    "aims": ("aims", _write_aims),
    "answers": ("accuracy", _of_rows("accuracy", "", _OF_ANSWERS)),
    "passing": ("accuracy", _of_rows("accuracy", "", _OF_PASSING)),
    "slices": ("slices", _of_rows("slices", "", _OF_ANSWERS)),
    "types": ("types", _write_types),
    "learning": ("learning", _of_rows("learning", "decisions a type", _OF_LEARNING)),
    "texts": ("texts", _write_texts),
    "packets": ("packets", _of_figures("packets")),
    "speed": ("speed", _of_figures("speed")),
}
"""By name: the part of the results that is shown, and how."""


def _write_table(heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' --: |' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(map(_write, row))} |"


def _write(value: Any) -> str:
    """Shares to three digits, counts whole, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1 else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def main(arguments: Sequence[str]) -> int:
    """Exit status 2 where the two files are not given."""
    if len(arguments) != 2:
        print("usage: python -m classifyhub.bench.engine.page RESULTS.json PAGE.md", file=sys.stderr)
        return 2
    results, page = map(Path, arguments)
    found = json.loads(results.read_bytes())
    page.write_text(fill_in(page.read_text(encoding="utf-8"), found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
