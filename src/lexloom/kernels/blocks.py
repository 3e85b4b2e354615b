"""A block of neighbouring centre words: what Word2Vec learns from it, worked out in the caches.

A block gathers the rows of its words once. Skip-gram foretells each centre word from each word of
its window; CBOW from their mean. What should change is written into a `Change` and added later.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from lexloom.arrays import Floats, Ids, Offsets, Vectors
from lexloom.kernels.compiling import PART
from lexloom.kernels.draws import draw
from lexloom.kernels.lanes import padded, zeros_apart
from lexloom.kernels.losses import learn
from lexloom.kernels.passages import place_words
from lexloom.kernels.rows import Change, clear_rows, gather
from lexloom.kernels.scratch import empty_scratch
from lexloom.kernels.tiles import ROWS, mix_tiles, mix_tiles_transposed

__all__ = [
    "BAD_PLACE",
    "LOSS",
    "PAIRS",
    "WORDS",
    "Changes",
    "Course",
    "Sizes",
    "change_of",
    "empty_changes",
    "empty_room",
    "learn_block",
    "reach",
]

LOSS, PAIRS, WORDS, BAD_PLACE = 0, 1, 2, 3
"""What the entries of a report hold; `BAD_PLACE` is -1, or where a score was not finite."""

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


class Sizes(NamedTuple):
    """How much is worked on at a time.

    block: centre words of a block, a multiple of 4. blocks: blocks of a passage, where threads work
    freely. outputs: most output rows of a block. nodes: most of them that are nodes of a tree.
    span: positions of a span. window: the largest window.
    """

    block: int
    blocks: int
    outputs: int
    nodes: int
    span: int
    window: int


class Course(NamedTuple):
    """How one stretch of training goes.

    skip_gram: whether it is skip-gram, else CBOW. exact: whether the gradient of the mean is
    divided by the number of context words. trains: whether the model changes, or is only looked
    at. first_rate, last_rate: the learning rate before position 0 and behind the last position.
    largest_step: what the rate times the pairs of one word may come to, among all that learn from
    the same model; a word said over and over would swing up otherwise.
    done, total: positions trained before this epoch, and in all epochs. order_key, noise_key:
    uint64, the streams of this epoch.
    """

    skip_gram: bool
    exact: bool
    trains: bool
    first_rate: float
    last_rate: float
    largest_step: float
    done: int
    total: int
    order_key: np.uint64
    noise_key: np.uint64


class Changes(NamedTuple):
    """Room for the changes of a round of blocks: one `Change` a row."""

    input_ids: Ids
    inputs: Vectors
    output_ids: Ids
    outputs: Vectors
    sizes: Offsets
    reports: Floats


def empty_changes(n_blocks, sizes, width):
    """Make room for the changes of `n_blocks` blocks."""
    n_inputs = sizes.block + 2 * sizes.window
    columns = padded(width)
    return Changes(
        zeros_apart((n_blocks, n_inputs), np.int32),
        zeros_apart((n_blocks, n_inputs + ROWS, columns), np.float32),
        zeros_apart((n_blocks, sizes.outputs + ROWS), np.int32),
        zeros_apart((n_blocks, sizes.outputs + ROWS, columns), np.float32),
        zeros_apart((n_blocks, 2), np.int64),
        zeros_apart((n_blocks, 4), np.float64),
    )


@njit(**PART)
def change_of(changes, b):
    """Give the change of one block of a round."""
    return Change(
        changes.input_ids[b],
        changes.inputs[b],
        changes.output_ids[b],
        changes.outputs[b],
        changes.sizes[b],
    )


def empty_room(sizes, width):
    """Make the room one thread works in: a `Scratch`."""
    n_inputs = sizes.block + 2 * sizes.window
    return empty_scratch(n_inputs, sizes.block, sizes.outputs, sizes.nodes, width)


@njit(**PART)
def reach(span, first, last):
    """Give the kept words that the windows of these centre words reach over."""
    low, high = first, last
    for c in range(first, last):
        low = min(low, c - span.left[c])
        high = max(high, c + span.right[c] + 1)
    return low, high


@njit(**PART)
def _average_windows(span, first, last, low, scratch):
    """Set the hidden rows of CBOW to the mean of the context rows of each centre word."""
    windows = scratch.windows
    for tile in range(first, last, ROWS):
        start, stop = reach(span, tile, min(tile + ROWS, last))
        for c in range(tile, tile + ROWS):
            i = c - first
            windows[i, start - low : stop - low + ROWS] = _ZERO
            if c < last and span.left[c] + span.right[c] > 0:
                share = _ONE / np.float32(span.left[c] + span.right[c])
                windows[i, c - span.left[c] - low : c + span.right[c] + 1 - low] = share
                windows[i, c - low] = _ZERO
        mix_tiles(
            windows, start - low, stop - low, scratch.inputs, scratch.hidden, tile - first, False
        )


@njit(**PART)
def _share_changes(span, first, last, low, exact, scratch, change):
    """Hand the change of each mean on to the context rows it was made of."""
    clear_rows(change.inputs, 0, change.sizes[0] + ROWS)
    for tile in range(first, last, ROWS):
        start, stop = reach(span, tile, min(tile + ROWS, last))
        if not exact:
            for c in range(tile, min(tile + ROWS, last)):
                n_context = np.float32(span.left[c] + span.right[c])
                for d in range(scratch.hidden_changes.shape[1]):
                    scratch.hidden_changes[c - first, d] *= n_context
        i = tile - first
        for p in range(start - low, stop - low, ROWS):
            mix_tiles_transposed(
                scratch.windows, i, i + ROWS, scratch.hidden_changes, change.inputs, p, True
            )


@njit(**PART)
def _pair_up(span, first, last, low, skip_gram, pairs):
    """Say which hidden rows foretell each centre word; give the number of pairs."""
    n_pairs = 0
    for i in range(last - first):
        c = first + i
        n_context = span.left[c] + span.right[c]
        if skip_gram:
            pairs.low[i] = c - span.left[c] - low
            pairs.high[i] = c + span.right[c] + 1 - low
            pairs.skip[i] = c - low
            n_pairs += n_context
        else:
            pairs.low[i] = i
            pairs.high[i] = i + (n_context > 0)
            pairs.skip[i] = -1
            n_pairs += n_context > 0
    return n_pairs


@njit(**PART)
def _most_repeated(words, first, last, low, high):
    """Give how often one of the words ``first <= c < last`` stands among ``low <= c < high``."""
    # A slice, whose indices cannot be negative, and small integers are what a compiler can take
    # many at a time.
    near = words[low:high]
    most = np.int32(0)
    for i in range(first, last):
        word = words[i]
        n_same = np.int32(0)
        for j in range(near.shape[0]):
            n_same = np.int32(n_same + (near[j] == word))
        most = max(most, n_same)
    return most


@njit(**PART, error_model="numpy")
def _rate_of(course, span, first, last, together, n_pairs):
    """Give the learning rate of a block with so many pairs."""
    done = (course.done + span.places[first]) / course.total
    rate = course.first_rate + (course.last_rate - course.first_rate) * done
    n_repeated = _most_repeated(span.words, first, last, together[0], together[1])
    step = rate * n_repeated * n_pairs / (last - first)
    return np.float32(rate * (course.largest_step / max(step, course.largest_step)))


@njit(**PART)
def learn_block(model, loss, course, span, first, last, together, scratch, change, report):
    """Work out what the centre words ``first <= c < last`` of a span change; add to the report.

    `together` are the first and one past the last centre word that learn from the same model.
    """
    place = span.places[first]
    low, high = reach(span, first, last)
    n_inputs = high - low
    change.sizes[0] = n_inputs
    place_words(model.passage, span.words, low, high, change.input_ids)
    gather(model.inputs, change.input_ids, 0, n_inputs, scratch.inputs)
    n_pairs = _pair_up(span, first, last, low, course.skip_gram, scratch.pairs)
    rate = _rate_of(course, span, first, last, together, n_pairs)
    targets = span.words[first:last]
    key = draw(course.noise_key, place)
    if course.skip_gram:
        total = learn(
            loss, model, targets, scratch.inputs, n_inputs, rate, key,
            scratch, change.inputs, change,
        )  # fmt: skip
    else:
        _average_windows(span, first, last, low, scratch)
        total = learn(
            loss, model, targets, scratch.hidden, last - first, rate, key,
            scratch, scratch.hidden_changes, change,
        )  # fmt: skip
        _share_changes(span, first, last, low, course.exact, scratch, change)
    report[LOSS] += total
    report[PAIRS] += n_pairs
    report[WORDS] += last - first
    if not np.isfinite(total) and report[BAD_PLACE] < 0:
        report[BAD_PLACE] = place
