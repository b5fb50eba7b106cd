"""Packets: how well the pages of files that hold several documents are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from classifyhub.bench.engine.corpus import Corpus, LabelledPage
from classifyhub.bench.engine.scores import mean
from classifyhub.engine import Reading, classify, compile_rules


def measure(corpus: Corpus, readings: Mapping[Path, Reading]) -> dict[str, float | None]:
    """Share of pages with a right type, and F1 of the borders, which are where the type changes."""
    ruleset = compile_rules(corpus.rules)
    said = {
        path: {page.page: page.type for page in classify(readings[path], ruleset).pages}
        for path in corpus.packet_paths
        if path in readings
    }
    by_file: dict[str, list[LabelledPage]] = defaultdict(list)
    for page in corpus.packets:
        by_file[page.file].append(page)
    right = [
        page.page in said.get(corpus.folder / page.file, {}) and said[corpus.folder / page.file][page.page] in page.good
        for page in corpus.packets
    ]
    borders = [_count_borders(pages, said.get(corpus.folder / name, {})) for name, pages in by_file.items()]
    hits, wanted, found = (sum(column) for column in zip(*borders, strict=True)) if borders else (0, 0, 0)
    share = mean(right)
    return {
        "pages": len(right),
        "page accuracy": None if share is None else round(share, 3),
        "border F1": round(2 * hits / (wanted + found), 3) if wanted + found else None,
    }


def _count_borders(pages: Sequence[LabelledPage], types: Mapping[int, str | None]) -> tuple[int, int, int]:
    """How many borders were found where one is, how many there are, and how many were found."""
    pages = sorted(pages, key=lambda page: page.page)
    if any(not page.document for page in pages):
        return 0, 0, 0
    pairs = list(pairwise(pages))
    wanted = {after.page for before, after in pairs if before.document != after.document}
    found = {after.page for before, after in pairs if types.get(before.page) != types.get(after.page)}
    return len(wanted & found), len(wanted), len(found)
