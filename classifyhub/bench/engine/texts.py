"""Short texts with labels, as in collections for news or requests: the names of the labels are all the rules say."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifyhub.bench.engine import baselines
from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.judging import Readings, make_classifier
from classifyhub.bench.engine.scores import Said, accuracy, top1
from classifyhub.bench.engine.trials import ask
from classifyhub.engine import Reading, Rule, classify, compile_rules
from classifyhub.engine.readers.flow import make_page
from classifyhub.engine.weights import WEIGHTS


@dataclass(frozen=True, slots=True)
class TextSet:
    """Texts as documents of one page."""

    documents: tuple[Labelled, ...]
    readings: Readings
    rules: tuple[Rule, ...]


def load_texts(path: Path) -> TextSet:
    """From a CSV file with the columns ``text`` and ``label``. Raises ``OSError`` or ``KeyError``."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    documents = tuple(
        Labelled(path / str(number), label, path.name, is_scan=False) for number, (_, label) in enumerate(rows)
    )
    readings = {
        document.path: Reading("text/plain", 1, (make_page(1, text),))
        for document, (text, _) in zip(documents, rows, strict=True)
    }
    return TextSet(documents, readings, tuple(Rule(label) for label in sorted({label for _, label in rows})))


def measure(path: Path) -> dict[str, Any]:
    """The engine as it is shipped, which was fitted to none of these, and the baselines. "No match" is never right."""
    found = load_texts(path)
    ruleset = compile_rules(found.rules)
    words = baselines.count_words(found.readings)
    types = frozenset(rule.type for rule in found.rules)
    rows = {
        "engine": ask(found.documents, found.readings, found.rules, lambda reading, _: classify(reading, ruleset)),
        "fast path": ask(found.documents, found.readings, found.rules, make_classifier(WEIGHTS, compares=False)),
    } | {
        name: baselines.guess(found.documents, score(words, found.rules), types)
        for name, score in baselines.list_baselines().items()
    }
    methods = {name: _sum_up(said) for name, said in rows.items()}
    return {"texts": len(found.documents), "labels": len(types), "methods": methods}


def _sum_up(said: Iterable[Said]) -> dict[str, float]:
    found = list(said)
    return {"accuracy": round(accuracy(found) or 0.0, 4), "top-1": round(top1(found) or 0.0, 4)}
