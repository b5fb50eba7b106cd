"""Shapes survive JSON and pickle, whatever they hold."""

from __future__ import annotations

import json
import pickle

from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import Answer, Candidate, Contribution, Evidence, Facts, Page, PageAnswer, Reading, Word

counts = st.integers(0, 10_000)
shares = st.floats(0, 1)
texts = st.text(max_size=30)
boxes = st.tuples(shares, shares, shares, shares)
words = st.builds(Word, counts, counts, boxes | st.none())
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
    page = Page(1, "ab cd", "layer", (Word(0, 2, (0.1, 0.2, 0.3, 0.4)), Word(3, 5)))
    assert page.to_json()["words"] == [[0, 2, 0.1, 0.2, 0.3, 0.4], [3, 5]]
