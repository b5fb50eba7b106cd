"""The answers themselves, one JSON object a line, for whoever wants to count for themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifyhub.bench.engine.corpus import Corpus, Labelled
from classifyhub.bench.engine.judging import Readings, Trial
from classifyhub.bench.engine.scores import Said
from classifyhub.engine import classify, compile_rules


def write_answers(path: Path, trial: Trial, corpus: Corpus, readings: Readings) -> None:
    """``file``, ``type``, ``confidence``, the best of the ``candidates`` and, of packets, all ``pages``."""
    records = [_record(corpus, document, said) for fold in trial for document, said in fold]
    records += _list_packets(corpus, readings)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")


def _record(corpus: Corpus, document: Labelled, said: Said) -> dict[str, Any]:
    return {
        "file": document.path.relative_to(corpus.folder).as_posix(),
        "type": said.type,
        "confidence": said.confidence,
        "candidates": [{"type": said.best, "score": said.score}] if said.best else [],
        "error": None if said.is_answered else "not read",
    }


def _list_packets(corpus: Corpus, readings: Readings) -> Iterator[dict[str, Any]]:
    ruleset = compile_rules(corpus.rules)
    for path in corpus.packet_paths:
        if path in readings:
            answer = classify(readings[path], ruleset)
            yield {
                "file": path.relative_to(corpus.folder).as_posix(),
                "type": answer.type,
                "confidence": answer.confidence,
                "pages": [page.to_json() for page in answer.pages],
            }
