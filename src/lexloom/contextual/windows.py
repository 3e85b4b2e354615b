"""Texts longer than a model reads: windows that overlap and end where sentences do."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Offsets
from lexloom.text.sentence_spans import sentence_spans

__all__ = ["cut", "sentence_ends"]


def cut(n_pieces: int, most: int, overlap: int, ends: Offsets) -> list[tuple[int, int]]:
    """Cut a text into windows.

    Parameters
    ----------
    n_pieces
        The pieces of the text.
    most
        The pieces of a window at most.
    overlap
        How many pieces of a window the next one has too.
    ends
        int64, ascending: piece numbers before which a sentence has just ended. The last one in the
        second half of a window ends it.

    Returns
    -------
    list of tuple
        The first piece of each window and the one behind its last; one window, perhaps empty, for
        a text that fits.
    """
    windows, start = [], 0
    while n_pieces - start > most:
        stop = start + most
        place = np.searchsorted(ends, stop, "right") - 1
        if place >= 0 and ends[place] > start + most // 2:
            stop = int(ends[place])
        windows.append((start, stop))
        start = max(stop - overlap, start + 1)
    return [*windows, (start, n_pieces)]


def sentence_ends(text: str, ends: Offsets) -> Offsets:
    """Find the pieces before which a sentence has just ended.

    Parameters
    ----------
    text
        The text.
    ends
        int64 (T): the character behind the last of each piece.

    Returns
    -------
    Offsets
        int64, ascending: numbers of pieces from 1 to T.
    """
    marks = [end for _, end in sentence_spans(text)]
    behind = np.searchsorted(np.maximum.accumulate(ends), np.asarray(marks, np.int64), "left") + 1
    return np.unique(behind[behind <= len(ends)]) if len(ends) else np.empty(0, np.int64)
