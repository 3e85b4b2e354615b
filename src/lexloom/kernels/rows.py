"""Rows of the two matrices: taken out to be worked on, and their changes put back."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from lexloom.arrays import Bytes, Ids, Vectors
from lexloom.kernels.compiling import PART
from lexloom.kernels.lanes import LINE, prefetch

__all__ = ["FAST", "Change", "Model", "add_change", "clear_rows", "copy", "fetch_ahead", "gather"]

FAST = {"reassoc", "contract", "arcp", "nsz"}
"""Liberties a compiler may take with sums; that NaN and infinity exist is not one of them."""


class Model(NamedTuple):
    """What is trained.

    inputs, outputs: float32 (V, D), a vector for each word as a context and as a prediction (of a
    word, or of a node of the Huffman tree). frozen: uint8 (V), 1 where the input vector stays as it
    is; or empty when all are trained. passage: the `Passage` whose words the input rows are, or
    None where each word of the vocabulary is one.
    """

    inputs: Vectors
    outputs: Vectors
    frozen: Bytes
    passage: Any = None


class Change(NamedTuple):
    """What one block of centre words adds to the rows of the model.

    input_ids, output_ids: int32. inputs, outputs: float32, one padded row for each id. sizes: int64
    (2), how many of either are filled.
    """

    input_ids: Ids
    inputs: Vectors
    output_ids: Ids
    outputs: Vectors
    sizes: Ids


@njit(**PART)
def copy(source, first, last, target):
    """Copy the items ``source[first:last]`` to the start of `target`.

    Assigned slices do the same but take seconds to compile.
    """
    for i in range(first, last):
        target[i - first] = source[i]


@njit(**PART)
def clear_rows(rows, first, last):
    """Set the rows ``rows[first:last]`` to zero."""
    for i in range(first, last):
        for d in range(rows.shape[1]):
            rows[i, d] = 0


@njit(**PART)
def gather(matrix, ids, first, last, rows):
    """Copy the rows ``ids[first:last]`` of a matrix into the same places of the padded `rows`."""
    width = matrix.shape[1]
    for i in range(first, last):
        word = ids[i]
        for d in range(width):
            rows[i, d] = matrix[word, d]


@njit(**PART)
def fetch_ahead(matrix, ids, first, last):
    """Ask the caches for the rows ``ids[first:last]`` of a matrix, which are needed soon."""
    for i in range(first, last):
        word = ids[i]
        for d in range(0, matrix.shape[1], LINE):
            prefetch(matrix, word, d)


@njit(**PART, fastmath=FAST, error_model="numpy")
def _add_rows(matrix, ids, rows, n, frozen):
    """Add rows to the rows `ids[:n]` of a matrix."""
    width = matrix.shape[1]
    for i in range(n):
        word = ids[i]
        if frozen.shape[0] > 0 and frozen[word]:
            continue
        for d in range(width):
            matrix[word, d] += rows[i, d]


@njit(**PART)
def add_change(model, change):
    """Add the change of a block to the model, in place."""
    _add_rows(model.inputs, change.input_ids, change.inputs, change.sizes[0], model.frozen)
    _add_rows(model.outputs, change.output_ids, change.outputs, change.sizes[1], model.frozen[:0])
