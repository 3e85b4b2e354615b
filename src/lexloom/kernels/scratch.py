"""The room one thread works in: arrays made once and used for every block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.kernels.lanes import LANES, padded, zeros_apart
from lexloom.kernels.tiles import ROWS

__all__ = ["TOP", "Nodes", "Pairs", "Scratch", "empty_scratch"]

TOP = 32
"""Nodes at the top of a Huffman tree, which the words of a block may share."""


class Pairs(NamedTuple):
    """Which hidden rows each output row is paired with, and whether to raise or lower the score.

    sign: float32, +1 or -1. low, high, skip: int32; `skip` is -1 where nothing is left out.
    """

    sign: Vectors
    low: Ids
    high: Ids
    skip: Ids


class Nodes(NamedTuple):
    """The nodes of a block, a row each: first those at the top, then those below, by target.

    rows: with which hidden rows each is paired; for those at the top, from the lowest to the
    highest. row_of: int32 (`TOP`), the row of each node at the top, -1 if it has none. n_pairs:
    int32, the pairs of each at the top. totals, rises: float32 (rows at the top, hidden rows), the
    same by hidden row, and how many of them should rise. begins: int32 (B + 1), the first row of
    each target, below the top.
    """

    rows: Pairs
    row_of: Ids
    n_pairs: Ids
    totals: Vectors
    rises: Vectors
    begins: Ids


def _empty_pairs(n_rows):
    """Make room for so many output rows: all to be raised, none left out."""
    pairs = Pairs(zeros_apart(n_rows, np.float32), *zeros_apart((3, n_rows), np.int32))
    pairs.sign[:] = 1.0
    pairs.skip[:] = -1
    return pairs


def _empty_nodes(n_targets, n_rows, n_columns):
    """Make room for so many targets, nodes and hidden rows."""
    n_top = min(n_rows, TOP)
    return Nodes(
        _empty_pairs(n_rows),
        *zeros_apart((2, TOP), np.int32),
        zeros_apart((n_top, n_columns), np.float32),
        zeros_apart((n_top, n_columns), np.float32),
        zeros_apart(n_targets + 1, np.int32),
    )


class Scratch(NamedTuple):
    """The room one thread works in; rows are padded to whole tiles and vectors.

    inputs: the gathered context rows. hidden, hidden_changes: the hidden rows of CBOW.
    windows: (hidden rows, context rows), the share of each context row in each mean. outputs: the
    gathered output rows. scores: (output rows, hidden rows). counts,
    noise_counts: float32, pairs of each hidden row, and those that a noise word counts for.
    losses: float32, their sum spread over lanes. pairs: one entry an output row. nodes: those of
    a Huffman tree.
    """

    inputs: Vectors
    hidden: Vectors
    hidden_changes: Vectors
    windows: Vectors
    outputs: Vectors
    scores: Vectors
    counts: Vectors
    noise_counts: Vectors
    losses: Vectors
    pairs: Pairs
    nodes: Nodes


def empty_scratch(n_inputs, n_hidden, n_outputs, n_nodes, width):
    """Make the room for blocks of at most so many rows of each sort, of vectors of this width."""
    columns = padded(width)
    most_hidden = max(n_inputs, n_hidden) + LANES + ROWS
    return Scratch(
        zeros_apart((n_inputs + ROWS, columns), np.float32),
        zeros_apart((n_hidden + ROWS, columns), np.float32),
        zeros_apart((n_hidden + ROWS, columns), np.float32),
        zeros_apart((n_hidden + ROWS, n_inputs + ROWS), np.float32),
        zeros_apart((n_outputs + ROWS, columns), np.float32),
        zeros_apart((n_outputs + ROWS, padded(most_hidden) + LANES), np.float32),
        zeros_apart(padded(most_hidden) + LANES, np.float32),
        zeros_apart(padded(most_hidden) + LANES, np.float32),
        zeros_apart(LANES, np.float32),
        _empty_pairs(max(n_hidden, n_outputs) + ROWS),
        _empty_nodes(n_hidden, n_nodes + ROWS, padded(most_hidden) + LANES),
    )
