"""How many groups vectors fall into, and which: told from the vectors themselves."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.contextual.reducing import principal_components
from lexloom.evaluation.metrics.clustering import clusters

__all__ = ["Grouping", "group", "silhouette"]

_DIRECTIONS = 10
_FEWEST = 3
"""A group of fewer members is no group, but something odd."""

_CLOUDS = 20
_STARTS, _STARTS_OF_CLOUD = 20, 5


@dataclass(frozen=True)
class Grouping:
    """Vectors in groups.

    Attributes
    ----------
    groups
        int32 (N), the group of each, counted from 0.
    points
        float32 (N, at most 10): the vectors as they were grouped.
    silhouette
        How well they part, -1 to 1; 0 for one group.
    certainty
        How many standard deviations the silhouette lies above that of one cloud of the same shape,
        at the number of groups that parts best; 0 where nothing could be parted.
    """

    groups: Ids
    points: Vectors
    silhouette: float
    certainty: float


def group(vectors: Vectors, most: int, *, certainty: float, seed: int) -> Grouping:
    """Part vectors into as many groups as they fall into.

    Vectors are made one long, centred, made one long again, and turned to their widest directions;
    k-means parts them into 2, 3, … groups, whose silhouettes (Rousseeuw 1987) are compared with
    those of points drawn from one normal distribution of the same covariance (the null hypothesis
    of Liu, Hayes, Nobel and Marron 2008). More groups count only if they part certainly better than
    fewer; and since k-means halves any cloud, the groups are believed only if they part certainly
    better than the drawn points; else there is one group.

    Parameters
    ----------
    vectors
        float32 (N, D), finite.
    most
        How many groups at most, at least 1.
    certainty
        How many standard deviations better, by the spread of the drawn points' silhouettes, is
        certainly better.
    seed
        Where k-means begins, and what the clouds are drawn from.

    Returns
    -------
    Grouping
        One group where nothing parts.
    """
    points = _prepared(vectors)
    # Where all are alike there are fewer different points than groups, and nothing to part.
    most = min(most, len(np.unique(points, axis=0)))
    whole = Grouping(np.zeros(len(points), np.int32), points, 0.0, 0.0)
    found: dict[int, tuple[float, Ids]] = {}
    for n_groups in range(2, min(most, len(points) // _FEWEST) + 1):
        groups = _parted(points, n_groups, seed)
        if np.bincount(groups, minlength=n_groups).min() >= _FEWEST:
            found[n_groups] = (silhouette(points, groups), groups)
    if not found:
        return whole
    least = min(found)
    of_clouds = _scores_of_clouds(points, least, seed)
    enough = max(score for score, _ in found.values()) - certainty * of_clouds.std(ddof=1)
    chosen = min(n_groups for n_groups, (score, _) in found.items() if score >= enough)
    score, groups = found[chosen]
    if chosen != least:
        of_clouds = _scores_of_clouds(points, chosen, seed)
    above = float((score - of_clouds.mean()) / max(of_clouds.std(ddof=1), 1e-12))
    if score <= 0 or above < certainty:
        return Grouping(whole.groups, points, 0.0, above)
    return Grouping(groups, points, score, above)


def silhouette(points: Vectors, groups: Ids) -> float:
    """Tell how well groups part (Rousseeuw 1987): the mean of (b - a) / max(a, b).

    a is the mean distance of a point to the others of its group, b the least mean distance to the
    points of another group; a point alone in its group counts 0.

    Parameters
    ----------
    points
        float32 (N, D).
    groups
        int32 (N), the group of each, from 0 on, none of them empty.

    Returns
    -------
    float
        -1 to 1; 0 for one group.
    """
    n_groups = int(groups.max(initial=0)) + 1
    if n_groups < 2:
        return 0.0
    exact = points.astype(np.float64)
    squares = np.square(exact).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * exact @ exact.T, 0))
    np.fill_diagonal(distances, 0)
    sums = np.stack([distances[:, groups == each].sum(axis=1) for each in range(n_groups)], axis=1)
    sizes = np.bincount(groups, minlength=n_groups)
    rows = np.arange(len(points))
    within = sums[rows, groups] / np.maximum(sizes[groups] - 1, 1)
    means = sums / sizes
    means[rows, groups] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(np.maximum(within, nearest), np.finfo(np.float64).tiny)
    return float(np.where(sizes[groups] > 1, (nearest - within) / widest, 0).mean())


def _prepared(vectors: Vectors) -> Vectors:
    """Make vectors one long, centred, one long again, and of few directions."""
    # Without the first step how long a vector is, which says little of its sense, decides all.
    unit = _unit(np.asarray(vectors, np.float32))
    centred = _unit(unit - unit.mean(axis=0))
    width = min(_DIRECTIONS, centred.shape[1])
    return principal_components(centred, width)[0]


def _unit(vectors: Vectors) -> Vectors:
    """Make vectors one long; those that are all but nothing become nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, vectors / np.maximum(lengths, 1e-12), 0).astype(np.float32)


def _parted(points: Vectors, n_groups: int, seed: int, starts: int = _STARTS) -> Ids:
    """Part points by k-means, which leaves a group empty where points are all alike."""
    # Threads that wait for each other would take most of the time of such small products.
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.filterwarnings("ignore", "One of the clusters is empty")
        return clusters(points, n_groups, seed=seed, restarts=starts)


def _scores_of_clouds(points: Vectors, n_groups: int, seed: int) -> Floats:
    """Give the silhouettes of clouds of the same shape that are one, parted in as many groups."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    spread = points.std(axis=0)
    scores = []
    for _ in range(_CLOUDS):
        # The points are turned so that their directions are uncorrelated: this is their covariance.
        drawn = (generator.standard_normal(points.shape) * spread).astype(np.float32)
        parted = _parted(drawn, n_groups, seed, _STARTS_OF_CLOUD)
        groups = np.unique(parted, return_inverse=True)[1]
        scores.append(silhouette(drawn, groups.astype(np.int32)))
    return np.array(scores)
