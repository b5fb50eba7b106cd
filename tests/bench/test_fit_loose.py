"""Fitting the numbers for short texts without a layout."""

from __future__ import annotations

import numpy as np
import pytest

from classifyhub.bench.engine import fit_loose
from classifyhub.engine.weights import LOOSE


@pytest.fixture(scope="module")
def cases():
    """Two desks of four rules, where most texts are nearest to their own rule."""
    rng = np.random.default_rng(5)
    truth = np.repeat(np.arange(8), 12)
    own = np.zeros((len(truth), 8, len(fit_loose._NAMES)))
    near = rng.uniform(0.0, 0.3, own.shape[:2])
    near[np.arange(len(truth)), truth] += 0.2
    own[:, :, fit_loose._NAMES.index("near")] = near
    own[:, :, fit_loose._NAMES.index("known")] = -1.0 * (np.arange(8) == truth[:, None])
    desks = np.zeros((2, 8), bool)
    desks[0, :4] = desks[1, 4:] = True
    return fit_loose.Cases(own, rng.uniform(1.5, 3.5, len(truth)), truth, desks)


def test_what_is_nearer_counts_more_and_nothing_counts_against_itself(cases):
    loose = fit_loose.fit(cases)
    assert loose.own["near"] > 1
    assert loose.known == 0.0  # it speaks for the wrong rules here
    assert loose.any_fits.strength > 0
    assert fit_loose.fit(cases) == loose
    assert loose.own.keys() == LOOSE.own.keys()


def test_all_short_texts_have_a_label_that_some_desk_has():
    rules, texts, desks = fit_loose.load_short_texts()
    assert {short.label for short in texts} == set(range(len(rules)))
    assert desks.shape[1] == len(rules)
    assert desks.any(axis=0).all()
    assert all(isinstance(short.text, str) and short.text.strip() for short in texts)
