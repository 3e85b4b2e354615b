"""How well two lists of numbers agree: Pearson's r, and Spearman's rho with ties shared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexloom.arrays import Floats
from lexloom.errors import ShapeError

__all__ = [
    "Weights",
    "average_ranks",
    "pearson",
    "spearman",
    "weighted_pearson",
    "weighted_spearman",
]

Weights = NDArray[np.int64]
"""How often each of N observations counts in each of R resamples: int64 (R, N)."""

ROUNDING = 1e-30
"""Mean square deviation of numbers within -1 to 1 below which they differ by rounding only."""

FEWEST_OBSERVATIONS = 3
"""Two points always lie on a line: their correlation says nothing."""


def average_ranks(values: ArrayLike) -> Floats:
    """Rank numbers from 1 for the smallest; equal ones share the mean of their ranks.

    Parameters
    ----------
    values
        (N,), any real numbers.

    Returns
    -------
    Floats
        float64 (N,).

    Examples
    --------
    >>> average_ranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    _, group, sizes = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[group]


def pearson(x: ArrayLike, y: ArrayLike) -> float | None:
    """Measure how close the points (x, y) come to a straight line.

    Parameters
    ----------
    x
        (N,), any real numbers.
    y
        (N,), any real numbers.

    Returns
    -------
    float | None
        From -1 to 1; None for fewer than 3 points, or where one side is constant.

    Raises
    ------
    ShapeError
        If the two are not lists of the same length.

    Examples
    --------
    >>> pearson([1, 2, 3], [2, 4, 6])
    1.0
    """
    return _unweighted(weighted_pearson, x, y)


def spearman(x: ArrayLike, y: ArrayLike) -> float | None:
    """Measure how well two lists agree in order: Pearson's r of their average ranks.

    Parameters
    ----------
    x
        (N,), any real numbers.
    y
        (N,), any real numbers.

    Returns
    -------
    float | None
        From -1 to 1; None for fewer than 3 points, or where one side is constant.

    Raises
    ------
    ShapeError
        If the two are not lists of the same length.

    Examples
    --------
    >>> spearman([1, 2, 3], [1, 10, 100])
    1.0
    """
    return _unweighted(weighted_spearman, x, y)


def weighted_pearson(x: Floats, y: Floats, weights: Weights) -> Floats:
    """Correlate the same N points once for each row of weights.

    Parameters
    ----------
    x
        float64 (N,), or (R, N) where it differs from resample to resample.
    y
        The like.
    weights
        int64 (R, N): how often each point counts.

    Returns
    -------
    Floats
        float64 (R,); NaN where a side is constant.
    """
    n = weights.sum(axis=1, keepdims=True)
    x, y = _centred(x, weights, n), _centred(y, weights, n)
    spread_x, spread_y = (weights * x * x).sum(axis=1), (weights * y * y).sum(axis=1)
    varies = np.minimum(spread_x, spread_y) > ROUNDING * n[:, 0]
    covariance = (weights * x * y).sum(axis=1)
    product = np.sqrt(spread_x) * np.sqrt(spread_y)
    r = np.divide(covariance, product, out=np.full(len(n), np.nan), where=varies)
    return np.clip(r, -1.0, 1.0)


def weighted_spearman(x: Floats, y: Floats, weights: Weights) -> Floats:
    """Rank-correlate the same N points once for each row of weights.

    Parameters
    ----------
    x
        float64 (N,).
    y
        float64 (N,).
    weights
        int64 (R, N): how often each point counts.

    Returns
    -------
    Floats
        float64 (R,); NaN where a side is constant.
    """
    return weighted_pearson(_weighted_ranks(x, weights), _weighted_ranks(y, weights), weights)


def _weighted_ranks(values: Floats, weights: Weights) -> Floats:
    """Give the average ranks (R, N) of values that count `weights` times; one sort for all R."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    group_of_ordered = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(values)]))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(sizes, axis=1) - (sizes - 1) / 2
    group = np.empty(len(values), np.int64)
    group[order] = group_of_ordered
    return ranks[:, group]


def _centred(values: Floats, weights: Weights, n: Weights) -> Floats:
    """Scale numbers into -1 to 1, so that no square overflows, and move each row's mean to 0."""
    values = values / max(float(np.abs(values).max()), np.finfo(np.float64).tiny)
    return values - (weights * values).sum(axis=1, keepdims=True) / n


def _unweighted(
    correlate: Callable[[Floats, Floats, Weights], Floats], x: ArrayLike, y: ArrayLike
) -> float | None:
    """Correlate two lists with every point counted once."""
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ShapeError(
            f"expected two lists of the same length, got shapes {first.shape} and {second.shape}."
        )
    if len(first) < FEWEST_OBSERVATIONS:
        return None
    r = float(correlate(first, second, np.ones((1, len(first)), np.int64))[0])
    return None if np.isnan(r) else r
