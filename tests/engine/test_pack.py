"""The knowledge pack: what a file may hold, that it is sound as a whole, and that each type is told from its likes."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from classifyhub.engine import VERSION, Rule, classify, compile_rules
from classifyhub.engine.pack import PackError, compiled, load_known_types
from classifyhub.engine.pack.entries import list_files, read_entries
from classifyhub.engine.pack.version import DIGEST, NUMBER
from classifyhub.engine.paraphrases import FILE as PARAPHRASES
from classifyhub.engine.words import STOP, stems
from tests.engine.documents import make_reading

FEWEST_LANGUAGES = 10
MOST_OWNERS = 5  # of one cue: what more types share tells none of them
LONGEST = 9  # words of a phrase
OTHERS = 6

ENTRIES = [entry for path in list_files() for entry in read_entries(path)]
BY_TYPE = {entry.type: entry for entry in ENTRIES}
EXAMPLES = {
    kind: text
    for path in sorted((Path(__file__).parent / "pack_examples").glob("*.yaml"))
    for kind, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}
each_type = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)


def names_of(entry):
    return {stems(name) for name in (entry.type, *sum(entry.titles.values(), ()), *entry.called)}


def wider(kind):
    """The types that ``kind`` is a kind of, itself first."""
    found = []
    while kind and kind not in found:
        found.append(kind)
        kind = BY_TYPE[kind].of
    return found


def save(folder, text):
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("type: invoice", "some.yaml: expected a list"),
        ("- titles: {en: [bill]}", "some.yaml, line 1: no type"),
        ("- type: invoice\n  title: [bill]", "some.yaml, invoice: unknown field title"),
        ("- type: invoice\n  titles: [bill]", "some.yaml, invoice, titles: expected names with values"),
        ("- type: invoice\n  titles: {en: bill}", "some.yaml, invoice, titles en: expected a list"),
        ("- type: invoice\n  titles: {en: [a b], en: [c]}", "some.yaml, invoice, titles: the same name twice"),
        ("- type: invoice\n  cues: {en: [bill to: us]}", "some.yaml, invoice, cues en: expected some text at line 2"),
        ("- type: invoice\n  called: ['']", "some.yaml, invoice, called: expected some text"),
        ("- type: invoice\n  form: [sculpture]", "some.yaml, invoice: form is one of added, bill, blanks, card"),
        ("- type: [", "some.yaml: while parsing"),
    ],
)
def test_a_file_that_breaks_the_format_is_named_with_the_type(tmp_path, text, problem):
    with pytest.raises(PackError) as caught:
        list(read_entries(save(tmp_path, text)))
    assert str(caught.value).startswith(problem)


def test_words_that_other_readers_of_yaml_take_for_numbers_or_truth_stay_words(tmp_path):
    (entry,) = read_entries(save(tmp_path, "- type: tax form\n  titles: {no: [yes, 1099]}"))
    assert entry.titles == {"no": ("yes", "1099")}


def test_what_was_put_together_is_kept_until_a_source_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(compiled, "_place", lambda name: tmp_path / "some" / f"{name}.pack")
    source = save(tmp_path, "one")
    made = []

    def build():
        made.append(source.read_text())
        return (("a", (("b", "c"),)),)

    assert compiled.keep_compiled([source], build) == compiled.keep_compiled([source], build)
    assert made == ["one"]
    save(tmp_path, "two")
    compiled.keep_compiled([source], build)
    (tmp_path / "some" / "types.pack").write_bytes(b"cut short")
    compiled.keep_compiled([source], build)
    assert made == ["one", "two", "two"]


def test_what_is_equal_is_one_object_and_nothing_else_changes():
    rows = (
        {"name": ("de", 1), "more": frozenset({("x", 1.0)})},
        *(("de", one) for one in (1, 1.0, True)),
    )
    assert rows[0]["name"] is not rows[1]
    shared = compiled.share_equals(rows)
    assert shared == rows
    assert shared[0]["name"] is shared[1]
    assert [type(row[1]) for row in shared[1:]] == [int, float, bool]


def test_no_type_is_there_twice():
    assert len(ENTRIES) == len(BY_TYPE) == len(load_known_types())


@each_type
def test_a_type_refers_to_types_that_exist(entry):
    missing = [kind for kind in (entry.of, *entry.near, *entry.unlike) if kind and kind not in BY_TYPE]
    assert missing == []
    assert not {entry.type, entry.of}.intersection(entry.near)
    assert entry.type not in entry.unlike
    assert entry.of not in {kind for kind in BY_TYPE if entry.type in wider(kind)}


@each_type
def test_a_type_has_titles_in_ten_languages_or_says_where_alone_it_exists(entry):
    assert entry.only or len(entry.titles.keys() | {"en"}) >= FEWEST_LANGUAGES


@each_type
def test_a_type_is_known_by_more_than_its_title(entry):
    assert entry.cues or entry.form


@each_type
def test_phrases_hold_words_and_not_too_many(entry):
    titles, cues = sum(entry.titles.values(), ()), sum(entry.cues.values(), ())
    phrases = (*titles, *entry.headings, *entry.called, *cues)
    assert [phrase for phrase in phrases if not stems(phrase) or len(phrase.split()) > LONGEST] == []
    assert [cue for cue in cues if len(stems(cue)) == 1 and stems(cue)[0] in STOP] == []


def test_a_title_belongs_to_one_type_unless_one_is_a_kind_of_the_other():
    owners = defaultdict(list)
    for entry in ENTRIES:
        for name in names_of(entry):
            owners[name].append(entry.type)
    shared = {
        (" ".join(name), one, other)
        for name, kinds in owners.items()
        for one, other in combinations(kinds, 2)
        if one not in wider(other) and other not in wider(one)
    }
    assert sorted(shared) == []


def test_a_cue_that_many_types_share_is_none():
    owners = defaultdict(set)
    for entry in ENTRIES:
        for cue in sum(entry.cues.values(), ()):
            owners[" ".join(stems(cue))].add(entry.type)
    assert {cue: sorted(kinds) for cue, kinds in owners.items() if len(kinds) > MOST_OWNERS} == {}


def rules_around(kind):
    """Rules named after ``kind``, its look-alikes and six more, taken evenly from the whole pack; nothing described."""
    others = [other for other in BY_TYPE if other not in {*wider(kind), *BY_TYPE[kind].unlike}]
    step = len(others) // OTHERS
    start = list(BY_TYPE).index(kind) % step
    return [Rule(name) for name in dict.fromkeys((kind, *BY_TYPE[kind].unlike, *others[start::step][:OTHERS]))]


@each_type
def test_an_example_is_told_from_its_look_alikes(entry):
    answer = classify(make_reading(EXAMPLES[entry.type]), compile_rules(rules_around(entry.type)))
    assert answer.type == entry.type, answer.reasoning


def test_examples_are_of_types_that_exist():
    assert EXAMPLES.keys() - BY_TYPE.keys() == set()


def test_most_examples_do_not_say_what_they_are_in_a_title_line():
    titled = [kind for kind, text in EXAMPLES.items() if stems(text.splitlines()[0]) in names_of(BY_TYPE[kind])]
    assert len(titled) <= len(EXAMPLES) / 2


def test_a_changed_pack_has_a_new_number():
    found = hashlib.sha256(b"".join(path.read_bytes() for path in (*list_files(), PARAPHRASES))).hexdigest()[:12]
    assert found == DIGEST, f"raise NUMBER in pack/version.py (once per release) and set DIGEST to {found!r}"
    assert VERSION.endswith(f"+pack.{NUMBER}")
