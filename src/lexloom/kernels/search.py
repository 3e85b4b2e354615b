"""Find the rows with the best scores for each query, without writing the scores down."""

from __future__ import annotations

import numpy as np
from numba import njit

from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.rows import FAST
from lexloom.kernels.tiles import ROWS, mix_tiles

__all__ = ["PANEL", "find_best", "keep_best"]

PANEL = 96
"""Rows scored at a time: they stay in a near cache while all queries meet them."""


@njit(**PART)
def _is_worse(scores, ids, i, j):
    """Say whether entry `i` ranks behind entry `j`: a lower score, or the same and a higher id."""
    return scores[i] < scores[j] or (scores[i] == scores[j] and ids[i] > ids[j])


@njit(**PART)
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


@njit(**PART, error_model="numpy")
def _turn_panel(unit, start, stop, panel):
    """Lay the rows ``unit[start:stop]`` as columns into a panel; columns left over are zero."""
    for j in range(stop - start):
        for d in range(panel.shape[0]):
            panel[d, j] = unit[start + j, d]
    for j in range(stop - start, PANEL):
        for d in range(panel.shape[0]):
            panel[d, j] = np.float32(0.0)


@njit(**PART, fastmath=FAST, error_model="numpy")
def _offer(scores, row, first, stop, first_id, best_scores, best_ids):
    """Offer the scores ``[row, first:stop]`` of the rows from `first_id` on to the heap of the row.

    Of equal scores the lower id wins, because ids only rise and an equal score replaces nothing.
    """
    bar = best_scores[row, 0]
    n_better = np.float32(0.0)
    for column in range(first, stop):
        n_better += np.float32(1.0) if scores[row, column] > bar else np.float32(0.0)
    if n_better == 0:
        return
    for column in range(first, stop):
        if scores[row, column] > best_scores[row, 0]:
            word_id = np.int32(first_id + column - first)
            _replace_worst(best_scores[row], best_ids[row], scores[row, column], word_id)


@kernel
def keep_best(scores, best_scores, best_ids):
    """Offer the scores of all rows, float32 (N, V), to the heap of each query, as `find_best`."""
    for row in range(scores.shape[0]):
        for start in range(0, scores.shape[1], PANEL):
            _offer(
                scores,
                row,
                start,
                min(start + PANEL, scores.shape[1]),
                start,
                best_scores,
                best_ids,
            )


@kernel
def find_best(unit, first, stop, queries, room, best_scores, best_ids):
    """Offer the scores of the rows ``unit[first:stop]`` to the heap of each query.

    A panel of rows is turned once and stays in the nearest cache while all queries meet it, so
    that scores are looked at where they were computed and never reach the memory.

    Parameters
    ----------
    unit
        float32 (V, D).
    first, stop
        The first row and one past the last.
    queries
        float32 (N, D), N padded to a multiple of `ROWS`.
    room
        The panel, float32 (D, `PANEL`), and room for scores, float32 (padded N, `PANEL`).
    best_scores, best_ids
        float32 and int32 (N, n), changed in place: the heaps, the worst entry in front.
    """
    panel, scores = room
    for start in range(first, stop, PANEL):
        n_columns = min(PANEL, stop - start)
        _turn_panel(unit, start, start + n_columns, panel)
        for i in range(0, queries.shape[0], ROWS):
            mix_tiles(queries, 0, queries.shape[1], panel, scores, i, False)
            for row in range(i, min(i + ROWS, best_scores.shape[0])):
                _offer(scores, row, 0, n_columns, start, best_scores, best_ids)
