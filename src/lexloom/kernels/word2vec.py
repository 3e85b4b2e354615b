"""Word2Vec (Mikolov et al. 2013): threads that go over the text block by block.

`train_freely` lets threads change the model as they go (Hogwild, Niu et al. 2011); `train_in_order`
collects the changes of a fixed round of blocks and adds them in the order of the blocks, so the
result is the same for any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from lexloom.arrays import Ids, Offsets
from lexloom.kernels.blocks import BAD_PLACE, change_of, learn_block, reach
from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.losses import fetch_outputs_ahead
from lexloom.kernels.passages import (
    add_to_rows,
    compose,
    fetch_inputs_ahead,
    forget_words,
    list_words,
    trained_in,
)
from lexloom.kernels.rows import add_change
from lexloom.kernels.sharing import add_round, forget_marks, mark_rows
from lexloom.kernels.spans import Span, prepare_span
from lexloom.kernels.together import meet, take_ticket

__all__ = ["Spans", "empty_spans", "train_freely", "train_in_order"]

_LEFT, _MEETING = 0, 1


@njit(**PART)
def _fetch_block_ahead(model, loss, sizes, words, first, end):
    """Ask the caches for the rows of the block that begins at `first` of a span's words."""
    last = min(first + sizes.block, end)
    start = max(first - sizes.window, 0)
    fetch_inputs_ahead(model.passage, model, words, start, min(last + sizes.window, end))
    fetch_outputs_ahead(loss, model, words, first, last)


@njit(**PART)
def _columns_of(team, width):
    """Give the columns of the rows of n-grams that a thread reads and writes, and no other does."""
    thread, n_threads = team
    return thread * width // n_threads, (thread + 1) * width // n_threads


@njit(**PART)
def _open_passage(passage, model, span, first, last):
    """Compose the words that the windows of the centre words ``first <= c < last`` reach over."""
    if passage is not None:
        forget_words(passage)
        low, high = reach(span, first, last)
        list_words(passage, model.frozen, span.words, low, high)
        compose(passage, model.inputs, (0, model.inputs.shape[1]))


@njit(**PART)
def _close_passage(passage, model, columns):
    """Add what changed of the words of a passage to the rows they are made of."""
    if passage is not None:
        add_to_rows(passage, model.inputs, columns)


@njit(**PART)
def _train_passage(model, loss, course, sizes, span, first, last, scratch, changes, report):
    """Train on the blocks of a passage, one after the other."""
    change = change_of(changes, 0)
    for begin in range(first, last, sizes.block):
        end = min(begin + sizes.block, last)
        _fetch_block_ahead(model, loss, sizes, span.words, end, span.ends[1])
        learn_block(model, loss, course, span, begin, end, (begin, end), scratch, change, report)
        if report[BAD_PLACE] >= 0:
            break
        if course.trains:
            add_change(model, change)


@kernel
def train_freely(text, plan, model, loss, course, sizes, spans, counters, room, report):
    """Train on spans as this thread gets them, changing the model at once (Hogwild).

    Parameters
    ----------
    text, plan, model, loss, course, sizes
        The data and how to train on it; ``model`` is changed in place.
    spans
        The first span and one past the last.
    counters
        int64 (1), shared by the threads: spans handed out so far.
    room
        The `Span`, the `Scratch`, the `Changes` of one block and the `Passage` (None where a word
        is one row) that this thread works in.
    report
        float64 (4), changed in place: see `LOSS` and the others. It stops at a bad place.
    """
    span, scratch, changes, passage = room
    width = model.inputs.shape[1]
    local = trained_in(passage, model)
    step = sizes.block * sizes.blocks
    while report[BAD_PLACE] < 0:
        s = spans[0] + take_ticket(counters, _LEFT)
        if s >= spans[1]:
            break
        stop = min((s + 1) * sizes.span, text.ids.shape[0])
        prepare_span(text, plan, course.order_key, s * sizes.span, stop, span)
        for first in range(span.ends[0], span.ends[1], step):
            last = min(first + step, span.ends[1])
            _open_passage(passage, model, span, first, last)
            _train_passage(local, loss, course, sizes, span, first, last, scratch, changes, report)
            if report[BAD_PLACE] >= 0:
                break
            if course.trains:
                _close_passage(passage, model, (0, width))


class Spans(NamedTuple):
    """The prepared spans of a stretch: one `Span` a row, and where the blocks of each begin."""

    words: Ids
    places: Offsets
    left: Ids
    right: Ids
    ends: Offsets


def empty_spans(n_spans, sizes):
    """Make room for `n_spans` prepared spans."""
    room = sizes.span + 2 * sizes.window
    return Spans(
        np.zeros((n_spans, room), np.int32),
        np.zeros((n_spans, room), np.int64),
        np.zeros((n_spans, room), np.int32),
        np.zeros((n_spans, room), np.int32),
        np.zeros((n_spans, 2), np.int64),
    )


