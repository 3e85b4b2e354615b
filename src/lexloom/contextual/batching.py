"""Sequences sorted by length into batches of so many pieces: little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lexloom.arrays import Bools, Offsets

__all__ = ["batches", "padded"]

_WORTH_RUNNING = 256
"""So many pieces keep a processor's products near their full speed."""

_ALIKE = 0.95
"""A sequence shorter than this share of the longest would be padded much."""


def batches(lengths: Offsets, most_pieces: int) -> Iterator[Offsets]:
    """Part sequences into batches of like lengths, longest first.

    A batch that is worth running ends before a sequence that would be padded much: what a
    processor gains by more at a time is less than what it would spend on padding.

    Parameters
    ----------
    lengths
        int64 (N): the pieces of each sequence.
    most_pieces
        What a batch may hold, padding counted; a single longer sequence is a batch of its own.

    Yields
    ------
    Offsets
        int64: which sequences are in the batch.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(int(lengths[order[start]]), 1)
        stop = start + max(most_pieces // longest, 1)
        worth_running = start + -(-_WORTH_RUNNING // longest)
        alike = start + int((lengths[order[start:stop]] >= _ALIKE * longest).sum())
        stop = min(stop, max(alike, worth_running))
        yield order[start:stop]
        start = stop


def padded(sequences: Sequence[Offsets], pad_id: int) -> tuple[Offsets, Bools | None]:
    """Write sequences of B lengths below each other.

    Parameters
    ----------
    sequences
        int64 (T) each.
    pad_id
        What fills up the shorter ones.

    Returns
    -------
    tuple
        int64 (B, T); and bool (B, T), true where a piece is, or None if nothing is padding.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    ids = np.full((len(sequences), lengths.max()), pad_id, np.int64)
    is_piece = np.arange(ids.shape[1]) < lengths[:, None]
    ids[is_piece] = np.concatenate(sequences)
    return ids, None if is_piece.all() else is_piece
