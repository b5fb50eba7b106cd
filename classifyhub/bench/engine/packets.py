"""Packets: how well the documents of files that hold several are told apart and typed, and how often a file that holds
one is torn apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from classifyhub.bench.engine import fit_borders, fit_cases, fitting
from classifyhub.bench.engine.corpus import Corpus, LabelledPage
from classifyhub.bench.engine.scores import mean
from classifyhub.bench.engine.trials import fold_by_source
from classifyhub.engine import Reading, compile_rules
from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import scan_page
from classifyhub.engine.packets import Split, split
from classifyhub.engine.packets.weights import BorderWeights
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import fits, judge
from classifyhub.engine.weights import Weights

Readings = Mapping[Path, Reading]


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one page: its type, and the number of its document in the file."""

    type: str | None
    document: int


def measure(corpus: Corpus, readings: Readings) -> dict[str, float | int | None]:
    """Share of pages with a right type, F1 of the borders, and how many of the files that hold one document are split.

    Nothing is judged by numbers that saw its like: those of the rules and those of the borders are fitted anew without
    the sources that a packet, or a fold of single documents, was taken from."""
    profiles = fit_borders.profile_all(corpus.documents, readings)
    told = dict(_answer_packets(corpus, readings, profiles))
    torn = _count_torn(corpus, readings, profiles)
    return score(corpus, told) | {"single documents": len(torn), "of these split": sum(torn)}


def score(corpus: Corpus, told: Mapping[str, Mapping[int, Told]]) -> dict[str, float | int | None]:
    """Pages that nothing is said of are wrong; borders are counted where every page of a file has a labelled number."""
    by_file: dict[str, list[LabelledPage]] = defaultdict(list)
    for page in corpus.packets:
        by_file[page.file].append(page)
    right = [
        page.page in told.get(page.file, {}) and told[page.file][page.page].type in page.good for page in corpus.packets
    ]
    borders = [_count_borders(pages, told.get(name, {})) for name, pages in by_file.items()]
    hits, wanted, found = (sum(column) for column in zip(*borders, strict=True)) if borders else (0, 0, 0)
    share = mean(right)
    return {
        "pages": len(right),
        "page accuracy": None if share is None else round(share, 3),
        "border F1": round(2 * hits / (wanted + found), 3) if wanted + found else None,
    }


def _count_borders(pages: Iterable[LabelledPage], told: Mapping[int, Told]) -> tuple[int, int, int]:
    """How many borders were found where one is, how many there are, and how many were found."""
    pages = sorted(pages, key=lambda page: page.page)
    if any(not page.document for page in pages):
        return 0, 0, 0
    pairs = list(pairwise(pages))
    wanted = {after.page for before, after in pairs if before.document != after.document}
    known = [
        (told[before.page], told[after.page], after.page)
        for before, after in pairs
        if {before.page, after.page} <= told.keys()
    ]
    found = {number for before, after, number in known if before.document != after.document}
    return len(wanted & found), len(wanted), len(found)


def _answer_packets(
    corpus: Corpus, readings: Readings, profiles: fit_borders.Profiles
) -> Iterable[tuple[str, dict[int, Told]]]:
    readable = [document for document in corpus.documents if _has_text(readings, document.path)]
    cases = fit_cases.measure(readable, readings, corpus.rules)
    ruleset = compile_rules(corpus.rules)
    fitted: dict[frozenset[str], tuple[Weights, BorderWeights]] = {}
    for name in dict.fromkeys(page.file for page in corpus.packets):
        if not _has_text(readings, corpus.folder / name):
            continue
        held = list_sources(corpus, name)
        if held not in fitted:
            rows = [row for row, document in enumerate(readable) if document.source not in held]
            kept = [readable[row] for row in rows]
            fitted[held] = fitting.fit(cases.take(rows)), fit_borders.fit(kept, profiles)
        yield name, _answer(readings[corpus.folder / name], ruleset, *fitted[held])


def list_sources(corpus: Corpus, packet: str) -> frozenset[str]:
    """The sources of the documents that a packet was put together from, or of files beside the one it was found as."""
    taken = {page.source for page in corpus.packets if page.file == packet}
    owners = {source.partition("/")[0] for source in taken}
    return frozenset(
        document.source
        for document in corpus.documents
        if document.path.relative_to(corpus.folder).as_posix() in taken or document.source.rpartition("/")[2] in owners
    )


def _answer(reading: Reading, ruleset: RuleSet, weights: Weights, borders: BorderWeights) -> dict[int, Told]:
    """As ``classify`` answers for pages, by other numbers."""
    parts = _split(reading, ruleset, borders)
    types = []
    for part in parts.parts:
        found = part.merge(reading)
        best = judge(found, ruleset, weights=weights)[0] if found else None
        types.append(best.label if best and fits(best, weights=weights) else None)
    places = {page.number: parts.find_part(page.number) for page in reading.pages}
    return {number: Told(types[place], place + 1) for number, place in places.items()}


def _split(reading: Reading, ruleset: RuleSet, borders: BorderWeights) -> Split:
    pages = [page for page in reading.pages if page.source != "none"]
    scanned = [(page, scan_page(page, ruleset, marks=find_marks(reading, page))) for page in pages]
    return split(reading, scanned, weights=borders)


def _count_torn(corpus: Corpus, readings: Readings, profiles: fit_borders.Profiles) -> list[bool]:
    """For each single document whether it was split, its attachments aside."""
    torn = []
    ruleset = compile_rules(corpus.rules)
    for fold in fold_by_source(corpus):
        rest = [document for document in corpus.documents if document not in fold]
        borders = fit_borders.fit(rest, profiles)
        for document in fold:
            if _has_text(readings, document.path):
                reading = readings[document.path]
                parts = _split(reading, ruleset, borders).parts
                torn.append(sum(part.first <= reading.own_pages for part in parts) > 1)
    return torn


def _has_text(readings: Readings, path: Path) -> bool:
    return path in readings and readings[path].has_text
