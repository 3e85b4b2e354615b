"""The largest singular vectors of a sparse matrix, found by random projection."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import scipy.sparse
from threadpoolctl import threadpool_limits

from lexloom.arrays import Floats, Vectors
from lexloom.kernels.sparse import multiply_rows

__all__ = ["SingularVectors", "decompose"]

_SPARE = 16
"""Directions looked for beyond those wanted: the last ones found are the least exact."""

_SMALLEST = 1e-10
"""Directions in which a matrix has a smaller share of its squares than this hold rounding only."""

_RUNS_OF_THREAD = 8
_ROWS_AT_ONCE = 1 << 14


class SingularVectors(NamedTuple):
    """A matrix of R rows and V columns, as near as D products of vectors come to it: U diag(S) Wᵀ.

    left: float32 (R, D), the columns of U. values: float64 (D), descending. right: float32 (V, D),
    the columns of W. Where the matrix has a lower rank, there are fewer than D.
    """

    left: Vectors
    values: Floats
    right: Vectors


def decompose(
    matrix: scipy.sparse.csr_matrix, width: int, *, iterations: int, seed: int, threads: int
) -> SingularVectors:
    """Find the largest singular values of a sparse matrix and their vectors.

    The range of A is found from its products with random vectors (Halko, Martinsson and Tropp 2011,
    algorithm 4.4): Y = (A Aᵀ)^q A Ω, Q an orthonormal basis of Y; then the small matrix Qᵀ A is
    decomposed in full (algorithm 5.1).

    Parameters
    ----------
    matrix
        float32 (R, V): A.
    width
        D, at least 1.
    iterations
        q; each makes the vectors more exact, where singular values fall slowly, and costs two
        products with A.
    seed
        What the random vectors hang on.
    threads
        How many multiply, with the same result. Dense products are dealt out to them too: a BLAS
        that shares out small ones itself waits longer than it works wherever something else runs.

    Returns
    -------
    SingularVectors
        At most D. The largest number of each left vector is positive.
    """
    turned = matrix.T.tocsr()
    n_rows, n_columns = len(matrix.indptr) - 1, len(turned.indptr) - 1
    n_directions = min(width + _SPARE, n_rows, n_columns)
    generator = np.random.Generator(np.random.Philox(key=seed))
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        rows, columns = (_Product(part, pool, threads) for part in (matrix, turned))
        drawn = generator.standard_normal((n_columns, n_directions), np.float32)
        basis = _orthonormal(rows(drawn), pool)
        for _ in range(iterations):
            basis = _orthonormal(rows(columns(basis)), pool)
        projected = columns(basis)
        squares, turn = _squares_along(projected, pool)
        values, turn = np.sqrt(squares[:width]), turn[:, :width]
        left = _turned(basis, turn, pool)
        right = _turned(projected, turn / values, pool)
    largest = np.abs(left).argmax(axis=0)
    signs = np.sign(left[largest, np.arange(len(largest))]).astype(np.float32)
    return SingularVectors(left * signs, values, right * signs)


class _Product:
    """Multiplies a sparse matrix with dense ones, its rows dealt out to threads."""

    def __init__(
        self, matrix: scipy.sparse.csr_matrix, pool: ThreadPoolExecutor, threads: int
    ) -> None:
        shares = np.linspace(0, matrix.nnz, threads * _RUNS_OF_THREAD + 1)[1:-1]
        n_rows = len(matrix.indptr) - 1
        cuts = np.searchsorted(matrix.indptr, shares).clip(0, n_rows)
        self._runs = list(itertools.pairwise([0, *cuts.tolist(), n_rows]))
        self._matrix, self._pool = matrix, pool

    def __call__(self, dense: Vectors) -> Vectors:
        """Give the product: float32."""
        matrix = self._matrix
        product = np.empty((len(matrix.indptr) - 1, dense.shape[1]), np.float32)

        def fill(rows: tuple[int, int]) -> None:
            multiply_rows(matrix.indptr, matrix.indices, matrix.data, dense, rows, product)

        for _ in self._pool.map(fill, self._runs):
            pass
        return product


def _orthonormal(vectors: Vectors, pool: ThreadPoolExecutor) -> Vectors:
    """Give an orthonormal basis of the columns, but for those that hold rounding only."""
    squares, turn = _squares_along(vectors, pool)
    return _turned(vectors, turn / np.sqrt(squares), pool)


def _squares_along(vectors: Vectors, pool: ThreadPoolExecutor) -> tuple[Floats, Floats]:
    """Turn columns so that they are at right angles; give their squares, descending, and the turn.

    By the eigenvectors of their products with each other, in float64: two large matrix products,
    where a QR decomposition takes many small steps.
    """

    def products_of(rows: slice) -> Floats:
        block = vectors[rows].astype(np.float64)
        return block.T @ block

    squares, turn = np.linalg.eigh(sum(pool.map(products_of, _blocks(vectors))))
    kept = squares > max(_SMALLEST * squares[-1], np.finfo(np.float32).tiny)
    return squares[kept][::-1], turn[:, kept][:, ::-1]


def _turned(vectors: Vectors, turn: Floats, pool: ThreadPoolExecutor) -> Vectors:
    """Give ``vectors @ turn``: float32."""
    product = np.empty((len(vectors), turn.shape[1]), np.float32)
    factor = turn.astype(np.float32)

    def fill(rows: slice) -> None:
        np.matmul(vectors[rows], factor, out=product[rows])

    for _ in pool.map(fill, _blocks(vectors)):
        pass
    return product


def _blocks(vectors: Vectors) -> list[slice]:
    """Part rows into blocks that fit a cache."""
    return [slice(start, start + _ROWS_AT_ONCE) for start in range(0, len(vectors), _ROWS_AT_ONCE)]
