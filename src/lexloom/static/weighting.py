"""From how often words stand in documents to how much that tells: tf-idf and BM25."""

from __future__ import annotations

import numpy as np
import scipy.sparse

from lexloom.arrays import Counts, Floats

__all__ = ["bm25", "bm25_rarity", "tf_idf", "tf_idf_rarity", "unit_rows"]


def tf_idf_rarity(documents: Counts, n_documents: int) -> Floats:
    """Weigh features by how few documents have them, as scikit-learn does by default.

    With n(t) of N documents having feature t, and one more that has them all so that nothing is
    divided by zero: idf(t) = ln((1 + N) / (1 + n(t))) + 1 (after Spärck Jones 1972).

    Parameters
    ----------
    documents
        int64 (V), the documents with each feature.
    n_documents
        N.

    Returns
    -------
    Floats
        float64 (V), at least 1.

    Examples
    --------
    >>> tf_idf_rarity(np.array([3, 1]), 3).round(3).tolist()
    [1.0, 1.693]
    """
    return np.log((1 + n_documents) / (1 + documents)) + 1


def bm25_rarity(documents: Counts, n_documents: int) -> Floats:
    """Weigh features by how few documents have them, as in BM25.

    idf(t) = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5)): the weight of Robertson and Zaragoza 2009,
    equation 3.3, with the 1 inside that keeps it positive where most documents have the feature.

    Parameters
    ----------
    documents
        int64 (V), the documents with each feature.
    n_documents
        N.

    Returns
    -------
    Floats
        float64 (V), above 0.
    """
    return np.log1p((n_documents - documents + 0.5) / (documents + 0.5))


def tf_idf(counts: scipy.sparse.csr_matrix, rarity: Floats, *, sublinear: bool) -> None:
    """Turn counts, in place, into tf · idf, with tf the count or, if sublinear, 1 + ln count."""
    if sublinear:
        counts.data = 1 + np.log(counts.data)
    counts.data = (counts.data * rarity[counts.indices]).astype(np.float32)


def bm25(
    counts: scipy.sparse.csr_matrix, rarity: Floats, mean_length: float, k1: float, b: float
) -> None:
    """Turn counts, in place, into the weights of BM25 (Robertson and Zaragoza 2009, eq. 3.15).

    The weight of feature t in document d is idf(t) · f (k₁ + 1) / (f + k₁ (1 - b + b |d| / L)),
    where f is its count, |d| the features of the document and L their mean over the corpus. The
    factor k₁ + 1, which changes no order, is that of the usual programs.

    Parameters
    ----------
    counts
        float32 (N, V).
    rarity
        float64 (V), as `bm25_rarity` gives it.
    mean_length
        L, above 0.
    k1
        How late further occurrences stop to count, at least 0.
    b
        How much long documents are marked down, 0 to 1.
    """
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    damping = np.repeat(k1 * (1 - b + b * lengths / mean_length), np.diff(counts.indptr))
    weights = counts.data * (k1 + 1) / (counts.data + damping)
    counts.data = (weights * rarity[counts.indices]).astype(np.float32)


def unit_rows(matrix: scipy.sparse.csr_matrix) -> None:
    """Bring each row that is not empty to length 1, in place."""
    n_entries = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(len(n_entries)), n_entries)
    squares = np.bincount(rows, matrix.data.astype(np.float64) ** 2, minlength=len(n_entries))
    lengths = np.sqrt(squares)
    matrix.data = (matrix.data / lengths[rows]).astype(np.float32)
