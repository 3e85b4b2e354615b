"""Count pairs of neighbouring words, and join those that make phrases."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["join_pairs", "pack_pairs"]


@kernel
def pack_pairs(ids, offsets, begin):
    """Give each pair of neighbours of some sentences as one number: left id · 2³² + right id.

    Parameters
    ----------
    ids
        int32 (T), the words of the sentences.
    offsets
        int64, where each sentence begins, and the end of the last.
    begin
        The place of the first word: it is taken from `offsets`.
    """
    pairs = np.empty(len(ids), np.int64)
    n_pairs = 0
    for sentence in range(len(offsets) - 1):
        for place in range(offsets[sentence] - begin, offsets[sentence + 1] - begin - 1):
            pairs[n_pairs] = np.int64(ids[place]) << 32 | np.int64(ids[place + 1])
            n_pairs += 1
    return pairs[:n_pairs]


@kernel
def join_pairs(ids, offsets, begin, pairs, joined_ids):
    """Join each pair that is a phrase to one word, from left to right.

    Parameters
    ----------
    ids
        int32 (T), the words of the sentences.
    offsets
        int64, where each sentence begins, and the end of the last.
    begin
        The place of the first word: it is taken from `offsets`.
    pairs
        int64, the phrases in ascending order, packed as by `pack_pairs`.
    joined_ids
        int32, the id each phrase gets.

    Returns
    -------
    tuple
        int32, the words; int64, the words of each sentence.
    """
    out = np.empty(len(ids), np.int32)
    lengths = np.empty(len(offsets) - 1, np.int64)
    n_out = 0
    for sentence in range(len(offsets) - 1):
        before = n_out
        place = offsets[sentence] - begin
        end = offsets[sentence + 1] - begin
        while place < end:
            new = ids[place]
            step = 1
            if place + 1 < end:
                pair = np.int64(ids[place]) << 32 | np.int64(ids[place + 1])
                found = np.searchsorted(pairs, pair)
                if found < len(pairs) and pairs[found] == pair:
                    new = joined_ids[found]
                    step = 2
            out[n_out] = new
            n_out += 1
            place += step
        lengths[sentence] = n_out - before
    return out[:n_out], lengths
