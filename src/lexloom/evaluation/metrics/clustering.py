"""How well groups found by a machine agree with groups made by people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.vq import kmeans2

from lexloom.arrays import Ids, Vectors

__all__ = ["clusters", "pure"]

RESTARTS = 20
STEPS = 50


def clusters(unit: Vectors, n_clusters: int, *, seed: int = 1) -> Ids:
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

    Returns
    -------
    Ids
        int32 (N,), the group of each.
    """
    points = np.asarray(unit, np.float64)
    best, found = np.inf, np.zeros(len(points), np.int32)
    for start in range(RESTARTS):
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
    of_group, of_class = np.asarray(groups), np.asarray(classes)
    if len(of_group) == 0:
        return 0
    table = np.zeros((of_group.max() + 1, of_class.max() + 1), np.int64)
    np.add.at(table, (of_group, of_class), 1)
    return int(table.max(axis=1).sum())
