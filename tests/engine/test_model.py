"""Shapes survive JSON and pickle, whatever they hold."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import Answer, Candidate, Contribution, Evidence, Facts, Page, PageAnswer, Reading, Word
from classifyhub.engine.places import WHOLE, Words

counts = st.integers(0, 10_000)
shares = st.floats(0, 1)
texts = st.text(max_size=30)
boxes = st.tuples(shares, shares, shares, shares)
edges = st.integers(0, WHOLE).map(lambda edge: edge / WHOLE)
words = st.builds(Word, counts, counts, st.tuples(edges, edges, edges, edges) | st.none())
spans = st.tuples(counts, counts)
pages = st.builds(
    Page,
    counts,
    texts,
    st.sampled_from(["layer", "ocr", "none"]),
    st.tuples(words, words),
    st.tuples(spans),
    shares,
    shares,
)
readings = st.builds(
    Reading, texts, counts, st.tuples(pages), st.tuples(st.tuples(texts, texts)), st.tuples(counts), texts, texts
)
answers = st.builds(
    Answer,
    texts | st.none(),
    shares | st.none(),
    texts,
    st.tuples(st.builds(Candidate, texts, shares)),
    st.tuples(st.builds(Evidence, counts, texts, st.tuples(boxes), counts, counts)),
    st.tuples(st.builds(Contribution, texts, st.floats(allow_nan=False, allow_infinity=False))),
    st.tuples(
        st.builds(PageAnswer, counts, texts | st.none(), shares | st.none(), counts | st.none(), shares | st.none())
    ),
    st.tuples(counts),
    st.booleans(),
    texts,
)


@given(readings | answers | st.builds(Facts, texts, counts | st.none(), st.booleans() | st.none(), texts, texts))
def test_every_shape_comes_back_from_json_and_pickle_as_it_was(shape):
    assert type(shape).from_json(json.loads(json.dumps(shape.to_json()))) == shape
    assert pickle.loads(pickle.dumps(shape)) == shape  # noqa: S301 - our own bytes


def test_keys_of_a_later_version_are_passed_over():
    page = Page(1, "text", "layer", (Word(0, 4),))
    assert Page.from_json({**page.to_json(), "from_the_future": 1}) == page


def test_pages_kept_before_documents_were_told_apart_are_still_read():
    page = PageAnswer(1, "Invoice", 0.9)
    data = page.to_json()
    del data["document"], data["border"]
    assert PageAnswer.from_json(data) == page


def test_words_are_written_short_because_they_are_most_of_a_reading():
    box = (0.1, 0.2, 0.3, 0.4)
    page = Page(1, "ab cd", "layer", tuple(Word(place, place + 2, box) for place in range(100)))
    assert len(page.to_json()["words"]) <= 3300
    assert Page.from_json(page.to_json()).words == page.words


def test_words_kept_one_by_one_are_still_read():
    data = {"number": 1, "text": "ab cd", "source": "layer", "words": [[0, 2, 0.1, 0.2, 0.3, 0.4], [3, 5]]}
    assert Page.from_json(data).words == (Word(0, 2, (0.1, 0.2, 0.3, 0.4)), Word(3, 5))


def test_words_cut_short_are_an_error():
    with pytest.raises(ValueError, match="cut short"):
        Words.from_json("AAAA" * 4)


def test_words_are_found_by_the_text_they_stand_on():
    found = Words.of([Word(0, 2), Word(3, 5), Word(6, 8), Word(9, 11)])
    assert list(found.between(4, 7)) == [Word(3, 5), Word(6, 8)]
    assert list(found.between(2, 3)) == []
    assert found[-1] == Word(9, 11)
    assert found[1:3] == (Word(3, 5), Word(6, 8))


def test_edges_are_sampled_evenly_and_those_that_are_missing_left_out():
    boxes = [(place / 100, 0.1, 0.9, 0.2) for place in range(9)]
    found = Words.of([Word(place, place + 1, box) for place, box in enumerate(boxes)] + [Word(9, 10)])
    assert list(zip(*found.sample_edges(100), strict=True)) == boxes
    assert list(zip(*found.sample_edges(5), strict=True)) == boxes[::2]
