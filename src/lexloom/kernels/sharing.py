"""Adding the changes of a round of blocks, by several threads, in the order of the blocks.

A row that only one thread's blocks touch is added by that thread, from its own caches. For the few
that several touch, a hash of the row says which thread adds it. Either way a row takes its changes
in the order of the blocks, so that neither the number of threads nor a row wrongly taken for
shared changes the sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from lexloom.arrays import Bits, Ids
from lexloom.kernels.blocks import change_of
from lexloom.kernels.compiling import PART
from lexloom.kernels.lanes import LINE, prefetch, zeros_apart
from lexloom.kernels.rows import FAST, add_change

__all__ = ["Crossing", "add_round", "empty_crossing", "forget_marks", "mark_rows"]

_INPUTS, _OUTPUTS = 0, 1
_CELLS = 64
_CELL_OF_ROW, _BIT_OF_ROW = np.uint64(6), np.uint64(63)
_LAST_BIT = np.uint64(64 * _CELLS - 1)
_GOLDEN, _LOW_HALF, _HALF = np.uint64(0x9E3779B1), np.uint64(0xFFFFFFFF), np.uint64(32)
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Crossing(NamedTuple):
    """Where threads tell each other which rows they touched.

    marks: uint64 (threads, 2, cells), a bit for the rows of either matrix that a thread touched;
    one bit stands for many rows. shared: uint64 of the same shape, the bits that more than one
    thread has set; each thread works them out for itself. blocks, places: int32 (threads, rows of
    a round), the shared rows that a thread adds.
    """

    marks: Bits
    shared: Bits
    blocks: Ids
    places: Ids


def empty_crossing(n_threads, n_rows):
    """Make what threads need whose rounds touch at most `n_rows` rows of one matrix."""
    return Crossing(
        zeros_apart((n_threads, 2, _CELLS), np.uint64),
        zeros_apart((n_threads, 2, _CELLS), np.uint64),
        zeros_apart((n_threads, n_rows + 1), np.int32),
        zeros_apart((n_threads, n_rows + 1), np.int32),
    )


@njit(**PART)
def forget_marks(crossing, thread):
    """Begin a round: this thread has touched nothing."""
    for side in range(2):
        for cell in range(_CELLS):
            crossing.marks[thread, side, cell] = _NONE


@njit(**PART)
def mark_rows(crossing, thread, changes, b):
    """Note the rows that block `b` of this thread changes."""
    for i in range(changes.sizes[b, _INPUTS]):
        bit = np.uint64(changes.input_ids[b, i]) & _LAST_BIT
        crossing.marks[thread, _INPUTS, bit >> _CELL_OF_ROW] |= _ONE << (bit & _BIT_OF_ROW)
    for i in range(changes.sizes[b, _OUTPUTS]):
        bit = np.uint64(changes.output_ids[b, i]) & _LAST_BIT
        crossing.marks[thread, _OUTPUTS, bit >> _CELL_OF_ROW] |= _ONE << (bit & _BIT_OF_ROW)


@njit(**PART)
def _find_shared(crossing, thread):
    """Find the bits that more than one thread has set."""
    for side in range(2):
        for cell in range(_CELLS):
            once, twice = _NONE, _NONE
            for other in range(crossing.marks.shape[0]):
                marked = crossing.marks[other, side, cell]
                twice |= once & marked
                once |= marked
            crossing.shared[thread, side, cell] = twice


@njit(**PART)
def _is_shared(crossing, thread, side, row):
    """Say, as 0 or 1, whether several threads may have touched a row."""
    bit = np.uint64(row) & _LAST_BIT
    cell = crossing.shared[thread, side, bit >> _CELL_OF_ROW]
    return (cell >> (bit & _BIT_OF_ROW)) & _ONE


@njit(**PART)
def _list_shared(crossing, team, side, ids, sizes, n_blocks):
    """List the shared rows of one matrix that this thread adds; give their number."""
    thread, n_threads = team
    n = 0
    for b in range(n_blocks):
        for i in range(sizes[b, side]):
            row = np.uint64(ids[b, i])
            owner = (((row * _GOLDEN) & _LOW_HALF) * np.uint64(n_threads)) >> _HALF
            crossing.blocks[thread, n] = b
            crossing.places[thread, n] = i
            n += (owner == np.uint64(thread)) & _is_shared(crossing, thread, side, row)
    return n


@njit(**PART, fastmath=FAST, error_model="numpy")
def _add_row(matrix, row, rows, b, i, frozen):
    """Add a row of a block's change to a row of a matrix, unless that is frozen."""
    if frozen.shape[0] == 0 or not frozen[row]:
        for d in range(matrix.shape[1]):
            matrix[row, d] += rows[b, i, d]


@njit(**PART)
def _add_side(crossing, team, side, own, n_blocks, matrix, ids, rows, sizes, frozen):
    """Add what a round changes in one matrix, as far as it is for this thread to add.

    While it adds its own rows, it asks for the shared ones, which lie in the caches of others.
    """
    thread = team[0]
    n_shared = _list_shared(crossing, team, side, ids, sizes, n_blocks)
    blocks, places = crossing.blocks, crossing.places
    asked = 0
    for b in range(own[0], own[1]):
        for i in range(sizes[b, side]):
            if _is_shared(crossing, thread, side, ids[b, i]):
                continue
            if asked < n_shared:
                there, place = blocks[thread, asked], places[thread, asked]
                for d in range(0, matrix.shape[1], LINE):
                    prefetch(matrix, ids[there, place], d)
                    prefetch(rows, there * rows.shape[1] + place, d)
                asked += 1
            _add_row(matrix, ids[b, i], rows, b, i, frozen)
    for n in range(n_shared):
        b, i = blocks[thread, n], places[thread, n]
        _add_row(matrix, ids[b, i], rows, b, i, frozen)


@njit(**PART)
def add_round(model, changes, crossing, team, own, n_blocks):
    """Add the changes of a round to the model, in place, together with the other threads.

    Parameters
    ----------
    model, changes
        The model, and the changes of the blocks of the round.
    crossing
        Where every thread has marked the rows of its blocks.
    team
        The number of this thread, and of all.
    own
        The first block of this thread and one past its last.
    n_blocks
        The blocks of the round.
    """
    if team[1] == 1:
        for b in range(n_blocks):
            add_change(model, change_of(changes, b))
        return
    _find_shared(crossing, team[0])
    _add_side(
        crossing, team, _INPUTS, own, n_blocks,
        model.inputs, changes.input_ids, changes.inputs, changes.sizes, model.frozen,
    )  # fmt: skip
    _add_side(
        crossing, team, _OUTPUTS, own, n_blocks,
        model.outputs, changes.output_ids, changes.outputs, changes.sizes, model.frozen[:0],
    )  # fmt: skip
