"""How right labels are: counts of what was taken for what, and what is made of them."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Counts, Floats, Ids, Vectors

__all__ = ["calibration_error", "confusion", "f1_of", "macro_f1", "precision_of", "recall_of"]


def confusion(true: Ids, given: Ids, n_labels: int) -> Counts:
    """Count how often each label was taken for each.

    Parameters
    ----------
    true
        int (N), the labels by number.
    given
        int (N), the labels that were given.
    n_labels
        How many labels there are.

    Returns
    -------
    Counts
        int64 (labels, labels): a row for each true label, a column for each given one.
    """
    cells = np.asarray(true, np.int64) * n_labels + np.asarray(given, np.int64)
    return np.bincount(cells, minlength=n_labels**2).reshape(n_labels, n_labels).astype(np.int64)


def precision_of(counts: Counts) -> Floats:
    """Give for each label the share of those right that were given it; 0 where nobody was.

    Parameters
    ----------
    counts
        Those of `confusion`.

    Returns
    -------
    Floats
        float64 (labels), 0 to 1.
    """
    return _share(np.diag(counts), counts.sum(0))


def recall_of(counts: Counts) -> Floats:
    """Give for each label the share of its own that were found; 0 where it has none.

    Parameters
    ----------
    counts
        Those of `confusion`.

    Returns
    -------
    Floats
        float64 (labels), 0 to 1.
    """
    return _share(np.diag(counts), counts.sum(1))


def f1_of(counts: Counts) -> Floats:
    """Give for each label the harmonic mean of its precision and recall.

    Parameters
    ----------
    counts
        Those of `confusion`.

    Returns
    -------
    Floats
        float64 (labels), 0 to 1.
    """
    return _share(2 * np.diag(counts), counts.sum(0) + counts.sum(1))


def macro_f1(counts: Counts) -> float:
    """Average F1 over the labels that are there or were given.

    Parameters
    ----------
    counts
        Those of `confusion`.

    Returns
    -------
    float
        0 to 1; 0 where nothing was counted.
    """
    is_met = counts.sum(0) + counts.sum(1) > 0
    return float(f1_of(counts)[is_met].mean()) if is_met.any() else 0.0


def calibration_error(probabilities: Vectors, true: Ids, *, n_bins: int = 10) -> float:
    """Measure how far a model is surer, or less sure, of its answers than it is right.

    The answers are parted by how sure the model is of them; of each part the mean certainty and the
    share of right ones are compared (Naeini, Cooper and Hauskrecht 2015, the expected calibration
    error).

    Parameters
    ----------
    probabilities
        float (N, labels).
    true
        int (N), the labels by number.
    n_bins
        Parts, at least 1.

    Returns
    -------
    float
        0 to 1; 0 where there is no text.
    """
    if not len(true):
        return 0.0
    sure = probabilities.max(1)
    is_right = probabilities.argmax(1) == true
    bins = np.minimum((sure * n_bins).astype(np.int64), n_bins - 1)
    gaps = np.bincount(bins, sure - is_right, n_bins)
    return float(np.abs(gaps).sum() / len(true))


def _share(part: Counts, whole: Counts) -> Floats:
    """Divide counts; 0 of nothing is 0."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
