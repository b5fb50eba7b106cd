"""The gist: kept of a document, it gets the same verdict from any rules as the document itself."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import Gist, Question, Rule, classify, compile_rules, gist, judge_gist, lay_out, make_gist
from classifyhub.engine.memory import Entry, Memory, profile_reading
from classifyhub.engine.model import Page
from classifyhub.engine.pack import load_known_types
from tests.engine.documents import INVOICE, LETTER, RULES, make_reading

EXAMPLES = [
    text
    for path in sorted((Path(__file__).parent / "pack_examples").glob("*.yaml"))
    for text in yaml.safe_load(path.read_text(encoding="utf-8")).values()
]
OWN_NAMES = (
    Rule(
        "Supplier invoice copy", "Yellow transfer sheet of the shop floor, such as a waybill slip, with gross weight."
    ),
    Rule("Working paper", "Anything with a title slide, a big heading or official terms. Not a bank statement."),
    Rule("Invoice", "A bill for goods or services: number, date, amount due. Not a reminder, not a quotation."),
    Rule("Blue form", "Blank spaces to fill in: name, date of birth, policy number, signature of the applicant."),
)
KNOWN = tuple(Rule(kind.key, "") for kind in load_known_types()[::9])
RULE_SETS = (RULES, OWN_NAMES, KNOWN)


def keep(reading):
    """What comes back of a document's gist after it was stored."""
    return Gist.from_bytes(make_gist(reading, lay_out(reading)).to_bytes())


def assert_same_verdict(reading, rules, memory=None):
    ruleset = compile_rules(rules)
    kept = judge_gist(keep(reading), Question.of(ruleset), memory=memory)
    answer = classify(reading, ruleset, memory=memory)
    assert (kept.type, kept.confidence, kept.candidates) == (answer.type, answer.confidence, answer.candidates)
    assert (kept.unaided, kept.leaning, kept.engine) == (answer.unaided, answer.leaning, answer.engine)


def test_every_example_of_the_pack_gets_the_verdict_of_the_whole_document():
    for text, rules in zip(EXAMPLES, cycle(RULE_SETS), strict=False):
        assert_same_verdict(make_reading(text), rules)


def test_so_does_a_document_of_many_pages():
    shuffled = random.Random(5).sample(EXAMPLES, len(EXAMPLES))
    for start, rules in zip(range(0, len(shuffled), 24), cycle(RULE_SETS), strict=False):
        assert_same_verdict(make_reading(*shuffled[start : start + 24]), rules)


def test_so_does_a_mail_that_is_judged_by_what_is_attached_where_nothing_fits_the_mail():
    for first, second in zip(EXAMPLES[::6], EXAMPLES[1::6], strict=False):
        reading = make_reading(first, second, media_type="message/rfc822")
        assert_same_verdict(replace(reading, facts=(("own_pages", "1"),)), OWN_NAMES)


def test_a_longer_name_of_a_rule_hides_the_known_name_inside_it_here_too():
    reading = make_reading(f"SUPPLIER INVOICE COPY\n{INVOICE}", LETTER)
    rules = [Rule("Supplier invoice copy"), Rule("Invoice")]
    assert_same_verdict(reading, rules)
    assert_same_verdict(reading, rules[1:])


def test_a_phrase_of_a_rule_counts_less_on_a_later_page_here_too():
    sheet = "The yellow transfer sheet"
    rules = [Rule("Zebra", "Yellow transfer sheet"), Rule("Horse", "Brown saddle")]
    assert_same_verdict(make_reading("Notes of the week", sheet), rules)
    assert_same_verdict(make_reading(sheet, "Notes of the week"), rules)


def test_what_people_decided_speaks_here_too():
    readings = [make_reading(f"{INVOICE}\nNumber {number}") for number in range(4)]
    profiles = [profile_reading(reading) for reading in readings]
    candidates = classify(readings[0], compile_rules(RULES)).candidates
    entries = [Entry(str(row), "contract", profile, candidates) for row, profile in enumerate(profiles)]
    assert_same_verdict(readings[0], RULES, Memory.of(entries).about(profiles[0]))


@pytest.mark.parametrize("text", [INVOICE, *EXAMPLES[::12]])
def test_the_profile_is_that_of_the_document(text):
    reading = make_reading(text, LETTER)
    assert keep(reading).profile == profile_reading(reading)


def test_a_document_without_text_is_not_scored():
    reading = make_reading()
    reading = replace(reading, page_count=1, pages=(Page(1, "", "none"),))
    answer = judge_gist(keep(reading), Question.of(compile_rules(RULES)))
    assert (answer.type, answer.confidence, answer.has_text) == (None, None, False)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=3))
def test_any_text_at_all_gets_the_same_verdict(texts):
    assert_same_verdict(make_reading(*texts), OWN_NAMES)


def test_a_title_far_below_is_kept_where_the_text_around_it_is_not():
    body = "All about the weather of last year and the year before.\n" * 30
    page = make_reading(f"{body}SUPPLIER INVOICE COPY\n{body}").pages[0]
    start = page.text.index("SUPPLIER")
    page = replace(page, title_spans=((start, start + 21),))
    reading = replace(make_reading("x"), pages=(page,))
    assert_same_verdict(reading, OWN_NAMES)
    assert len(lay_out(reading)[0].cut_out_heads().text) < len(page.text) / 2


def test_a_gist_of_other_code_or_of_another_pack_is_none(monkeypatch):
    data = make_gist(make_reading(INVOICE), lay_out(make_reading(INVOICE))).to_bytes()
    monkeypatch.setattr(gist, "gist_version", lambda: "another")
    with pytest.raises(ValueError, match="another version"):
        Gist.from_bytes(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b"[[", b'["a", {"words": 3}, null]', b"\xff\xfe"])
def test_bytes_that_are_no_gist_are_said_to_be_none(data):
    with pytest.raises(ValueError, match=r"."):
        Gist.from_bytes(data)
