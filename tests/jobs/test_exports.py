"""A run taken away as CSV or JSON lines: complete, in order, safe in a spreadsheet, and never all at once in memory."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import erasure, exports, pipeline, review
from jobs.models import Run
from tests.support.factories import a_document, a_member, a_project, a_run, a_version, an_item

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def load(run: Run) -> Run:
    return Run.objects.select_related("version__preset").get(pk=run.pk)


def rows_of(run: Run) -> list[dict[str, str]]:
    text = "".join(exports.csv_lines(load(run)))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_every_document_is_a_line_in_the_order_it_came():
    project = a_project()
    names = ["b.txt", "a.txt", "ü,\"'\n.txt"]
    run = a_run(project, documents=[a_document(project, name=name) for name in names])
    rows = rows_of(run)
    assert [row["document"] for row in rows] == ["b.txt", "a.txt", "ü,\"' .txt"]
    assert list(rows[0]) == list(exports.COLUMNS)
    assert (rows[0]["status"], rows[0]["type"], rows[0]["confidence"]) == ("PENDING", "", "")


def test_the_decided_type_stands_first_and_the_machines_beside_it():
    project = a_project()
    item = an_item(project, type="Invoice", confidence=0.5)
    by = a_member(project)
    held = review.claim(item, by=by)
    review.decide(held.item, "Letter", token=held.claim.token, by=by)
    [row] = rows_of(item.job.run)
    assert (row["type"], row["machine_type"], row["confidence"]) == ("Letter", "Invoice", "0.5")
    assert (row["review"], row["decided_by"]) == ("overridden", by.email)
    assert row["preset_version"] == item.job.version.label


@pytest.mark.parametrize("name", ["=1+1.txt", "+1.txt", "-1.txt", "@SUM(A1).txt", "=cmd|' C'!A0"])
def test_a_name_that_looks_like_a_formula_is_text_to_a_spreadsheet(name):
    project = a_project()
    run = a_run(project, documents=[a_document(project, name=name)])
    assert rows_of(run)[0]["document"] == f"'{name}"


def test_json_lines_carry_reasoning_candidates_and_evidence_and_names_as_they_are():
    project = a_project()
    item = an_item(project, document=a_document(project, name="=ü.txt"))
    [line] = exports.json_lines(load(item.job.run))
    record = json.loads(line)
    assert line.endswith("\n")
    assert "ü" in line
    assert (record["document"], record["type"], record["reasoning"]) == ("=ü.txt", "Invoice", "Echo.")
    assert [candidate["type"] for candidate in record["candidates"]] == ["Invoice", "Letter"]
    assert record["evidence"] == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_whatever_the_names_what_is_written_is_read_back(names):
    project = a_project()
    documents = [a_document(project, name=name) for name in names]
    run = a_run(project, documents=documents)
    for document in documents:
        document.refresh_from_db()
    stored = [document.name for document in documents]
    assert [row["document"].removeprefix("'") for row in rows_of(run)] == [name.removeprefix("'") for name in stored]
    assert [json.loads(line)["document"] for line in exports.json_lines(load(run))] == stored


def test_it_is_streamed_some_hundred_rows_a_query(monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 10)
    run = load(a_run(a_project(), documents=25))
    lines = exports.csv_lines(run)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(11):
            next(lines)
        assert len(queries) == 1
        assert len(list(lines)) == 15
    assert len(queries) == 4


def test_an_erased_document_is_a_line_without_a_word_of_it():
    project = a_project()
    item = an_item(project, document=a_document(project, name="secret.txt"))
    erasure.erase_document(item.document, by=None)
    [row] = rows_of(item.job.run)
    assert (row["document"], row["path"], row["type"]) == ("", "", "Invoice")
    [line] = exports.json_lines(load(item.job.run))
    assert json.loads(line)["reasoning"] is None


def test_a_document_without_an_answer_is_a_line_too():
    project = a_project()
    job = a_run(project, version=a_version(project, provider_options={"error": "rejected"})).jobs.get()
    pipeline.run(job.pk)
    [row] = rows_of(job.run)
    assert (row["status"], row["reason"], row["type"]) == ("FAILED", "rejected", "")
