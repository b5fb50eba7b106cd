"""The whole bench on a small corpus: every part is measured, printed and kept, and adds up."""

from __future__ import annotations

import contextlib
import io
import json

import pytest

from classifyhub.bench.engine import __main__ as bench
from classifyhub.bench.engine import aims, table
from classifyhub.bench.engine.slices import list_types, slice_by_language, slice_by_text
from classifyhub.bench.engine.texts import load_texts, measure
from tests.bench.test_scores import UNREAD, said
from tests.engine.documents import make_reading


@pytest.fixture(scope="module")
def run(corpus, readings, cache, tmp_path_factory):
    """The JSON, the answers and what was printed."""
    folder, printed = tmp_path_factory.mktemp("output"), io.StringIO()
    options = {"--cache": cache, "--output": folder / "found.json", "--answers": folder / "answers.jsonl"}
    with contextlib.redirect_stdout(printed):
        bench.main(
            [
                str(corpus.folder),
                "--folds",
                "2",
                "--encoder",
                "off",
                "--repeats",
                "1",
                *(str(part) for option in options.items() for part in option),
            ]
        )
    answers = [json.loads(line) for line in options["--answers"].read_text().splitlines()]
    return json.loads(options["--output"].read_text()), answers, printed.getvalue()


def test_every_part_is_in_the_json(run):
    found, _, _ = run
    assert found.keys() >= {"engine", "accuracy", "slices", "types", "learning", "packets", "texts", "speed", "aims"}
    assert found["documents"] == 56
    assert found["files read"] == 57
    assert found["accuracy"]["all rules"]["documents"] == 56
    assert found["texts"]["notes"]["texts"] == 3
    assert found["learning"]["1"]["types"] == 7


def test_the_table_is_no_wider_than_a_terminal(run):
    _, _, printed = run
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 120
    assert any(line.startswith("all rules") for line in lines)
    assert "right, no match included" in printed


def test_the_answers_are_written_one_a_line_and_come_to_the_same(run, corpus):
    found, answers, _ = run
    truths = {document.path.relative_to(corpus.folder).as_posix(): document.label for document in corpus.documents}
    documents = [answer for answer in answers if answer["file"] in truths]
    right = sum(answer["type"] == truths[answer["file"]] for answer in documents)
    assert len(documents) == len(truths)
    assert right / len(truths) == pytest.approx(found["accuracy"]["all rules"]["accuracy"], abs=1e-4)
    [packet] = [answer for answer in answers if answer["file"] not in truths]
    assert [(page["page"], page["type"]) for page in packet["pages"]] == [(1, "invoice"), (2, "resume")]


RESULTS = {"accuracy": {"all rules": {"accuracy": 0.9, "ECE": 0.07, "ECE noise": 0.055}}, "learning": {"5": {}}}


def test_aims_stand_beside_what_was_reached():
    found = {item["name"]: item for item in aims.compare(RESULTS)}
    assert found["right, no match included"]["is_met"]
    assert found["calibration error above noise"]["reached"] == 0.015
    assert found["calibration error above noise"]["is_met"]


def test_what_was_not_measured_is_not_judged():
    assert list(aims.compare({})) == []
    assert len(list(aims.compare(RESULTS))) == 2


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0.12345, "0.123"), (-0.05, "-0.050"), (54.5, "54.5"), (7, "7"), ("≥ 1", "≥ 1")]
)
def test_figures_are_shown_with_as_many_digits_as_matter(value, shown):
    assert table.show(value) == shown


def test_types_say_what_their_documents_were_taken_for():
    answers = [said("memo", "memo"), said("memo", "plan"), said("memo", None, best="memo"), UNREAD, said(None, "memo")]
    memo, nothing = list_types(answers)
    assert memo == {
        "type": "memo",
        "documents": 4,
        "right": 0.25,
        "top-1": 0.5,
        "taken for": {"plan": 1, "no match": 1, "unanswered": 1},
    }
    assert (nothing["type"], nothing["right"], nothing["top-1"]) == ("no match", 0.0, None)


def test_slices_part_the_same_answers(corpus):
    first, second, third = corpus.documents[:3]
    right, wrong = said("invoice", "invoice"), said("invoice", "menu")
    readings = {
        first.path: make_reading("This is the bill for the goods of the month, to be paid by the end of it."),
        second.path: make_reading("Das ist die Rechnung für die Ware, zu zahlen mit der Post und nicht mit Geld."),
    }
    trial = [[(first, right), (second, wrong)], [(third, right)]]
    assert slice_by_text(trial, readings)["text layer"] == [right, wrong, right]
    assert slice_by_text(trial, readings)["some page read by OCR"] == []
    assert slice_by_language(trial, readings) == {
        "in English": [right],
        "in other languages": [wrong],
        "too few words to tell": [right],
        "de": [wrong],
    }


def test_short_texts_are_documents_of_one_page_and_their_labels_are_the_rules(corpus):
    path = corpus.folder / "text" / "notes.csv"
    found = load_texts(path)
    assert [rule.type for rule in found.rules] == ["invoice", "resume"]
    assert [document.label for document in found.documents] == ["invoice", "resume", "resume"]
    methods = measure(path)["methods"]
    assert methods["BM25"]["top-1"] == pytest.approx(2 / 3, abs=1e-4)
    assert methods.keys() == {"engine", "fast path", "BM25", "cosine of words"}