@njit(**PART)
def _span(spans, s):
    """Give one of the prepared spans."""
    return Span(spans.words[s], spans.places[s], spans.left[s], spans.right[s], spans.ends[s])


@njit(**PART)
def _find_blocks(prepared, n_spans, block):
    """List the blocks of the prepared spans: int64 (blocks, 2), the span and the first centre."""
    n_blocks = 0
    for s in range(n_spans):
        n_blocks += (prepared.ends[s, 1] - prepared.ends[s, 0] + block - 1) // block
    blocks = np.empty((n_blocks, 2), np.int64)
    n = 0
    for s in range(n_spans):
        for first in range(prepared.ends[s, 0], prepared.ends[s, 1], block):
            blocks[n, 0] = s
            blocks[n, 1] = first
            n += 1
    return blocks


@njit(**PART)
def _share_of(team, n_blocks):
    """Give the first block of a round that a thread works out, and one past its last."""
    thread, n_threads = team
    return thread * n_blocks // n_threads, (thread + 1) * n_blocks // n_threads


@njit(**PART)
def _open_round(passage, model, sizes, prepared, blocks, counters, team):
    """Compose, together with the other threads, the words that the blocks of a round reach over."""
    if passage is not None:
        forget_words(passage)
        for b in range(blocks.shape[0]):
            span = _span(prepared, blocks[b, 0])
            first = blocks[b, 1]
            low, high = reach(span, first, min(first + sizes.block, span.ends[1]))
            list_words(passage, model.frozen, span.words, low, high)
        compose(passage, model.inputs, _columns_of(team, model.inputs.shape[1]))
        meet(counters, _MEETING, team[1])


@kernel
def train_in_order(text, plan, model, loss, course, sizes, spans, counters, team, room):
    """Train on spans together with other threads, with the same result for any number of them.

    All threads work out the changes of a round of blocks from the same model, meet, add them in the
    order of the blocks, and meet again.

    Parameters
    ----------
    text, plan, model, loss, course, sizes, spans
        As for `train_freely`.
    counters
        int64 (3), shared by the threads.
    team
        The number of this thread, and of all.
    room
        The `Spans`, the `Changes` and the `Crossing` that the threads share, and the `Scratch` and
        the `Passage` of this one (None where a word is one row); passages share their vectors. The
        reports of the blocks of all rounds add up in ``changes.reports``.
    """
    prepared, changes, crossing, scratch, passage = room
    columns = _columns_of(team, model.inputs.shape[1])
    local = trained_in(passage, model)
    thread, n_threads = team
    n_spans = spans[1] - spans[0]
    for s in range(thread, n_spans, n_threads):
        start = (spans[0] + s) * sizes.span
        stop = min(start + sizes.span, text.ids.shape[0])
        prepare_span(text, plan, course.order_key, start, stop, _span(prepared, s))
    meet(counters, _MEETING, n_threads)
    blocks = _find_blocks(prepared, n_spans, sizes.block)
    n_slots = changes.sizes.shape[0]
    for first_block in range(0, blocks.shape[0], n_slots):
        n_blocks = min(n_slots, blocks.shape[0] - first_block)
        own = _share_of(team, n_blocks)
        forget_marks(crossing, thread)
        those = blocks[first_block : first_block + n_blocks]
        _open_round(passage, model, sizes, prepared, those, counters, team)
        for b in range(own[0], own[1]):
            # This thread's block after this one: in this round, or in the next.
            behind = first_block + b + 1 if b + 1 < own[1] else first_block + n_slots + own[0]
            if behind < blocks.shape[0]:
                s = blocks[behind, 0]
                _fetch_block_ahead(
                    local, loss, sizes, prepared.words[s], blocks[behind, 1], prepared.ends[s, 1]
                )
            span = _span(prepared, blocks[first_block + b, 0])
            first = blocks[first_block + b, 1]
            last = min(first + sizes.block, span.ends[1])
            together = (
                max(first - b * sizes.block, span.ends[0]),
                min(first + (n_blocks - b) * sizes.block, span.ends[1]),
            )
            learn_block(
                local, loss, course, span, first, last, together, scratch,
                change_of(changes, b), changes.reports[b],
            )  # fmt: skip
            if n_threads > 1:
                mark_rows(crossing, thread, changes, b)
        meet(counters, _MEETING, n_threads)
        for b in range(n_blocks):
            if changes.reports[b, BAD_PLACE] >= 0:
                return
        add_round(local, changes, crossing, team, own, n_blocks)
        meet(counters, _MEETING, n_threads)
        _close_passage(passage, model, columns)
