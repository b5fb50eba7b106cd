"""The curve of what decisions bring, on invented papers and with classifiers that are known to learn or not to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.learning import draw_curve
from classifyhub.engine import Answer, Page, Reading
from classifyhub.engine.model import Candidate

WORDS = {
    "till slip": "cashier drawer barcode loyalty tender change",
    "gate pass": "warden barrier plate visitor escort",
}
NOTHING = Answer(None, 0.6, "", candidates=(Candidate("till slip", 0.4), Candidate("gate pass", 0.4)))


@pytest.fixture
def documents(tmp_path):
    """Six papers of each type from one shop, and one of another that nothing can be learned for."""
    found = []
    for label, words in WORDS.items():
        for number in range(7):
            path = tmp_path / f"{label}{number}.txt"
            path.write_text(f"{words} {words} number{number}x")
            found.append(Labelled(path, label, "elsewhere" if number == 6 else "shop", is_scan=False))
    return found


@pytest.fixture
def readings(documents):
    return {item.path: Reading("text/plain", 1, (Page(1, item.path.read_text(), "layer"),)) for item in documents}


def never_learns(document, recall):
    return NOTHING


def does_as_decided(document, recall):
    votes = recall.judge(NOTHING.candidates).votes if recall else ()
    best = max(votes, key=lambda vote: vote.value, default=None)
    return replace(NOTHING, type=best.type, confidence=0.9) if best else NOTHING


def test_a_classifier_that_learns_is_seen_to(documents, readings):
    [point] = draw_curve(documents, readings, does_as_decided, decisions=[3])
    assert (point.types, point.unaided, point.aided, point.worst) == (2, 0.0, 1.0, 1.0)
    assert point.aided_brier < point.unaided_brier


def test_one_that_does_not_is_seen_not_to(documents, readings):
    [point] = draw_curve(documents, readings, never_learns, decisions=[3])
    assert (point.unaided, point.aided, point.worst) == (0.0, 0.0, 0.0)


def test_only_documents_of_decided_sources_are_asked(documents, readings):
    [point] = draw_curve(documents, readings, never_learns, decisions=[3], draws=2)
    assert point.tested == 2 * 2 * (6 - 3)


def test_there_is_no_point_where_nothing_is_left_to_ask(documents, readings):
    assert draw_curve(documents, readings, never_learns, decisions=[6, 10]) == []


def test_documents_that_cannot_be_read_take_no_part(documents):
    assert draw_curve(documents, {}, never_learns) == []
