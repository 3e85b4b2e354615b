"""From D dimensions to two, so that people can look: PCA, and t-SNE where scikit-learn is there."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import MissingExtraError, ShapeError

__all__ = ["Projection", "project"]

Method = Literal["auto", "pca", "t-sne"]
FEWEST_FOR_TSNE = 5
PERPLEXITY = 30.0
"""Neighbours t-SNE looks at (van der Maaten and Hinton 2008); at most a third of the points."""

WIDTH_FOR_TSNE = 50


@dataclass(frozen=True)
class Projection:
    """Points in the plane.

    Attributes
    ----------
    rows
        int32 (M): the rows of the matrix that have a place; those with NaN or infinity have none.
    positions
        float32 (M, 2), centred, within -1 to 1.
    method
        ``"pca"`` or ``"t-sne"``.
    notes
        What was left out or done otherwise, in sentences.
    """

    rows: Ids
    positions: Vectors
    method: str
    notes: tuple[str, ...]


def project(matrix: Vectors, *, method: Method = "auto", seed: int = 1) -> Projection:
    """Lay the rows of a matrix out in the plane, near rows near each other.

    Parameters
    ----------
    matrix
        float32 (N, D). Rows with NaN or infinity are left out, equal rows share a place.
    method
        ``"pca"``, ``"t-sne"`` or ``"auto"``: t-SNE where it is installed and there are at least 5
        different rows, else PCA, with a note.
    seed
        Where t-SNE begins.

    Returns
    -------
    Projection
        Which rows have a place, and where.

    Raises
    ------
    ShapeError
        If the matrix is not (N, D).
    MissingExtraError
        If t-SNE is asked for and scikit-learn is not installed.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2:
        raise ShapeError(f"expected a matrix (N, D), got shape {matrix.shape}.")
    notes = []
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        notes.append(f"{int((~finite).sum()):,} points are not finite and were left out.")
    rows = np.flatnonzero(finite).astype(np.int32)
    different, place = np.unique(matrix[rows].astype(np.float64), axis=0, return_inverse=True)
    if len(different) < len(rows):
        notes.append(f"{len(rows) - len(different):,} points share their place with an equal one.")
    chosen, note = _choose(method, len(different))
    flat = _pca(different, 2) if chosen == "pca" else _tsne(different, seed)
    positions = _scaled(flat)[place.ravel()].astype(np.float32).reshape(-1, 2)
    return Projection(rows, positions, chosen, (*notes, *note))


def _choose(method: Method, n: int) -> tuple[str, tuple[str, ...]]:
    """Decide how to project n different points, and say why if not as asked."""
    if method == "pca":
        return "pca", ()
    if n < FEWEST_FOR_TSNE:
        return "pca", (f"t-SNE needs {FEWEST_FOR_TSNE} different points, got {n}: shown by PCA.",)
    if importlib.util.find_spec("sklearn") is not None:
        return "t-sne", ()
    if method == "auto":
        return "pca", ("scikit-learn is not installed: shown by PCA.",)
    raise MissingExtraError("t-SNE needs scikit-learn.", "pip install 'lexloom[demo]'")


def _pca(points: np.ndarray, width: int) -> np.ndarray:
    """Turn the cloud so that its widest directions come first; signs are fixed, so it repeats."""
    if len(points) == 0:
        return np.zeros((0, width))
    centred = points - points.mean(axis=0)
    left, spread, right = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    turned = (left * spread * signs)[:, :width]
    return np.pad(turned, ((0, 0), (0, width - turned.shape[1])))


def _tsne(points: np.ndarray, seed: int) -> np.ndarray:
    """Lay points out by t-SNE over their first principal components."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    reduced = _pca(points, min(WIDTH_FOR_TSNE, *points.shape))
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    start = _scaled(_pca(points, 2)) * 1e-4
    model = TSNE(perplexity=perplexity, init=cast("Any", start), random_state=seed)
    # Few points: threads that wait for each other cost ten times what they save on a busy machine.
    with threadpool_limits(1):
        return model.fit_transform(reduced)


def _scaled(flat: np.ndarray) -> np.ndarray:
    """Centre points and fit them into -1 to 1, without changing the shape of the cloud."""
    if len(flat) == 0:
        return flat
    centred = flat - (flat.max(axis=0) + flat.min(axis=0)) / 2
    return centred / (np.abs(centred).max() or 1.0)
