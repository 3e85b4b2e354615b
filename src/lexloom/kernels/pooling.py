"""Add up rows of a matrix, text by text."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["add_rows"]


@kernel
def add_rows(matrix, ids, offsets, weights, sums):
    """Write into `sums` (N, D) for each text the weighted sum of the rows of its words.

    Text i has the words ``ids[offsets[i]:offsets[i + 1]]``, each with a factor in `weights`.
    Sums are kept in float64 so that a long text loses nothing.
    """
    width = matrix.shape[1]
    total = np.empty(width, np.float64)
    for text in range(offsets.shape[0] - 1):
        total[:] = 0.0
        for position in range(offsets[text], offsets[text + 1]):
            word_id = ids[position]
            weight = weights[position]
            for d in range(width):
                total[d] += weight * matrix[word_id, d]
        for d in range(width):
            sums[text, d] = total[d]
