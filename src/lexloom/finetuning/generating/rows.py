"""Short sequences side by side in rows of one length, where none sees another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexloom.arrays import Bools, Offsets

__all__ = ["Rows", "filled_rows", "rows_of_sequences"]

_LEAST_LENGTH = 128
"""Shorter rows would leave much of themselves empty; what longer ones cost is attention."""


@dataclass(frozen=True)
class Rows:
    """Sequences in R rows.

    Attributes
    ----------
    ids
        int64 (R, T), the pieces; behind the last sequence of a row a piece that nothing asks for.
    positions
        int64 (R, T), the place of each piece in its own sequence.
    sequence_of
        int64 (R, T), the number of its sequence, from 0; -1 behind the last.
    starts
        int64 (N), where each sequence begins, counted in all rows one after the other.
    """

    ids: Offsets
    positions: Offsets
    sequence_of: Offsets
    starts: Offsets

    @property
    def mask(self) -> Bools | None:
        """Bool (R, 1, T, T): who sees whom; None where each row has one sequence.

        What fills up a row stands behind all that could be misled by it.
        """
        if len(self.starts) == len(self.ids):
            return None
        same = self.sequence_of[:, :, None] == self.sequence_of[:, None, :]
        return np.tril(same)[:, None]


def filled_rows(lengths: Offsets, length: int) -> list[list[int]]:
    """Put the longest first, each into the first row that has room (Johnson 1973).

    Parameters
    ----------
    lengths
        int64 (N).
    length
        T, no shorter than the longest.

    Returns
    -------
    list of list of int
        R rows, each the numbers of its sequences.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for number in np.argsort(-lengths, kind="stable").tolist():
        needed = int(lengths[number])
        place = next((row for row, free in enumerate(room) if free >= needed), len(rows))
        if place == len(rows):
            rows.append([])
            room.append(length)
        rows[place].append(number)
        room[place] -= needed
    return rows


def rows_of_sequences(
    sequences: Sequence[Offsets], filling: int = 0, most: int = _LEAST_LENGTH
) -> Rows:
    """Put sequences side by side.

    Parameters
    ----------
    sequences
        N times int64 (T).
    filling
        The piece behind the last sequence of a row.
    most
        The positions that a model has: rows are no longer, if no sequence is.

    Returns
    -------
    Rows
        As few rows as it takes, about.
    """
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    length = max(int(lengths.max()), min(_LEAST_LENGTH, most, int(lengths.sum())))
    rows = filled_rows(lengths, length)
    shape = (len(rows), length)
    ids, positions = np.full(shape, filling, np.int64), np.zeros(shape, np.int64)
    sequence_of, starts = np.full(shape, -1, np.int64), np.empty(len(sequences), np.int64)
    for number, row in enumerate(rows):
        begin = 0
        for each in row:
            here = slice(begin, begin + lengths[each])
            ids[number, here] = sequences[each]
            positions[number, here] = np.arange(lengths[each])
            sequence_of[number, here] = each
            starts[each] = number * length + begin
            begin += int(lengths[each])
    return Rows(ids, positions, sequence_of, starts)
