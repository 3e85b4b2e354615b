"""Words made of several rows: composed for a passage of text, trained, and taken apart again.

In FastText (Bojanowski et al. 2017, section 3.2) the vector of word w is made of a row of its own
and one for each of its n-grams. With G the rows of w, there are n of them,

    vector(w) = 1/n · Σ row(g) for g in G,    row(g) += change of vector(w) for all g in G,

so a word moves as far as it would if it were one row. Reading and writing these rows is nearly all
the work. So the vectors of the different words of a *passage* (some blocks of centre words) are
composed once and trained as if they were rows; then what changed is added to the rows, once a word.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from lexloom.arrays import Bytes, Ids, Offsets, Vectors
from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.lanes import LINE, prefetch, zeros_apart
from lexloom.kernels.rows import Model, copy, fetch_ahead

__all__ = [
    "Passage",
    "Pieces",
    "add_to_rows",
    "average_rows",
    "compose",
    "empty_passage",
    "fetch_inputs_ahead",
    "forget_words",
    "list_words",
    "place_words",
    "trained_in",
]

_GOLDEN, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(40)
_SLOTS_A_WORD = 4


class Pieces(NamedTuple):
    """The rows that words are made of.

    rows: int32, those of word after word. begins: int64 (V + 1), where those of each begin.
    """

    rows: Ids
    begins: Offsets


class Passage(NamedTuple):
    """The words of a passage, composed.

    pieces: what words are made of. slots: int32, a table of places in `words` by the hash of the
    word, -1 where it is empty; a power of two. words: int32, the different words. n_words: int64
    (1), how many they are. frozen: uint8, whether each keeps its vector; or empty.
    inputs, before: float32 (words, D), their vectors as they are trained, and as they were.
    """

    pieces: Pieces
    slots: Ids
    words: Ids
    n_words: Offsets
    frozen: Bytes
    inputs: Vectors
    before: Vectors


def empty_passage(pieces, most_words, width, any_frozen):
    """Make room for a passage of at most so many different words."""
    n_slots = 1 << (_SLOTS_A_WORD * most_words).bit_length()
    return Passage(
        pieces,
        zeros_apart(n_slots, np.int32),
        zeros_apart(most_words, np.int32),
        zeros_apart(1, np.int64),
        zeros_apart(most_words if any_frozen else 0, np.uint8),
        *zeros_apart((2, most_words, width), np.float32),
    )


@njit(**PART)
def forget_words(passage):
    """Begin a passage: it has no words yet."""
    for slot in range(passage.slots.shape[0]):
        passage.slots[slot] = -1
    passage.n_words[0] = 0


@njit(**PART)
def _slot_of(passage, word):
    """Give the slot of a word, or the empty slot where it belongs."""
    last = np.uint64(passage.slots.shape[0] - 1)
    slot = ((np.uint64(word) * _GOLDEN) >> _SHIFT) & last
    while passage.slots[slot] >= 0 and passage.words[passage.slots[slot]] != word:
        slot = (slot + np.uint64(1)) & last
    return slot


@njit(**PART)
def list_words(passage, frozen, words, low, high):
    """Enter the words ``words[low:high]`` into the list of the passage, each once."""
    for c in range(low, high):
        slot = _slot_of(passage, words[c])
        if passage.slots[slot] < 0:
            n = passage.n_words[0]
            passage.slots[slot] = n
            passage.words[n] = words[c]
            if frozen.shape[0] > 0:
                passage.frozen[n] = frozen[words[c]]
            passage.n_words[0] = n + 1


@njit(**PART)
def place_words(passage, words, low, high, rows):
    """Give the input row of each of the words ``words[low:high]``: its id, or its place here."""
    if passage is None:
        copy(words, low, high, rows)
    else:
        for c in range(low, high):
            rows[c - low] = passage.slots[_slot_of(passage, words[c])]


@njit(**PART)
def fetch_inputs_ahead(passage, model, words, first, last):
    """Ask the caches for input rows of words, unless a passage holds them already."""
    if passage is None:
        fetch_ahead(model.inputs, words, first, last)


def trained_in(passage, model):
    """Give the model that the blocks of a passage learn from: its words are the input rows."""
    raise TypeError("trained_in is for compiled code only")


@overload(trained_in, jit_options=PART)
def _trained_in(passage, model):
    """Choose by the type of `passage`; without one the model is trained itself."""

    def in_passage(passage, model):
        return Model(passage.inputs, model.outputs, passage.frozen, passage)

    def itself(passage, model):
        return model

    return itself if isinstance(passage, types.NoneType) else in_passage


@njit(**PART, error_model="numpy")
def _average(table, pieces, word, columns, vectors, place):
    """Write the mean of the rows of a word into ``vectors[place]``, in some columns."""
    first, last = columns
    begin, end = pieces.begins[word], pieces.begins[word + 1]
    for d in range(first, last):
        vectors[place, d] = 0
    whole = begin + (end - begin) // 4 * 4
    for p in range(begin, whole, 4):
        a, b, c, e = pieces.rows[p], pieces.rows[p + 1], pieces.rows[p + 2], pieces.rows[p + 3]
        for d in range(first, last):
            vectors[place, d] += (table[a, d] + table[b, d]) + (table[c, d] + table[e, d])
    for p in range(whole, end):
        row = pieces.rows[p]
        for d in range(first, last):
            vectors[place, d] += table[row, d]
    share = np.float32(1.0) / np.float32(max(end - begin, 1))
    for d in range(first, last):
        vectors[place, d] *= share


@kernel
def average_rows(table, pieces, vectors):
    """Write the mean of the rows of each word into `vectors`, float32 (V, D)."""
    for word in range(vectors.shape[0]):
        _average(table, pieces, word, (0, vectors.shape[1]), vectors, word)


@njit(**PART)
def _fetch_pieces_ahead(table, pieces, word, columns):
    """Ask the caches for the rows that a word is made of."""
    for p in range(pieces.begins[word], pieces.begins[word + 1]):
        for d in range(columns[0], columns[1], LINE):
            prefetch(table, pieces.rows[p], d)


@njit(**PART)
def compose(passage, table, columns):
    """Compose the words of a passage from the rows of the table, in some columns."""
    words, n_words = passage.words, passage.n_words[0]
    for i in range(n_words):
        if i + 1 < n_words:
            _fetch_pieces_ahead(table, passage.pieces, words[i + 1], columns)
        _average(table, passage.pieces, words[i], columns, passage.inputs, i)
        for d in range(columns[0], columns[1]):
            passage.before[i, d] = passage.inputs[i, d]


@njit(**PART)
def add_to_rows(passage, table, columns):
    """Add what changed of each word of a passage to all rows it is made of, in some columns."""
    pieces, words, n_words = passage.pieces, passage.words, passage.n_words[0]
    inputs, change = passage.inputs, passage.before
    for i in range(n_words):
        if i + 1 < n_words:
            _fetch_pieces_ahead(table, pieces, words[i + 1], columns)
        for d in range(columns[0], columns[1]):
            change[i, d] = inputs[i, d] - change[i, d]
        for p in range(pieces.begins[words[i]], pieces.begins[words[i] + 1]):
            row = pieces.rows[p]
            for d in range(columns[0], columns[1]):
                table[row, d] += change[i, d]
