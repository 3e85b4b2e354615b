"""The vectors of n-grams, of which vectors of words are made that nobody has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom.arrays import Bools, Counts, Ids, Vectors
from lexloom.errors import ShapeError
from lexloom.kernels.pooling import add_rows
from lexloom.vectors.ngrams import Ngrams

__all__ = ["NgramTable"]


class NgramTable:
    """The rows of those buckets that have one; the others count as zero. Nothing of it changes.

    Parameters
    ----------
    ngrams
        How words are cut into n-grams, and these put into buckets.
    buckets
        int32 (U), the buckets that have a row, rising.
    matrix
        float32 (U, D), finite. It is kept and made read-only in place; another type or layout, or a
        view of a writeable array, is copied.
    verify
        Whether to look at every number too, which a large mapped table takes its time for.

    Raises
    ------
    ShapeError
        If the shapes do not fit, the buckets do not rise or are not among those of `ngrams`, or a
        number is not finite.
    """

    def __init__(self, ngrams: Ngrams, buckets: Any, matrix: Any, *, verify: bool = True) -> None:
        self.ngrams = ngrams
        self.buckets: Ids = _kept(buckets, np.int32)
        self.matrix: Vectors = _kept(matrix, np.float32)
        if self.matrix.ndim != 2 or self.buckets.shape != self.matrix.shape[:1]:
            raise ShapeError(
                f"expected a bucket for each row of n-grams, got {self.buckets.shape} for "
                f"{self.matrix.shape}."
            )
        bounds = np.concatenate([[-1], self.buckets, [ngrams.buckets]])
        if (np.diff(bounds) <= 0).any():
            raise ShapeError(f"buckets must rise, from 0 to {ngrams.buckets - 1} at most.")
        if verify and not np.isfinite(self.matrix).all():
            raise ShapeError("the vector of an n-gram has NaN or infinity.")

    def compose(self, words: Sequence[str]) -> tuple[Vectors, Bools]:
        """Make vectors of words from their n-grams: the mean of their rows.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            float32 (N, D); and bool (N), whether a word has any n-gram, be it one without a row.
        """
        # Half a surrogate pair is no character, but the rest of such a word may tell something.
        spelt = [word.encode("utf-8", "replace").decode() for word in words]
        sums, n_ngrams = self.sum_up(spelt)
        sums /= np.maximum(n_ngrams, 1)[:, None]
        return sums, n_ngrams > 0

    def sum_up(self, words: Sequence[str] | pa.Array) -> tuple[Vectors, Counts]:
        """Add up the rows of the n-grams of words.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            float32 (N, D); and int64 (N), how many n-grams each has, with a row or without.
        """
        sums = np.zeros((len(words), self.matrix.shape[1]), np.float32)
        buckets, begins = self.ngrams.buckets_of(words)
        if len(self.buckets):
            places = np.searchsorted(self.buckets, buckets).astype(np.int32)
            np.minimum(places, len(self.buckets) - 1, out=places)
            has_row = (self.buckets[places] == buckets).astype(np.float64)
            add_rows(self.matrix, places, begins, has_row, sums)
        return sums, np.diff(begins)


def _kept(array: Any, kind: Any) -> Any:
    """Take an array as it is, read-only, or a copy of another kind of it."""
    kept = np.ascontiguousarray(array, kind)
    if kept.flags.writeable and kept.base is not None:
        kept = kept.copy()
    kept.flags.writeable = False
    return kept
