"""From a span of the corpus to the words that are trained: sub-sampling, held-out texts, windows.

What is kept and how wide a window is are functions of (key, position), so a span gives the same
words whichever thread prepares it, and windows reach across the ends of spans as if there were
none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from lexloom.arrays import Ids, Offsets, Vectors
from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.draws import below, draw, uniform

__all__ = ["Plan", "Span", "Text", "empty_span", "prepare_span"]

_HELD_OUT = np.uint64(0x68656C64)


class Text(NamedTuple):
    """A corpus as arrays: int32 (T) word ids, int64 (N + 1) offsets of its sentences."""

    ids: Ids
    offsets: Offsets


class Plan(NamedTuple):
    """How words are kept and windows chosen.

    keep: float32 (V), the chance that a word is kept. window: the largest distance of a context
    word. dynamic: draw the window of each centre word from 1 … window. held_out: the share of
    sentences set aside. held_out_key: which ones. wanted: train on the others (False) or look at
    those (True).
    """

    keep: Vectors
    window: int
    dynamic: bool
    held_out: float
    held_out_key: np.uint64
    wanted: bool


class Span(NamedTuple):
    """The kept words of a span and of its surroundings.

    words: int32, ids. places: int64, their positions in the corpus. left, right: int32, how many
    context words each has on either side. ends: int64 (2), the first centre word and one past the
    last; what lies around them is context only.
    """

    words: Ids
    places: Offsets
    left: Ids
    right: Ids
    ends: Offsets


def empty_span(n_positions, window):
    """Make room for the kept words of a span of `n_positions`."""
    room = n_positions + 2 * window
    return Span(
        np.zeros(room, np.int32),
        np.zeros(room, np.int64),
        np.zeros(room, np.int32),
        np.zeros(room, np.int32),
        np.zeros(2, np.int64),
    )


@njit(**PART)
def _is_wanted(plan, sentence):
    """Say whether a sentence belongs to the side (trained or held out) that the plan wants."""
    if plan.held_out == 0.0:
        return not plan.wanted
    aside = uniform(draw(plan.held_out_key ^ _HELD_OUT, sentence)) < plan.held_out
    return aside == plan.wanted


@njit(**PART)
def _keep(text, plan, key, first, last, span, n):
    """Append the words of ``first <= position < last`` that survive sub-sampling."""
    for position in range(first, last):
        bits = draw(key, position)
        word = text.ids[position]
        if uniform(bits) < plan.keep[word]:
            span.words[n] = word
            span.places[n] = position
            span.left[n] = 1 + below(bits, plan.window) if plan.dynamic else plan.window
            n += 1
    return n


@njit(**PART)
def _reach(text, plan, key, position, limit, step):
    """Walk from `position` towards `limit` until `window` kept words are passed."""
    found = 0
    while position != limit and found < plan.window:
        here = position if step > 0 else position - 1
        found += uniform(draw(key, here)) < plan.keep[text.ids[here]]
        position += step
    return position


@njit(**PART)
def _set_windows(span, first, last):
    """Turn the windows drawn for one sentence into numbers of context words on either side."""
    for n in range(first, last):
        window = span.left[n]
        span.left[n] = min(window, n - first)
        span.right[n] = min(window, last - 1 - n)


@njit(**PART)
def _sentence_at(offsets, position):
    """Find the sentence of a position: the last that begins at or before it."""
    low, high = 0, offsets.shape[0]
    while low < high:
        middle = (low + high) // 2
        if offsets[middle] <= position:
            low = middle + 1
        else:
            high = middle
    return low - 1


@kernel
def prepare_span(text, plan, key, first, last, span):
    """Fill `span`, in place, with the kept words of positions ``first <= position < last``.

    The `window` kept words of the same sentence before and behind come along as context.
    """
    sentence = _sentence_at(text.offsets, first)
    n = 0
    if _is_wanted(plan, sentence):
        start = _reach(text, plan, key, first, text.offsets[sentence], -1)
        n = _keep(text, plan, key, start, first, span, n)
    span.ends[0] = n
    begin, position = 0, first
    while position < last:
        end = text.offsets[sentence + 1]
        stop = min(end, last)
        wanted = _is_wanted(plan, sentence)
        if wanted:
            n = _keep(text, plan, key, position, stop, span, n)
        if stop == last:
            span.ends[1] = n
            if wanted:
                n = _keep(text, plan, key, last, _reach(text, plan, key, last, end, 1), span, n)
        _set_windows(span, begin, n)
        begin, position = n, stop
        sentence += 1
