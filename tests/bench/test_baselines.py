"""The baselines: what they score, and what their scores are taken to mean."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from classifyhub.bench.engine import baselines
from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.scores import Said
from classifyhub.engine import Rule
from tests.engine.documents import make_reading

SLIP, PASS = Path("slip"), Path("pass")
RULES = [Rule("slip", "tender"), Rule("badge", "warden warden")]


@pytest.fixture
def words():
    return baselines.count_words(
        {SLIP: make_reading("tender tender tender drawer"), PASS: make_reading("warden", "badge"), Path("x"): EMPTY}
    )


EMPTY = make_reading("")


def test_words_are_counted_over_all_pages_and_documents_without_text_left_out(words):
    assert words.by_document == {
        SLIP: Counter(tender=3, drawer=1),
        PASS: Counter(warden=1, badge=1),
    }
    assert words.length == 3.0


def test_a_word_of_half_of_the_documents_is_rarer_than_one_of_all():
    words = baselines.count_words({SLIP: make_reading("a1 b1"), PASS: make_reading("a1")})
    assert words.rarity("b1") == pytest.approx(math.log(1 + 1.5 / 1.5))
    assert words.rarity("a1") == pytest.approx(math.log(1 + 0.5 / 2.5))


def test_word_matching_scores_by_bm25(words):
    found = baselines.match_words(words, RULES)
    damping = 1.2 * (1 - 0.75 + 0.75 * 4 / 3)
    assert found[SLIP]["slip"] == pytest.approx(math.log(2) * 3 * 2.2 / (3 + damping))
    assert found[SLIP]["badge"] == 0.0


def test_word_vectors_are_compared_by_their_angle(words):
    found = baselines.compare_words(words, RULES)
    often = 1 + math.log(3)
    unheard = math.log(1 + 2.5 / 0.5) / math.log(2)  # "slip" stands in no document
    expected = often / math.hypot(often, 1) / math.hypot(1, unheard)
    assert found[SLIP]["slip"] == pytest.approx(expected)
    twice = 1 + math.log(2)
    assert found[PASS]["badge"] == pytest.approx((twice + 1) / math.hypot(twice, 1) / math.sqrt(2))


class CountsLetters:
    """An encoder so simple that its vectors can be written down: how many a, b and c there are, of length 1."""

    def encode(self, texts):
        counts = np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_sentences_are_compared_by_the_angle_of_their_vectors():
    words = baselines.count_words({SLIP: make_reading("aaab"), PASS: make_reading("c", "aaaa")})
    found = baselines.compare_sentences(words, [Rule("a", "b"), Rule("c", "")], encoder=CountsLetters())
    assert found[SLIP]["a"] == pytest.approx((3 + 1) / math.sqrt(10) / math.sqrt(2))
    assert found[PASS] == {"a": 0.0, "c": 1.0}  # by how the document begins


def test_without_an_encoder_there_are_two_baselines():
    assert baselines.list_baselines().keys() == {"BM25", "cosine of words"}


def labelled(path, label):
    return Labelled(path, label, "here", is_scan=False)


def test_the_guess_is_the_best_of_the_rules_in_force():
    scores = {SLIP: {"slip": 0.4, "badge": 0.6}}
    [every] = baselines.guess([labelled(SLIP, "slip")], scores, frozenset({"slip", "badge"}))
    [one] = baselines.guess([labelled(SLIP, "badge")], scores, frozenset({"slip"}))
    assert (every.truth, every.best, every.score) == ("slip", "badge", 0.6)
    assert (one.truth, one.best) == (None, "slip")


def test_a_document_without_text_is_not_guessed_at():
    [said] = baselines.guess([labelled(SLIP, "slip")], {}, frozenset({"slip"}))
    assert not said.is_answered
    assert baselines.calibrate([[said], guesses([1.0, 2.0], "slip")])[0] == [said]


def guesses(scores, truth):
    return [Said(truth, "slip", None, "slip", score) for score in scores]


def test_what_a_score_means_is_learned_from_the_other_folds():
    fold = [*guesses([5.0, 6.0, 5.5, 6.5] * 5, "slip"), *guesses([0.0, 1.0, 0.5, 1.5] * 5, None)]
    high, low = baselines.calibrate([fold, guesses([6.0], "slip") + guesses([0.5], "slip")])[1]
    assert (high.type, low.type) == ("slip", None)
    assert high.confidence > 0.8
    assert low.confidence > 0.8


def test_a_fold_never_learns_from_itself():
    others, own = guesses([1.0, 2.0], "slip"), guesses([1.0, 2.0] * 5, None)
    assert {said.type for said in baselines.calibrate([others, own])[1]} == {"slip"}


def test_the_fitted_line_is_the_share_of_right_cases_where_the_score_says_nothing():
    slope, start = baselines.fit_line(np.zeros(4), np.array([True, True, True, False]))
    assert slope == 0.0
    assert start == pytest.approx(math.log((3 + 1) / (1 + 1)))  # with one imagined case either way


def test_the_fitted_line_stays_finite_where_scores_part_the_cases():
    slope, start = baselines.fit_line(np.array([-1.0, 1.0]), np.array([False, True]))
    assert 0 < slope < 100
    assert start == pytest.approx(0.0)
