"""Keep the best of many scores, block by block, without sorting them all."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["keep_best"]


@kernel
def _is_worse(scores, ids, i, j):
    """Say whether entry `i` ranks behind entry `j`: a lower score, or the same and a higher id."""
    return scores[i] < scores[j] or (scores[i] == scores[j] and ids[i] > ids[j])


@kernel
def _replace_worst(scores, ids, score, word_id):
    """Put a new entry in place of the worst, which a heap keeps in front."""
    scores[0] = score
    ids[0] = word_id
    i = 0
    while True:
        child = 2 * i + 1
        if child >= scores.shape[0]:
            return
        if child + 1 < scores.shape[0] and _is_worse(scores, ids, child + 1, child):
            child += 1
        if not _is_worse(scores, ids, child, i):
            return
        scores[i], scores[child] = scores[child], scores[i]
        ids[i], ids[child] = ids[child], ids[i]
        i = child


@kernel
def keep_best(scores, first_id, best_scores, best_ids, start, stop):
    """Offer a block of scores (N, B) of the words from `first_id` on to the heaps (N, n).

    Rows `start` to `stop` of `best_scores` and `best_ids` are changed in place. Of equal scores the
    lower id wins, because ids only rise and an equal score replaces nothing.
    """
    for row in range(start, stop):
        heap_scores = best_scores[row]
        heap_ids = best_ids[row]
        bar = heap_scores[0]
        for column in range(scores.shape[1]):
            if scores[row, column] > bar:
                _replace_worst(
                    heap_scores, heap_ids, scores[row, column], np.int32(first_id + column)
                )
                bar = heap_scores[0]
