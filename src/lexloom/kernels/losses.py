"""Three ways to say how well the hidden rows foretell their target words.

Each way is a named tuple of what it needs; `learn(loss, …)` is compiled for the one it is given.

* `NegativeSampling` (Mikolov et al. 2013b, equation 4): the target's score up, those of K noise
  words down. The noise words are drawn once for a block of centre words and stand for K draws of
  each pair by their weight, so the sum is the same on average and the rows are read once.
* `HierarchicalSoftmax` (Morin and Bengio 2005): at each node of a Huffman tree, which way to go.
* `FullSoftmax`: the definition itself, over all V words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from lexloom.arrays import Ids, Vectors
from lexloom.kernels.compiling import PART
from lexloom.kernels.draws import draw, draw_word
from lexloom.kernels.pairs import learn_pairs, spread_slopes
from lexloom.kernels.rows import FAST, copy, fetch_ahead, gather
from lexloom.kernels.slopes import noise_slopes
from lexloom.kernels.tiles import ROWS, dot_tile, mix_tiles, mix_tiles_transposed
from lexloom.kernels.tree import (
    HierarchicalSoftmax,
    fetch_paths_ahead,
    learn_nodes,
    limit_steps,
    list_nodes,
    spread_nodes,
)

__all__ = ["FullSoftmax", "HierarchicalSoftmax", "NegativeSampling", "fetch_outputs_ahead", "learn"]

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


class NegativeSampling(NamedTuple):
    """Noise words: how many a pair stands against, how many a block draws, and from what."""

    noise_words: int
    drawn: int
    threshold: Vectors
    alias: Ids


class FullSoftmax(NamedTuple):
    """All words: int32 (V), 0 … V - 1."""

    words: Ids


def learn(loss, model, targets, hidden, n_hidden, rate, key, scratch, hidden_changes, change):
    """Compare hidden rows with their targets and fill in what should change.

    Parameters
    ----------
    loss
        One of the three named tuples of this module.
    model
        The model; its output rows are read.
    targets
        int32 (B), the words to foretell; ``scratch.pairs`` says from which hidden rows each.
    hidden, n_hidden
        float32, the padded hidden rows, and how many there are.
    rate
        float32, the learning rate.
    key
        uint64, the stream of random numbers of this block.
    scratch, hidden_changes, change
        Changed in place: the room to work in, the changes of the hidden rows, those of the outputs.

    Returns
    -------
    float
        The sum of the losses of the pairs; not finite if any score is not.
    """
    raise TypeError("learn is for compiled code only")


def fetch_outputs_ahead(loss, model, words, first, last):
    """Ask the caches for the output rows of the targets ``words[first:last]``, if that helps."""
    raise TypeError("fetch_outputs_ahead is for compiled code only")


@overload(fetch_outputs_ahead, jit_options=PART)
def _fetch_outputs_ahead(loss, model, words, first, last):
    """Choose by the type of `loss`; a full softmax reads all rows every time."""

    def fetch_targets(loss, model, words, first, last):
        fetch_ahead(model.outputs, words, first, last)

    def fetch_paths(loss, model, words, first, last):
        fetch_paths_ahead(loss, words, first, last)

    def fetch_nothing(loss, model, words, first, last):
        pass

    ways = {NegativeSampling: fetch_targets, HierarchicalSoftmax: fetch_paths}

    return ways.get(loss.instance_class, fetch_nothing)


@njit(**PART)
def _is_among(word, words):
    """Say whether a word is one of a few."""
    hits = 0
    for i in range(words.shape[0]):
        hits += words[i] == word
    return hits > 0


@njit(**PART)
def _count_against(word, targets, scratch):
    """Count how often a noise word stands against each hidden row: not where it is the target."""
    pairs, counts = scratch.pairs, scratch.noise_counts
    copy(scratch.counts, 0, counts.shape[0], counts)
    for i in range(targets.shape[0]):
        if targets[i] == word:
            for p in range(pairs.low[i], pairs.high[i]):
                counts[p] -= _ONE if p != pairs.skip[i] else _ZERO


@njit(**PART)
def _sum(losses):
    """Add up the lanes of the losses."""
    total = 0.0
    for lane in range(losses.shape[0]):
        total += losses[lane]
    return total


@njit(**PART)
def _draw_noise(loss, key, ids, first):
    """Draw the noise words of the block whose random stream is `key` into ``ids[first:]``."""
    for k in range(loss.drawn):
        ids[first + k] = draw_word(draw(key, k), loss.threshold, loss.alias)


def _learn_negative_sampling(
    loss, model, targets, hidden, n_hidden, rate, key, scratch, hidden_changes, change
):
    """Raise the scores of the targets, lower those of the noise words."""
    n_targets = targets.shape[0]
    first_noise = (n_targets + ROWS - 1) // ROWS * ROWS
    n_rows = first_noise + loss.drawn
    ids = change.output_ids
    copy(targets, 0, n_targets, ids)
    for i in range(n_targets, first_noise):
        ids[i] = 0
    _draw_noise(loss, key, ids, first_noise)
    fetch_ahead(model.outputs, ids, first_noise, n_rows)
    gather(model.outputs, ids, 0, first_noise, scratch.outputs)
    learn_pairs(hidden, n_targets, rate, scratch, change)
    gather(model.outputs, ids, first_noise, n_rows, scratch.outputs)
    scores, losses = scratch.scores, scratch.losses
    weight = np.float32(loss.noise_words / loss.drawn)
    for row in range(first_noise, n_rows, ROWS):
        for p in range(0, n_hidden, ROWS):
            dot_tile(scratch.outputs, row, hidden, p, scores)
    for row in range(first_noise, n_rows):
        if _is_among(ids[row], targets):
            _count_against(ids[row], targets, scratch)
            noise_slopes(scores, row, n_hidden, rate, weight, scratch.noise_counts, losses)
        else:
            noise_slopes(scores, row, n_hidden, rate, weight, scratch.counts, losses)
    for row in range(first_noise, n_rows, ROWS):
        mix_tiles(scores, 0, n_hidden, hidden, change.outputs, row, False)
    for p in range(0, n_hidden, ROWS):
        mix_tiles_transposed(scores, first_noise, n_rows, scratch.outputs, hidden_changes, p, False)
    spread_slopes(n_targets, scratch, hidden_changes)
    change.sizes[1] = n_rows
    return _sum(losses)


def _learn_hierarchical_softmax(
    loss, model, targets, hidden, n_hidden, rate, key, scratch, hidden_changes, change
):
    """Turn each node on the path of a target the right way."""
    ids, pairs = change.output_ids, scratch.pairs
    n_top, n_rows = list_nodes(loss, targets, n_hidden, pairs, scratch.nodes, ids)
    gather(model.outputs, ids, 0, n_rows, scratch.outputs)
    learn_nodes(hidden, n_top, n_rows, rate, scratch, change)
    limit_steps(n_top, rate, loss.largest_step, scratch.nodes, change)
    spread_nodes(n_hidden, targets.shape[0], n_top, pairs, scratch, hidden_changes)
    change.sizes[1] = n_rows
    return _sum(scratch.losses)


@njit(**PART, fastmath=FAST, error_model="numpy")
def _softmax_columns(scores, n_rows, n_columns, sums):
    """Turn scores into probabilities over the rows, in place; give each log Z in `sums`."""
    for p in range(n_columns):
        highest = scores[0, p]
        for v in range(1, n_rows):
            highest = max(highest, scores[v, p])
        total = 0.0
        for v in range(n_rows):
            total += np.exp(scores[v, p] - highest)
        sums[p] = highest + np.float32(np.log(total))
    for v in range(n_rows):
        for p in range(n_columns):
            scores[v, p] = np.exp(scores[v, p] - sums[p])


def _learn_full_softmax(
    loss, model, targets, hidden, n_hidden, rate, key, scratch, hidden_changes, change
):
    """Move probability to the targets from all other words: slopes are 1[v = target] - p(v)."""
    n_words = loss.words.shape[0]
    scores, pairs, log_sums = scratch.scores, scratch.pairs, scratch.counts
    copy(loss.words, 0, n_words, change.output_ids)
    gather(model.outputs, loss.words, 0, n_words, scratch.outputs)
    for v in range(0, n_words, ROWS):
        for p in range(0, n_hidden, ROWS):
            dot_tile(scratch.outputs, v, hidden, p, scores)
    total = 0.0
    n_pairs = np.zeros(n_hidden, np.float32)
    target_scores = np.zeros(n_hidden, np.float64)
    for i in range(targets.shape[0]):
        for p in range(pairs.low[i], pairs.high[i]):
            if p != pairs.skip[i]:
                n_pairs[p] += _ONE
                target_scores[p] += scores[targets[i], p]
    _softmax_columns(scores, n_words, n_hidden, log_sums)
    for p in range(n_hidden):
        total += n_pairs[p] * log_sums[p] - target_scores[p]
    for v in range((n_words + ROWS - 1) // ROWS * ROWS):
        for p in range((n_hidden + ROWS - 1) // ROWS * ROWS):
            known = v < n_words and p < n_hidden
            scores[v, p] = -rate * n_pairs[p] * scores[v, p] if known else _ZERO
    for i in range(targets.shape[0]):
        for p in range(pairs.low[i], pairs.high[i]):
            if p != pairs.skip[i]:
                scores[targets[i], p] += rate
    for v in range(0, n_words, ROWS):
        mix_tiles(scores, 0, n_hidden, hidden, change.outputs, v, False)
    for p in range(0, n_hidden, ROWS):
        mix_tiles_transposed(scores, 0, n_words, scratch.outputs, hidden_changes, p, False)
    change.sizes[1] = n_words
    return total


@overload(learn, jit_options=PART)
def _learn(loss, model, targets, hidden, n_hidden, rate, key, scratch, hidden_changes, change):
    """Choose the way by the type of `loss`."""
    ways = {
        NegativeSampling: _learn_negative_sampling,
        HierarchicalSoftmax: _learn_hierarchical_softmax,
        FullSoftmax: _learn_full_softmax,
    }
    return ways[loss.instance_class] if isinstance(loss, types.BaseNamedTuple) else None
