"""How well scores tell pairs that belong together from others: average precision, a threshold."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Bools, Floats

__all__ = ["average_precision", "best_threshold"]


def average_precision(scores: Floats, is_right: Bools) -> float:
    """Average the precision at each right one, when all are put in order of their scores.

    Equal scores come together: each of them has the precision behind all of them.

    Parameters
    ----------
    scores
        float (N), the higher the likelier right.
    is_right
        bool (N).

    Returns
    -------
    float
        0 to 1; the share of right ones is what scores by chance get. 0 where none is right.

    Examples
    --------
    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    0.8333333333333333
    """
    if not is_right.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    n_right = np.cumsum(is_right[order])[ends]
    return float((np.diff(n_right, prepend=0) * n_right / (ends + 1)).sum() / n_right[-1])


def best_threshold(scores: Floats, is_right: Bools) -> float:
    """Choose from which score on the answer is yes, so that most answers are right.

    Parameters
    ----------
    scores
        float (N), at least one.
    is_right
        bool (N), where the answer should be yes.

    Returns
    -------
    float
        Half way between two scores, the lowest such place of equally good ones; or one beyond the
        first or last where all answers should be the same.

    Examples
    --------
    >>> best_threshold(np.array([0.1, 0.2, 0.8]), np.array([False, False, True]))
    0.5
    """
    values, place = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    n_yes = np.bincount(place, is_right)
    n_no = np.bincount(place, ~is_right)
    # Behind k values the answer is yes: those before are rightly no, those behind rightly yes.
    n_fine = np.r_[0, np.cumsum(n_no)] + np.r_[np.cumsum(n_yes[::-1])[::-1], 0]
    bounds = np.r_[values[0] - 1, (values[1:] + values[:-1]) / 2, values[-1] + 1]
    return float(bounds[int(n_fine.argmax())])
