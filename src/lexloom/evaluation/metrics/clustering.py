"""How well groups found by a machine agree with groups made by people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.vq import kmeans2

from lexloom.arrays import Counts, Floats, Ids, Vectors

__all__ = ["VMeasure", "clusters", "pure", "v_measure"]

RESTARTS = 20
STEPS = 50


def clusters(unit: Vectors, n_clusters: int, *, seed: int = 1, restarts: int = RESTARTS) -> Ids:
    """Part vectors into groups by k-means, begun as k-means++ does (Arthur and Vassilvitskii 2007).

    Of several starts the one with the least squared distance to the centres is kept. Of vectors of
    length 1 that is the one whose cosines are highest.

    Parameters
    ----------
    unit
        float32 (N, D), of length 1.
    n_clusters
        How many groups, from 1 to N.
    seed
        Where the starts are drawn from.
    restarts
        How many starts, at least 1.

    Returns
    -------
    Ids
        int32 (N,), the group of each.
    """
    points = np.asarray(unit, np.float64)
    best, found = np.inf, np.zeros(len(points), np.int32)
    for start in range(restarts):
        generator = np.random.default_rng([seed, start])
        centres, groups = kmeans2(
            points, n_clusters, iter=STEPS, minit="++", missing="warn", rng=generator
        )
        distance = float(np.square(points - centres[groups]).sum())
        if distance < best:
            best, found = distance, groups.astype(np.int32)
    return found


def pure(groups: ArrayLike, classes: ArrayLike) -> int:
    """Count the members that are of the most frequent class of their group.

    Divided by N it is the purity of the groups (Zhao and Karypis 2004).

    Parameters
    ----------
    groups
        int (N,), the group of each member.
    classes
        int (N,), the class of each.

    Returns
    -------
    int
        From the number of groups to N.

    Examples
    --------
    >>> pure([0, 0, 0, 1], [5, 5, 6, 6])
    3
    """
    return int(_table(groups, classes).max(axis=1, initial=0).sum())


class VMeasure(NamedTuple):
    """How well groups and classes agree, each 0 to 1.

    homogeneity: whether a group holds members of one class only. completeness: whether a class is
    in one group only. value: their harmonic mean.
    """

    homogeneity: float
    completeness: float
    value: float


def v_measure(groups: ArrayLike, classes: ArrayLike) -> VMeasure:
    """Measure how well groups agree with classes (Rosenberg and Hirschberg 2007, equations 1 to 3).

    Homogeneity is 1 - H(class | group) / H(class), completeness 1 - H(group | class) / H(group); 1
    where the entropy below the line is 0.

    Parameters
    ----------
    groups
        int (N,), the group of each member.
    classes
        int (N,), the class of each.

    Returns
    -------
    VMeasure
        Both, and their harmonic mean (beta is 1).

    Examples
    --------
    >>> v_measure([1, 1, 0, 0], [0, 0, 1, 1]).value
    1.0
    >>> v_measure([0, 0, 0, 0], [0, 0, 1, 1]).value
    0.0
    """
    table = _table(groups, classes)
    n = max(int(table.sum()), 1)
    of_group, of_class = _entropy(table.sum(axis=1) / n), _entropy(table.sum(axis=0) / n)
    of_both = _entropy(table.ravel() / n)
    # H(class | group) = H(both) - H(group).
    homogeneity = 1.0 if of_class == 0 else 1 - (of_both - of_group) / of_class
    completeness = 1.0 if of_group == 0 else 1 - (of_both - of_class) / of_group
    total = homogeneity + completeness
    value = 2 * homogeneity * completeness / total if total > 0 else 0.0
    return VMeasure(homogeneity, completeness, value)


def _table(groups: ArrayLike, classes: ArrayLike) -> Counts:
    """Count the members of each group and class, int64 (groups, classes)."""
    of_group, of_class = np.asarray(groups, np.int64), np.asarray(classes, np.int64)
    table = np.zeros((of_group.max(initial=-1) + 1, of_class.max(initial=-1) + 1), np.int64)
    np.add.at(table, (of_group, of_class), 1)
    return table


def _entropy(shares: Floats) -> float:
    """Give the entropy of shares that sum to 1, in nats."""
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum()) if len(some) > 1 else 0.0
