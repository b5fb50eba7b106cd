"""A folder of labelled documents, and what is read from it."""

from __future__ import annotations

import json

import pytest

from classifyhub.bench.engine.corpus import LabelledPage, find_terse_rules, load_corpus, read_all
from classifyhub.engine import VERSION, Rule
from tests.bench.conftest import LABELS, PAPERS, RULES, SENDERS, write_table


def test_labels_are_types_of_rules_or_null_and_packets_stand_apart(corpus):
    assert [rule.type for rule in corpus.rules] == list(RULES)
    assert {document.label for document in corpus.documents} == {*RULES, None}
    assert len(corpus.documents) == 2 * len(SENDERS) * len(PAPERS)
    assert [path.name for path in corpus.packet_paths] == ["both.pdf"]


def test_the_source_and_whether_it_is_a_scan_are_kept(tmp_path):
    (tmp_path / "rules.json").write_text("[]")
    rows = [("a.pdf", "x", "yes", "one"), ("b.pdf", "x", "partial", "two"), ("c.png", "x", "no", "two")]
    write_table(tmp_path / "labels.csv", LABELS, rows)
    found = load_corpus(tmp_path)
    assert [(item.source, item.is_scan) for item in found.documents] == [("one", False), ("two", False), ("two", True)]
    assert found.packets == ()


def test_a_page_may_have_several_right_answers(corpus):
    assert corpus.packets == (
        LabelledPage("packet/both.pdf", 1, frozenset({"invoice"}), "1"),
        LabelledPage("packet/both.pdf", 2, frozenset({"resume", None, "menu"}), "2"),
    )


def test_a_folder_that_is_no_corpus_is_refused(tmp_path):
    with pytest.raises(OSError, match=r"rules\.json"):
        load_corpus(tmp_path)


def test_terse_rules_have_at_most_five_words_and_the_same_types():
    rules = [Rule("menu"), Rule("invoice")]
    terse = find_terse_rules(rules)
    assert [rule.type for rule in terse] == ["menu", "invoice"]
    assert all(0 < len(rule.description.split()) <= 5 for rule in terse)
    assert find_terse_rules([*rules, Rule("gate pass")]) == []


def test_what_was_read_is_kept_by_content_and_engine(corpus, readings, cache):
    assert readings.keys() == {*(document.path for document in corpus.documents), *corpus.packet_paths}
    [kept, *_] = cache.iterdir()
    assert kept.name.endswith(f"-{VERSION.replace('/', '-')}.json")
    for path in cache.iterdir():  # proof that the kept ones are taken
        data = json.loads(path.read_bytes())
        path.write_text(json.dumps(data | {"facts": [["kept", "yes"]]}))
    again = read_all(list(readings), cache=cache, jobs=1)
    assert all(dict(reading.facts) == {"kept": "yes"} for reading in again.values())
    assert {path: reading.pages for path, reading in again.items()} == {
        path: reading.pages for path, reading in readings.items()
    }


def test_documents_that_cannot_be_read_are_left_out_now_and_later(tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing more")
    assert read_all([broken], cache=tmp_path / "cache", jobs=1) == {}
    assert read_all([broken], cache=tmp_path / "cache", jobs=1) == {}
