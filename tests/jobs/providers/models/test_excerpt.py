"""What a model is shown of a document: as much as fits, and nothing that people would not see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine.model import Page, Reading
from jobs.providers.models.excerpt import choose, defuse, shorten


def a_reading(*texts, **fields):
    pages = tuple(Page(number, text, "layer") for number, text in enumerate(texts, 1))
    return Reading("application/pdf", len(pages), pages, **fields)


def test_a_document_that_fits_is_shown_whole():
    excerpt = choose(a_reading("one", "", "three"), size=100)
    assert [(page.number, page.text) for page in excerpt.pages] == [(1, "one"), (2, ""), (3, "three")]
    assert (excerpt.left_out, excerpt.shortened) == ((), ())


def test_of_a_long_one_the_head_and_the_tail_are_shown():
    excerpt = choose(a_reading(*["x" * 100] * 20), size=1_000)
    assert [page.number for page in excerpt.pages] == [1, 2, 3, 4, 5, 6, 7, 18, 19, 20]
    assert excerpt.left_out == tuple(range(8, 18))


def test_one_endless_page_leaves_room_for_the_others_and_shows_its_gap():
    excerpt = choose(a_reading("begin" + "x" * 5_000 + "end", "second"), size=1_000)
    first, second = excerpt.pages
    assert first.text.startswith("begin")
    assert "[…]" in first.text
    assert first.text.endswith("end")
    assert second.text == "second"
    assert excerpt.shortened == (1,)


def test_the_only_page_may_take_all_the_room():
    assert len(choose(a_reading("x" * 5_000), size=1_000).pages[0].text.encode()) > 950


def test_what_is_attached_to_a_mail_is_told_apart():
    excerpt = choose(a_reading("mail", "annex", facts=(("own_pages", "1"),)), size=100)
    assert [page.is_attached for page in excerpt.pages] == [False, True]


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(50, 400))
def test_nothing_is_shown_beyond_the_room_and_every_page_is_shown_or_named(texts, size):
    excerpt = choose(a_reading(*texts), size=size)
    assert sum(len(page.text.encode()) for page in excerpt.pages) <= size
    assert sorted([page.number for page in excerpt.pages] + list(excerpt.left_out)) == list(range(1, len(texts) + 1))


@given(st.text(), st.integers(0, 50))
def test_shortening_keeps_to_its_size_and_cuts_no_letter_in_half(text, size):
    assert len(shorten(text, size=size).encode("utf-8", "replace")) <= max(size, 7)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("in\u200bvoice", "invoice"),
        ("\u202eecilop\u202c", "ecilop"),
        ("hi\U000e0069\U000e0067", "hi"),
        ("a\ufe01\U000e0150b", "ab"),
        ("क्\u200dष", "क्\u200dष"),
        ("5 < 6 | 7 > 3 <b>bold</b>", "5 < 6 | 7 > 3 <b>bold</b>"),
        ("<section> <system-name>", "<section> < system-name>"),
    ],
    ids=["zero width", "direction", "tags", "selectors", "joiners stay", "ordinary text stays", "words alike"],
)
def test_what_nobody_sees_is_not_shown(text, shown):
    assert defuse(text) == shown


@pytest.mark.parametrize(
    "word",
    [
        "<|im_start|>",
        "<|eot_id|>",
        "<|channel|>final<|message|>",
        "<\uff5cUser\uff5c>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<</SYS>>",
        "<s>",
        "</s>",
        "<start_of_turn>",
        "<end_of_turn>",
        "</think>",
        "<THINK>",
        "<tool_call>",
    ],
)
def test_the_words_of_chat_templates_are_taken_apart(word):
    assert word not in defuse(f"a {word} b")
    assert defuse(f"a {word} b").replace(" ", "") == f"a{word}b"
