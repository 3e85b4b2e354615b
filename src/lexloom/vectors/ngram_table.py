"""The vectors of n-grams, of which vectors of words are made that nobody has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lexloom.arrays import Bools, Ids, Vectors
from lexloom.errors import ShapeError
from lexloom.vectors.ngrams import Ngrams

__all__ = ["NgramTable"]

WORDS_AT_ONCE = 1024


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

    Raises
    ------
    ShapeError
        If the shapes do not fit, the buckets do not rise or are not among those of `ngrams`, or a
        number is not finite.
    """

    def __init__(self, ngrams: Ngrams, buckets: Any, matrix: Any) -> None:
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
        if not np.isfinite(self.matrix).all():
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
            float32 (N, D); and bool (N), whether a word has any n-gram at all.
        """
        vectors = np.zeros((len(words), self.matrix.shape[1]), np.float32)
        known = np.zeros(len(words), np.bool_)
        for first in range(0, len(words), WORDS_AT_ONCE):
            some = slice(first, first + WORDS_AT_ONCE)
            buckets, begins = self.ngrams.buckets_of(words[some])
            lengths = np.diff(begins)
            known[some] = lengths > 0
            if len(buckets):
                sums = np.add.reduceat(self._rows(buckets), begins[:-1][lengths > 0])
                vectors[some][lengths > 0] = sums / lengths[lengths > 0, None]
        return vectors, known

    def _rows(self, buckets: Ids) -> Vectors:
        """Give the row of each bucket, zero where it has none: float32 (N, D)."""
        if not len(self.buckets):
            return np.zeros((len(buckets), self.matrix.shape[1]), np.float32)
        places = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        return self.matrix[places] * (self.buckets[places] == buckets)[:, None]


def _kept(array: Any, kind: Any) -> Any:
    """Take an array as it is, read-only, or a copy of another kind of it."""
    kept = np.ascontiguousarray(array, kind)
    if kept.flags.writeable and kept.base is not None:
        kept = kept.copy()
    kept.flags.writeable = False
    return kept
