"""Hidden rows against output rows: scores, slopes, and what they change.

A *pair* is a hidden row (a context word, or the mean of a window) and an output row (a word, or a
node of a Huffman tree) whose score it should raise or lower. Each output row is paired with the
hidden rows from `low` to `high`, but for `skip`. With s the score of a pair and y = ±1 its sign,

    loss = log(1 + exp(-y s)),   slope = rate · y · sigmoid(-y s),

and with the slopes G (output rows × hidden rows), the changes are G · hidden and Gᵀ · outputs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lexloom.kernels.compiling import PART
from lexloom.kernels.rows import clear_rows
from lexloom.kernels.slopes import pair_slopes
from lexloom.kernels.tiles import ROWS, dot_tile, mix_tiles, mix_tiles_transposed

__all__ = ["learn_pairs", "reach_of_tile", "spread_slopes"]

_ZERO = np.float32(0.0)


@njit(**PART)
def reach_of_tile(pairs, first, n):
    """Give the hidden rows that the output rows of one tile are paired with."""
    low, high = pairs.low[first], pairs.high[first]
    for row in range(first + 1, min(first + ROWS, n)):
        low = min(low, pairs.low[row])
        high = max(high, pairs.high[row])
    return low, high


@njit(**PART)
def learn_pairs(hidden, n_outputs, rate, scratch, change):
    """Score the pairs of the first `n_outputs` output rows and turn the scores into slopes.

    Fills the slopes (`scratch.scores`), counts the pairs of each hidden row (`scratch.counts`),
    sums the losses (`scratch.losses`: not finite if any score is not), and sets the changes of
    these output rows.
    """
    scores, pairs = scratch.scores, scratch.pairs
    scratch.counts.fill(_ZERO)
    scratch.losses.fill(_ZERO)
    for first in range(0, n_outputs, ROWS):
        start, stop = reach_of_tile(pairs, first, n_outputs)
        for p in range(start, stop, ROWS):
            dot_tile(scratch.outputs, first, hidden, p, scores)
        for row in range(first, first + ROWS):
            if row < n_outputs:
                bounds = (pairs.low[row], pairs.high[row], pairs.skip[row])
                pair_slopes(
                    scores, row, start, stop, bounds, pairs.sign[row], rate,
                    scratch.counts, scratch.losses,
                )  # fmt: skip
            else:
                scores[row, start : stop + ROWS] = _ZERO
        if start < stop:
            mix_tiles(scores, start, stop, hidden, change.outputs, first, False)
        else:
            clear_rows(change.outputs, first, first + ROWS)


@njit(**PART)
def spread_slopes(n_outputs, scratch, hidden_changes):
    """Add to the changes of the hidden rows what the pairs of the output rows ask for."""
    for first in range(0, n_outputs, ROWS):
        start, stop = reach_of_tile(scratch.pairs, first, n_outputs)
        for p in range(start, stop, ROWS):
            mix_tiles_transposed(
                scratch.scores, first, first + ROWS, scratch.outputs, hidden_changes, p, True
            )
