"""Going downhill: Adam, with a rate that falls to zero, held within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Bound = Array | float


def descend(
    slope: Callable[[Array], Array], start: Array, *, steps: int, rate: float, least: Bound = 0.0, most: Bound = np.inf
) -> Array:
    """Where ``slope`` (a gradient) leads from ``start`` in so many ``steps``, never below ``least`` or above ``most``.
    What ``least`` and ``most`` leave no room stays as it is."""
    place = np.clip(start, least, most)
    mean, square = np.zeros_like(place), np.zeros_like(place)
    for step in range(1, steps + 1):
        found = slope(place)
        mean, square = 0.9 * mean + 0.1 * found, 0.99 * square + 0.01 * found**2
        pace = rate * (1 - step / steps) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        place = np.clip(place - pace * mean / (1 - 0.9**step), least, most)
    return place
