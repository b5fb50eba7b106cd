"""Shapes survive JSON and pickle, whatever they hold."""

from __future__ import annotations

import base64
import json
import pickle
import sys
from array import array
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifyhub.engine import Answer, Candidate, Contribution, Evidence, Facts, Page, PageAnswer, Reading, Word
from classifyhub.engine.places import WHOLE, View, Words

counts = st.integers(0, 10_000)
shares = st.floats(0, 1)
texts = st.text(max_size=30)
boxes = st.tuples(shares, shares, shares, shares)
sides = st.lists(st.integers(0, WHOLE), min_size=2, max_size=2, unique=True).map(sorted)
places = st.tuples(sides, sides).map(lambda pair: tuple(edge / WHOLE for edge in chain(*zip(*pair, strict=True))))
words = st.builds(Word, counts, counts, places | st.none())
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
    assert len(json.dumps(page.to_json()["words"])) <= 3300
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


def test_words_kept_as_whole_numbers_are_still_read():
    numbers = array("i", [0, 2, 10_000, 20_000, 30_000, 40_000, 3, 5, -1, -1, -1, -1])
    if sys.byteorder == "big":
        numbers.byteswap()
    found = Words.from_json(base64.b64encode(numbers.tobytes()).decode())
    assert found == (Word(0, 2, (0.1, 0.2, 0.3, 0.4)), Word(3, 5))


def test_words_in_another_unit_stand_where_the_page_shows_them():
    """Of a page 200 wide and 400 high, with its origin below, and on its side."""
    starts, ends, edges = array("i", [0]), array("i", [2]), array("f", [20, 360, 100, 320])
    upright = View(500, 0, -250, 100_000)
    for view, box in ((upright, (0.1, 0.1, 0.5, 0.2)), (upright._replace(degrees=90), (0.8, 0.1, 0.9, 0.5))):
        words = Words(starts, ends, edges, view)
        assert words == Words.from_json(words.to_json()) == (Word(0, 2, box),)


def test_print_is_measured_of_words_spread_evenly_whichever_way_they_are_placed():
    boxes = [(place / 100, 0.1, 0.9, 0.2 + place / 100) for place in range(1, 10)]
    words = [*(Word(place, place + 1, box) for place, box in enumerate(boxes)), Word(9, 10)]
    assert Words.of(words).measure_print(100) == pytest.approx((9, 0.15, 0.01))
    assert Words.of(words).measure_print(5) == pytest.approx((5, 0.15, 0.01))
    assert Words.of([Word(0, 1)]).measure_print(5) is None


@pytest.mark.parametrize("degrees", [0, 180])
def test_print_is_measured_as_the_page_shows_it(degrees):
    """What is beyond its edge is not there, and does not begin left of it."""
    edges = array("f", [-50, 10, -20, 20, 10, 10, 30, 20, 60, 10, 140, 20])
    view = View(1000, 0, 1000, 0, degrees)
    words = Words(array("i", [0, 1, 2]), array("i", [1, 2, 3]), edges, view)
    assert words.measure_print(100) == pytest.approx((2, 0.1, 0.1 if degrees == 0 else 0.0))
