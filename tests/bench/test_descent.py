"""Going downhill within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from classifyhub.bench.engine.descent import descend

LOWEST = np.array([2.0, -3.0, 7.0, 1.0])


def test_it_ends_where_it_is_lowest_as_far_as_the_bounds_let_it():
    least, most = np.array([0.0, 0.0, 0.0, 0.5]), np.array([9.0, 9.0, 4.0, 0.5])
    found = descend(lambda place: place - LOWEST, np.full(4, 0.5), steps=400, rate=0.3, least=least, most=most)
    assert found == pytest.approx([2.0, 0.0, 4.0, 0.5], abs=0.01)


def test_it_begins_within_the_bounds():
    asked = []

    def slope(place):
        asked.append(place.copy())
        return np.zeros_like(place)

    descend(slope, np.array([-1.0]), steps=1, rate=0.1)
    assert asked[0] == [0.0]
