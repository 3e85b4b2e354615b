"""How sure a figure is: 95 % intervals by the percentile bootstrap (Efron 1979), seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lexloom.arrays import Floats
from lexloom.evaluation.metrics.correlation import Weights, weighted_pearson, weighted_spearman
from lexloom.evaluation.metrics.correlation import pearson as exact_pearson
from lexloom.evaluation.metrics.correlation import spearman as exact_spearman

__all__ = [
    "Estimate",
    "mean",
    "mean_of_runs",
    "of_sums",
    "pearson",
    "proportion",
    "ratio",
    "spearman",
    "spearman_gain",
]

TAIL = 0.025
"""The share of resamples left out at each end: a 95 % interval."""

RESAMPLES = 2_000
BLOCK_NUMBERS = 2_000_000
"""Resampled observations held in memory at a time."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes
    ----------
    value
        The figure itself, or None where the data cannot say.
    low, high
        The interval's ends, or None where there is none.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "unknown"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def as_gain(self) -> str:
        """Say by how much something is better, or worse."""
        if self.value is None or self.value >= 0:
            return f"better by {self}"
        ends = (None if end is None else -end for end in (self.high, self.low))
        return f"worse by {Estimate(-self.value, *ends)}"

    def as_dict(self) -> dict[str, float | None]:
        """Give the figure as plain numbers, ready for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def pearson(x: ArrayLike, y: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 1) -> Estimate:
    """Estimate Pearson's r with its interval, by drawing pairs again.

    Parameters
    ----------
    x
        (N,), any real numbers.
    y
        (N,), any real numbers.
    resamples
        How many times the pairs are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        Without figures where N < 3 or one side is constant.
    """
    return _correlation(exact_pearson(x, y), weighted_pearson, x, y, resamples, seed)


def spearman(x: ArrayLike, y: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 1) -> Estimate:
    """Estimate Spearman's rho with its interval, by drawing pairs again.

    Parameters
    ----------
    x
        (N,), any real numbers.
    y
        (N,), any real numbers.
    resamples
        How many times the pairs are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        Without figures where N < 3 or one side is constant.
    """
    return _correlation(exact_spearman(x, y), weighted_spearman, x, y, resamples, seed)


def spearman_gain(
    x: ArrayLike, other: ArrayLike, y: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 1
) -> Estimate:
    """Estimate how much nearer x is to the order of y than another x is, by drawing triples again.

    Parameters
    ----------
    x
        (N,), any real numbers.
    other
        (N,), those to be compared with.
    y
        (N,), what both should be in the order of.
    resamples
        How many times the triples are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        The difference of two of Spearman's rho; without figures where one of them has none.
    """
    values = exact_spearman(x, y), exact_spearman(other, y)
    if values[0] is None or values[1] is None:
        return Estimate(None)
    sides = [np.asarray(side, np.float64) for side in (x, other, y)]
    samples = [
        weighted_spearman(sides[0], sides[2], weights)
        - weighted_spearman(sides[1], sides[2], weights)
        for weights in _draws(len(sides[2]), resamples, seed)
    ]
    return _percentiles(values[0] - values[1], samples)


def mean(values: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 1) -> Estimate:
    """Estimate the mean of N observations with its interval.

    Parameters
    ----------
    values
        (N,), any real numbers.
    resamples
        How many times the observations are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        Without figures where there are no observations; without an interval where there is one.
    """
    observed = np.asarray(values, np.float64)
    if len(observed) == 0:
        return Estimate(None)
    value = float(observed.mean())
    if len(observed) == 1:
        return Estimate(value)
    draws = _draws(len(observed), resamples, seed)
    return _percentiles(value, [weights @ observed / len(observed) for weights in draws])


def mean_of_runs(values: ArrayLike) -> Estimate:
    """Estimate the mean of few runs that differ by chance, with Student's interval.

    Parameters
    ----------
    values
        (N,), the figure of each run.

    Returns
    -------
    Estimate
        Without an interval where there is one run.
    """
    observed = np.asarray(values, np.float64)
    value = float(observed.mean())
    if len(observed) < 2:
        return Estimate(value)
    from scipy.stats import t

    half = t.ppf(0.975, len(observed) - 1) * observed.std(ddof=1) / np.sqrt(len(observed))
    return Estimate(value, float(value - half), float(value + half))


def proportion(n_right: int, n: int, *, resamples: int = RESAMPLES, seed: int = 1) -> Estimate:
    """Estimate a share of right answers with its interval, by drawing the questions again.

    The number of right answers among n questions drawn again is binomial, so it is drawn as such.
    All right or all wrong leaves nothing to vary; the open end is then the exact binomial one
    (Clopper and Pearson 1934).

    Parameters
    ----------
    n_right
        How many of the answers are right.
    n
        How many there are.
    resamples
        How many times the questions are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        From 0 to 1; without figures where n is 0.

    Examples
    --------
    >>> proportion(10, 10).low > 0.6
    True
    """
    if n == 0:
        return Estimate(None)
    if n_right in (0, n):
        end = TAIL ** (1 / n)
        return Estimate(1.0, end, 1.0) if n_right else Estimate(0.0, 0.0, 1.0 - end)
    drawn = np.random.default_rng(seed).binomial(n, n_right / n, resamples)
    return _percentiles(n_right / n, [drawn / n])


def ratio(
    parts: ArrayLike, wholes: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 1
) -> Estimate:
    """Estimate a ratio of two sums over N observations with its interval, as F1 over sentences.

    Parameters
    ----------
    parts
        (N,), what is summed up above.
    wholes
        (N,), at least 0, what is summed up below.
    resamples
        How many times the observations are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        Without figures where the sum below is 0; without an interval of one observation.
    """
    above, below = np.asarray(parts, np.float64), np.asarray(wholes, np.float64)
    if below.sum() == 0:
        return Estimate(None)
    value = float(above.sum() / below.sum())
    if len(above) == 1:
        return Estimate(value)
    samples = []
    for weights in _draws(len(above), resamples, seed):
        sums = weights @ below
        samples.append(np.where(sums > 0, weights @ above / np.maximum(sums, 1e-12), np.nan))
    return _percentiles(value, samples)


def of_sums(
    counts: ArrayLike,
    figure: Callable[[Floats], float],
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Estimate:
    """Estimate a figure of sums of counts over N observations with its interval, as BLEU.

    Parameters
    ----------
    counts
        (N, K), what is summed up.
    figure
        Makes the figure of K sums.
    resamples
        How many times the observations are drawn again.
    seed
        Where the draws begin.

    Returns
    -------
    Estimate
        Without figures where there are no observations; without an interval where there is one.
    """
    observed = np.asarray(counts, np.float64)
    if len(observed) == 0:
        return Estimate(None)
    value = float(figure(observed.sum(0)))
    if len(observed) == 1:
        return Estimate(value)
    draws = _draws(len(observed), resamples, seed)
    samples = [np.array([figure(row) for row in weights @ observed]) for weights in draws]
    return _percentiles(value, samples)


def _correlation(
    value: float | None,
    correlate: Callable[[Floats, Floats, Weights], Floats],
    x: ArrayLike,
    y: ArrayLike,
    resamples: int,
    seed: int,
) -> Estimate:
    """Put an interval around a correlation."""
    if value is None:
        return Estimate(None)
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    draws = _draws(len(first), resamples, seed)
    return _percentiles(value, [correlate(first, second, weights) for weights in draws])


def _draws(n: int, resamples: int, seed: int) -> Iterator[Weights]:
    """Draw n of n observations with replacement, many times; give how often each was drawn."""
    generator = np.random.default_rng(seed)
    step = max(1, BLOCK_NUMBERS // n)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)


def _percentiles(value: float, samples: list[Floats]) -> Estimate:
    """Cut the tails off; where most resamples say nothing, the interval says nothing either."""
    known = np.concatenate(samples)
    known = known[~np.isnan(known)]
    if 2 * len(known) < sum(len(block) for block in samples):
        return Estimate(value)
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return Estimate(value, float(low), float(high))
