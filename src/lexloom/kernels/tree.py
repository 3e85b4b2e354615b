"""Hierarchical softmax (Morin and Bengio 2005): a word is a way down a Huffman tree.

Every word passes the top of the tree, so the words of a block share most of its nodes there. A node
is scored once for all of them: of the pairs of a hidden row and a node, with score s, n take part
and r of them should rise,

    loss = n log(1 + exp(s)) - r s,   slope = rate (r - n sigmoid(s)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from lexloom.arrays import Ids, Offsets, Vectors
from lexloom.kernels.compiling import PART
from lexloom.kernels.lanes import LANES, prefetch
from lexloom.kernels.pairs import reach_of_tile
from lexloom.kernels.rows import clear_rows
from lexloom.kernels.scratch import TOP
from lexloom.kernels.slopes import add_window, pair_slopes, tree_slopes
from lexloom.kernels.tiles import ROWS, dot_tile, mix_tiles, mix_tiles_transposed

__all__ = [
    "HierarchicalSoftmax",
    "fetch_paths_ahead",
    "learn_nodes",
    "limit_steps",
    "list_nodes",
    "spread_nodes",
]

_ZERO = np.float32(0.0)


class HierarchicalSoftmax(NamedTuple):
    """A Huffman tree, and how far its top may move at a time.

    The path of word v is nodes[offsets[v]:offsets[v + 1]], with sign +1 left and -1 right. All
    words of a block change the nodes at the top: the rate times the pairs of a node there counts
    as `largest_step` at most.
    """

    nodes: Ids
    signs: Vectors
    offsets: Offsets
    largest_step: float


@njit(**PART)
def fetch_paths_ahead(loss, words, first, last):
    """Ask the caches for the paths of the words ``words[first:last]``."""
    for i in range(first, last):
        begin, end = loss.offsets[words[i]], loss.offsets[words[i] + 1]
        for place in (begin, end - 1):
            prefetch(loss.nodes, 0, place)
            prefetch(loss.signs, 0, place)


@njit(**PART)
def _begin_node(nodes, row, n_hidden):
    """Begin the row of a node at the top that no pair stands against yet."""
    for p in range(n_hidden + LANES):
        nodes.totals[row, p] = _ZERO
        nodes.rises[row, p] = _ZERO
    nodes.n_pairs[row] = 0
    nodes.rows.low[row] = n_hidden
    nodes.rows.high[row] = 0


@njit(**PART)
def _list_top(loss, targets, n_hidden, pairs, nodes, ids):
    """List the nodes at the top of the tree that the targets pass, once each; give their number."""
    first_of_top = max(loss.nodes[loss.nodes.shape[0] - 1] + 1 - TOP, 0)
    nodes.row_of.fill(-1)
    n_rows = 0
    for i in range(targets.shape[0]):
        window = (pairs.low[i], pairs.high[i], pairs.skip[i])
        n_pairs = window[1] - window[0] - (window[0] <= window[2] < window[1])
        place = loss.offsets[targets[i] + 1] - 1
        while place >= loss.offsets[targets[i]] and loss.nodes[place] >= first_of_top:
            row = nodes.row_of[loss.nodes[place] - first_of_top]
            if row < 0:
                row = n_rows
                n_rows += 1
                nodes.row_of[loss.nodes[place] - first_of_top] = row
                ids[row] = loss.nodes[place]
                _begin_node(nodes, row, n_hidden)
            nodes.n_pairs[row] += n_pairs
            nodes.rows.low[row] = min(nodes.rows.low[row], window[0])
            nodes.rows.high[row] = max(nodes.rows.high[row], window[1])
            add_window(nodes.totals, row, window)
            if loss.signs[place] > _ZERO:
                add_window(nodes.rises, row, window)
            place -= 1
        nodes.begins[i] = place + 1  # for now: one past the last place of its path below the top
    return n_rows


@njit(**PART)
def list_nodes(loss, targets, n_hidden, pairs, nodes, ids):
    """List the nodes on the paths of the targets; give how many are at the top, and in all.

    Parameters
    ----------
    loss
        The `HierarchicalSoftmax`.
    targets
        int32 (B), the words to foretell.
    n_hidden
        The hidden rows.
    pairs
        Which hidden rows foretell each target.
    nodes, ids
        Changed in place: the pairs of each row, and its node.
    """
    n_top = _list_top(loss, targets, n_hidden, pairs, nodes, ids)
    rows, row = nodes.rows, n_top
    for i in range(targets.shape[0]):
        end = nodes.begins[i]
        nodes.begins[i] = row
        for place in range(loss.offsets[targets[i]], end):
            ids[row] = loss.nodes[place]
            rows.sign[row] = loss.signs[place]
            rows.low[row] = pairs.low[i]
            rows.high[row] = pairs.high[i]
            rows.skip[row] = pairs.skip[i]
            row += 1
    nodes.begins[targets.shape[0]] = row
    return n_top, row


@njit(**PART)
def learn_nodes(hidden, n_top, n_rows, rate, scratch, change):
    """Score the listed nodes, and turn the scores into slopes and the changes of the nodes.

    Fills the slopes (`scratch.scores`, zero where there is no pair) and sums the losses
    (`scratch.losses`: not finite if any score is not); `scratch.counts` counts below the top only.
    """
    scores, nodes, losses = scratch.scores, scratch.nodes, scratch.losses
    rows = nodes.rows
    losses.fill(_ZERO)
    scratch.counts.fill(_ZERO)
    clear_rows(scores, 0, n_rows + ROWS)
    for first in range(0, n_rows, ROWS):
        start, stop = reach_of_tile(rows, first, n_rows)
        for p in range(start, stop, ROWS):
            dot_tile(scratch.outputs, first, hidden, p, scores)
        for row in range(first, min(first + ROWS, n_rows)):
            if row < n_top:
                tree_slopes(scores, row, start, stop, nodes.totals, nodes.rises, rate, losses)
            else:
                bounds = (rows.low[row], rows.high[row], rows.skip[row])
                pair_slopes(
                    scores, row, start, stop, bounds, rows.sign[row], rate, scratch.counts, losses
                )
        for row in range(n_rows, first + ROWS):
            scores[row, start : stop + ROWS] = _ZERO
        if start < stop:
            mix_tiles(scores, start, stop, hidden, change.outputs, first, False)
        else:
            clear_rows(change.outputs, first, first + ROWS)


@njit(**PART, error_model="numpy")
def limit_steps(n_top, rate, largest_step, nodes, change):
    """Shorten the changes of nodes at the top that would step too far."""
    for row in range(n_top):
        step = rate * np.float32(nodes.n_pairs[row])
        if step > largest_step:
            share = np.float32(largest_step) / step
            for d in range(change.outputs.shape[1]):
                change.outputs[row, d] *= share


@njit(**PART)
def spread_nodes(n_hidden, n_targets, n_top, pairs, scratch, hidden_changes):
    """Set the changes of the hidden rows to what the pairs of the listed nodes ask for."""
    begins = scratch.nodes.begins
    for p in range(0, n_hidden, ROWS):
        first, last = begins[n_targets], n_top
        for i in range(n_targets):
            if pairs.low[i] < p + ROWS and pairs.high[i] > p:
                first = min(first, begins[i])
                last = max(last, begins[i + 1])
        if n_top > 0:
            mix_tiles_transposed(
                scratch.scores, 0, n_top, scratch.outputs, hidden_changes, p, False
            )
        else:
            clear_rows(hidden_changes, p, p + ROWS)
        if first < last:
            mix_tiles_transposed(
                scratch.scores, first, last, scratch.outputs, hidden_changes, p, True
            )
