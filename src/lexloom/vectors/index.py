"""Exact search by cosine: blocks of products, of which only the best are kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.kernels.search import PANEL, find_best, keep_best
from lexloom.kernels.tiles import ROWS
from lexloom.threads import n_threads_of

__all__ = ["Index", "Neighbors", "unit_rows"]

QUERIES_AT_ONCE = 1024
FEW_QUERIES = 4
ROWS_AT_ONCE = 1 << 14


class Neighbors(NamedTuple):
    """The nearest words of N queries, best first.

    Attributes
    ----------
    ids
        int32 (N, n), ids of words; -1 where fewer than n words were left.
    cosines
        float32 (N, n), their cosines; 0.0 where the id is -1.
    """

    ids: Ids
    cosines: Vectors


def unit_rows(matrix: Vectors) -> Vectors:
    """Divide each row by its length; a zero row stays zero.

    Parameters
    ----------
    matrix
        float32 (V, D).

    Returns
    -------
    Vectors
        float32 (V, D), a new array.
    """
    unit = np.empty(matrix.shape, np.float32)
    for first in range(0, len(matrix), ROWS_AT_ONCE):
        rows = matrix[first : first + ROWS_AT_ONCE].astype(np.float64)
        lengths = np.sqrt(np.einsum("vd,vd->v", rows, rows))
        lengths[lengths == 0] = 1
        unit[first : first + ROWS_AT_ONCE] = rows / lengths[:, None]
    return unit


class Index:
    """Cosines between queries and all rows of a matrix, exact.

    Parameters
    ----------
    matrix
        float32 (V, D). Its unit rows are computed once, when they are first needed.
    """

    def __init__(self, matrix: Vectors) -> None:
        self._matrix = matrix
        self._unit: Vectors | None = None
        self._lock = threading.Lock()

    @property
    def unit(self) -> Vectors:
        """The rows divided by their lengths: float32 (V, D), read-only."""
        with self._lock:
            if self._unit is None:
                self._unit = unit_rows(self._matrix)
                self._unit.flags.writeable = False
            return self._unit

    def nearest(self, queries: Vectors, n: int, exclude: Ids | None = None) -> Neighbors:
        """Find the rows with the highest cosine to each query.

        Parameters
        ----------
        queries
            float32 (N, D), of any length.
        n
            How many to find, at least 1; clipped to V.
        exclude
            int32 (N, E), ids never to give for each query; -1 excludes nothing.

        Returns
        -------
        Neighbors
            Of equal cosines the lower id comes first.
        """
        n = min(n, len(self._matrix))
        wanted = n if exclude is None else min(n + exclude.shape[1], len(self._matrix))
        unit_queries = unit_rows(queries)
        ids = np.empty((len(queries), n), np.int32)
        cosines = np.empty((len(queries), n), np.float32)
        for first in range(0, len(queries), QUERIES_AT_ONCE):
            part = slice(first, first + QUERIES_AT_ONCE)
            found = self._best(unit_queries[part], wanted)
            if exclude is not None:
                found = _without(found, exclude[part], n)
            ids[part], cosines[part] = found
        return Neighbors(ids, cosines)

    def _best(self, queries: Vectors, n: int) -> Neighbors:
        """Find the `n` best rows for at most `QUERIES_AT_ONCE` unit queries.

        Few queries wait for the memory alone, and a plain product reads it best.
        """
        n_queries = len(queries)
        n_threads = 1 if n_queries <= FEW_QUERIES else n_threads_of()
        scores = np.full((n_threads, n_queries, n), -np.inf, np.float32)
        ids = np.full((n_threads, n_queries, n), -1, np.int32)
        if n_queries <= FEW_QUERIES:
            keep_best(queries @ self.unit.T, scores[0], ids[0])
        else:
            self._search_together(queries, scores, ids)
        all_scores, all_ids = np.concatenate(scores, axis=1), np.concatenate(ids, axis=1)
        order = np.lexsort((all_ids, -all_scores), axis=-1)[:, :n]
        found = np.take_along_axis(all_scores, order, axis=1)
        return Neighbors(np.take_along_axis(all_ids, order, axis=1), np.clip(found, -1, 1))

    def _search_together(self, queries: Vectors, scores: np.ndarray, ids: np.ndarray) -> None:
        """Let each thread find the best rows of its share, for all queries."""
        unit, width = self.unit, queries.shape[1]
        padded = np.zeros((-(-len(queries) // ROWS) * ROWS, width), np.float32)
        padded[: len(queries)] = queries
        bounds = np.linspace(0, len(unit), len(scores) + 1).astype(np.int64)

        def search(i: int) -> None:
            room = np.empty((width, PANEL), np.float32), np.empty((len(padded), PANEL), np.float32)
            find_best(unit, bounds[i], bounds[i + 1], padded, room, scores[i], ids[i])

        with ThreadPoolExecutor(len(scores)) as pool:
            list(pool.map(search, range(len(scores))))


def _without(found: Neighbors, exclude: Ids, n: int) -> Neighbors:
    """Leave out the excluded ids of each query and keep the `n` best of the rest."""
    kept = ~(found.ids[:, :, None] == exclude[:, None, :]).any(axis=2)
    order = np.argsort(~kept, axis=1, kind="stable")[:, :n]
    is_kept = np.take_along_axis(kept, order, axis=1)
    ids = np.where(is_kept, np.take_along_axis(found.ids, order, axis=1), -1)
    cosines = np.where(is_kept, np.take_along_axis(found.cosines, order, axis=1), 0)
    return Neighbors(ids.astype(np.int32), cosines.astype(np.float32))
