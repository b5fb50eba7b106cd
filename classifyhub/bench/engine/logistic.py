"""Logistic regression whose weights may not speak against what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def fit_logistic(rows: Array, right: Array) -> tuple[float, ...]:
    """Weights of the columns, none below zero, and the start; by Newton's method with projection."""
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    weights = np.zeros(rows.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - right) / len(rows) + 1e-4 * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows / len(rows) + 1e-4 * np.eye(len(weights))
        is_free = np.ones(len(weights), bool)
        is_free[:-1] = (weights[:-1] > 0) | (slope[:-1] < 0)
        step = np.zeros_like(weights)
        step[is_free] = np.linalg.solve(bend[np.ix_(is_free, is_free)], slope[is_free])
        weights = weights - step
        weights[:-1] = np.maximum(weights[:-1], 0.0)
        if np.abs(step).max() < 1e-8:
            break
    return tuple(round(float(value), 3) for value in weights)
