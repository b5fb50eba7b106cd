"""The findings as tables for the terminal, at most 120 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_OF_ANSWERS = {
    "documents": "docs",
    "accuracy": "right",
    "top-1": "top-1",
    "macro-F1": "F1",
    "AUROC": "AUROC",
    "null recall": "none",
    "ECE": "ECE",
    "ECE noise": "noise",
    "Brier": "Brier",
    "log-loss": "loss",
}
_OF_FOLDS = {
    "coverage": "cover",
    "coverage, right": "right",
    "straight through": "auto",
    "straight through, right": "right",
}
_OF_TYPES = {"documents": "docs", "right": "right", "top-1": "top-1"}
_OF_LEARNING = {
    "types": "types",
    "tested": "tested",
    "unaided": "before",
    "aided": "after",
    "worst": "least gain",
    "unaided Brier": "Brier before",
    "aided Brier": "after",
}
_OF_TEXTS = {"texts": "texts", "labels": "labels", "accuracy": "right", "top-1": "top-1"}
LEGEND = """
right: share of right answers, no match included. top-1: best candidate right, whatever the threshold said. F1: mean
over the types. AUROC: typed documents told from those no rule fits. none: of the latter, how many were said to be.
ECE: calibration error, noise: what honest confidences would show. cover: share that passes, no match included, at
98 % right by a threshold that other documents chose, and how many of those were right; auto: the same with a type."""
_NAME = 34
_CELL = 5
_WIDTH = 118

Row = Mapping[str, Any]


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """A head, then a table for each part that was measured."""
    yield f"{results['engine']}: {results['documents']} labelled documents, {results['files read']} files read"
    yield from _table("answers", _OF_ANSWERS | _OF_FOLDS, results["accuracy"])
    yield from _table("of all rules, documents", _OF_ANSWERS, results["slices"])
    yield LEGEND
    yield from _table("by type", _OF_TYPES, {found["type"]: found for found in results["types"]})
    yield from _table("learning: decisions for each type", _OF_LEARNING, results["learning"])
    yield from _table("short texts, labels as rules", _OF_TEXTS, _flatten_texts(results["texts"]))
    for part in ("packets", "speed"):
        yield from _list_figures(part, results.get(part, {}))
    yield from _list_aims(results["aims"])


def _table(title: str, columns: Mapping[str, str], rows: Mapping[str, Row]) -> Iterator[str]:
    """Nothing where nothing was measured."""
    if rows:
        yield ""
        yield write_row(title, columns.values(), heads=columns.values())
        for name, found in rows.items():
            line = write_row(name, map(found.get, columns), heads=columns.values())
            yield f"{line}  {_write_errors(found)}"[:_WIDTH].rstrip()


def _write_errors(found: Row) -> str:
    taken = found.get("taken for") or {}
    return ("taken for " if taken else "") + ", ".join(f"{name} {count}" for name, count in taken.items())


def _flatten_texts(texts: Mapping[str, Row]) -> dict[str, Row]:
    """A row for each set of texts and each method."""
    return {
        f"{name}, {method}": {"texts": found["texts"], "labels": found["labels"], **figures}
        for name, found in texts.items()
        for method, figures in found["methods"].items()
    }


def _list_figures(part: str, found: Any) -> Iterator[str]:
    """Whatever was measured, a figure a line, each under the names that lead to it."""
    if found:
        yield from ("", part)
        yield from (f"  {name:76}  {show(value)}" for name, value in _walk("", found))


def _walk(name: str, found: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from _walk(f"{name}, {key}" if name else str(key), value)
    else:
        yield name, found


def _list_aims(aims: Iterable[Row]) -> Iterator[str]:
    heads = ("aim".rjust(8), "reached".rjust(8), "")
    yield from ("", write_row("aims", heads, heads=heads))
    for found in aims:
        cells = (found["aim"], f"{found['reached']:.4g}", "met" if found["is_met"] else "short")
        yield write_row(found["name"], cells, heads=heads)


def write_row(name: str, cells: Iterable[Any], *, heads: Iterable[str]) -> str:
    """A name and its figures, each under its head."""
    pairs = zip(cells, heads, strict=True)
    return " ".join(
        [name[:_NAME].ljust(_NAME), *(show(cell).rjust(max(_CELL, len(head))) for cell, head in pairs)]
    ).rstrip()


def show(value: Any) -> str:
    """Shares to three digits, counts whole, nothing as a dash."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) and abs(value) < 10 else str(value)
