"""Fitting the numbers the engine weighs with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from classifyhub.bench.engine import fit_cases, fitting
from classifyhub.bench.engine.judging import make_classifier
from classifyhub.bench.engine.logistic import fit_logistic
from classifyhub.bench.engine.scores import accuracy
from classifyhub.bench.engine.trials import ask


@pytest.fixture(scope="module")
def cases(corpus, readings):
    return fit_cases.measure(corpus.documents[::2], readings, corpus.rules)


@pytest.fixture(scope="module")
def weights(cases):
    return fitting.fit(cases)


def test_the_right_rule_of_each_document_is_known_and_null_is_none_of_them(corpus, cases):
    types = [rule.type for rule in corpus.rules]
    named = [types[place] if place >= 0 else None for place in cases.truth]
    assert named == [document.label for document in corpus.documents[::2]]


def test_cases_can_be_taken_without_some_of_them(cases):
    some = cases.take([0, 2])
    assert len(some.kinds) == len(some.own) == len(some.truth) == 2
    assert some.links is cases.links


def test_the_same_cases_give_the_same_numbers(cases, weights):
    assert fitting.fit(cases) == weights


def test_what_was_fitted_to_some_papers_tells_others_like_them_apart(corpus, readings, weights):
    others = corpus.documents[1::2]
    assert accuracy(ask(others, readings, corpus.rules, make_classifier(weights))) > 0.9


def test_a_logistic_fit_of_what_says_nothing_is_the_share_of_right_cases():
    weight, start = fit_logistic(np.zeros((4, 1)), np.array([True, True, True, False]))
    assert weight == 0
    assert start == pytest.approx(math.log(3), abs=0.01)


def test_a_logistic_fit_holds_at_zero_what_would_speak_against():
    rows = np.array([[0.0], [1.0], [2.0], [3.0]])
    assert fit_logistic(rows, np.array([True, True, False, False]))[0] == 0.0
    assert fit_logistic(rows, np.array([False, True, False, True]))[0] > 0.0


def test_rules_of_unknown_types_are_fitted_where_most_documents_fit_some_rule(cases):
    for taken, draw in fitting._draw_unknown(cases, np.random.default_rng(0)):
        assert len(taken.truth) == len(draw.truth) == len(draw.own)
        assert np.mean(draw.truth < 0) <= 0.25
        assert (draw.truth >= 0).any()


def test_what_a_rule_without_a_known_type_weighs_by_is_found_as_if_all_were_open(cases):
    """The short way to its slope gives what the long way gives."""
    (pair, *_) = fitting._draw_unknown(cases, np.random.default_rng(1))
    flat = np.where(fitting._free(), np.linspace(0.5, 2.0, len(fitting._free())), 0.0)
    free = fitting._free_unknown()
    short, long = fitting._slope_unknown(fitting._stage(*pair, flat), flat), fitting._slope(*pair, flat)
    assert short[free] == pytest.approx(long[free])
    assert not short[~fitting._free() | (np.arange(len(flat)) < fitting._PLACES["unknown"])].any()


def test_known_types_near_to_an_unknown_rule_speak_for_it_in_part(cases):
    free = np.flatnonzero(cases.decoys)[0]
    kin = np.zeros_like(cases.kin)
    kin[:, free] = 1.0
    keep = {"size": len(cases.links), "unknown_share": 1.0}
    draw, plain = (
        fitting._draw_some(of, np.random.default_rng(0), **keep)
        for of in (replace(cases, kin=kin), cases.without_kin())
    )
    assert (draw.links[:, free] == fitting._PARTIAL).all()
    assert not plain.links[:, free].any()
    assert draw.decoys[free]  # against all others it still is one
    assert (np.delete(draw.links, free, axis=1) == np.delete(plain.links, free, axis=1)).all()


def test_how_near_a_rule_is_is_told_beside_the_rules_that_were_drawn(cases):
    shares = fitting._list_own(cases, np.array([0, 2]))[:, :, -1]
    assert shares.shape == (len(cases.truth), 2)
    assert (shares.sum(1) < 1).all()
