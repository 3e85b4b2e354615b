"""Fewer numbers a vector by principal components, and a weight a word by how frequent it is."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lexloom.arrays import Counts, Floats, Vectors
from lexloom.errors import SettingError

__all__ = ["Weights", "principal_components", "word_weights"]

Weights = Literal["sif", "zipf", "none"]
_ROWS_AT_ONCE = 1 << 14


def principal_components(matrix: Vectors, width: int) -> tuple[Vectors, float]:
    """Turn vectors so that their widest directions come first, and keep those (Pearson 1901).

    The directions are the eigenvectors of the covariance, which is D by D however many vectors
    there are.

    Parameters
    ----------
    matrix
        float32 (V, D), finite.
    width
        How many directions to keep, from 1 to D.

    Returns
    -------
    tuple
        float32 (V, width), centred, the largest number of each direction positive; and the share
        of the variance that was kept, 0 to 1.
    """
    mean = matrix.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((matrix.shape[1],) * 2)
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        centred = matrix[start : start + _ROWS_AT_ONCE] - mean
        covariance += centred.T @ centred
    values, directions = np.linalg.eigh(covariance)
    values, directions = np.maximum(values[::-1], 0), directions[:, ::-1][:, :width]
    turned = (matrix @ directions.astype(np.float32)) - (mean @ directions).astype(np.float32)
    largest = np.abs(turned).argmax(axis=0)
    turned *= np.where(turned[largest, np.arange(width)] < 0, -1, 1).astype(np.float32)
    total = values.sum()
    return turned, float(values[:width].sum() / total) if total > 0 else 1.0


def word_weights(counts: Counts, how: Weights, coefficient: float) -> Floats:
    """Weigh words such that frequent ones, which tell little, count little in the mean of a text.

    ``sif`` is a / (a + p(w)), p(w) being a word's share of the text (Arora, Liang and Ma 2017,
    algorithm 1). ``zipf`` is log(1 + rank), ranks counted from 1 at the most frequent word, as
    model2vec began with: the same idea for those who have ranks but no counts.

    Parameters
    ----------
    counts
        int64 (V), how often each word occurs.
    how
        ``sif``, ``zipf`` or ``none``, which is 1 for all.
    coefficient
        a, above 0.

    Returns
    -------
    Floats
        float64 (V), above 0.

    Raises
    ------
    SettingError
        If the way has no such name.

    Examples
    --------
    >>> word_weights(np.array([9, 1]), "sif", 0.1).round(3).tolist()
    [0.1, 0.5]
    """
    if how == "sif":
        share = counts / max(int(counts.sum()), 1)
        return coefficient / (coefficient + share)
    if how == "zipf":
        ranks = np.empty(len(counts))
        ranks[np.argsort(-counts, kind="stable")] = np.arange(1, len(counts) + 1)
        return np.log1p(ranks)
    if how == "none":
        return np.ones(len(counts))
    raise SettingError(f"weights must be 'sif', 'zipf' or 'none', got {how!r}.")
