"""Words to pieces by the characters they cover: any segmenter with any tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets, Vectors

__all__ = ["Alignment", "PiecePooling", "Spans", "align", "pool", "pool_text"]

PiecePooling = Literal["mean", "first", "last", "max"]
Spans = Sequence[tuple[int, int]] | Offsets
"""The first character of each word and the one behind its last; as an array int64 (words, 2)."""


@dataclass(frozen=True)
class Alignment:
    """Which pieces make up each word.

    Attributes
    ----------
    pieces
        int32: for one word after the other its pieces. A piece that straddles words is there for
        each of them.
    offsets
        int64 (words + 1): where the pieces of each word begin, and the end of the last.
    """

    pieces: Ids
    offsets: Offsets

    @property
    def has_pieces(self) -> Bools:
        """Whether a word has any, bool (words); its tokenizer may have dropped all of it."""
        return np.diff(self.offsets) > 0

    @property
    def places(self) -> Ids:
        """How many words before a word share its first piece, int32 (words that have pieces)."""
        first = self.pieces[self.offsets[:-1][self.has_pieces]]
        numbers = np.arange(len(first))
        is_new = np.ones(len(first), bool)
        is_new[1:] = first[1:] != first[:-1]
        return (numbers - np.maximum.accumulate(np.where(is_new, numbers, 0))).astype(np.int32)


def align(words: Spans, starts: Offsets, ends: Offsets) -> Alignment:
    """Find the pieces of each word: those that share a character with it.

    Parameters
    ----------
    words
        The first character of each word and the one behind its last.
    starts
        int64 (T): the first character of each piece.
    ends
        int64 (T): the one behind its last. A piece of no characters belongs to no word.

    Returns
    -------
    Alignment
        The pieces of each word, in their order.
    """
    spans = np.asarray(words, np.int64).reshape(-1, 2)
    # Before the first piece that may reach a word, all end at its start or earlier; from the last
    # on, all begin at its end or later. Tokenizers mostly give pieces in order, but need not.
    lows = np.searchsorted(np.maximum.accumulate(ends), spans[:, 0], "right")
    highs = np.searchsorted(np.minimum.accumulate(starts[::-1])[::-1], spans[:, 1], "left")
    n_near = np.maximum(highs - lows, 0)
    word_of = np.repeat(np.arange(len(spans)), n_near)
    before = np.concatenate([[0], np.cumsum(n_near)])
    near = np.arange(before[-1]) - np.repeat(before[:-1] - lows, n_near)
    first = np.maximum(starts[near], spans[word_of, 0])
    shares = first < np.minimum(ends[near], spans[word_of, 1])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(word_of[shares], minlength=len(spans)))])
    return Alignment(near[shares].astype(np.int32), offsets.astype(np.int64))


def pool(hidden: Vectors, alignment: Alignment, how: PiecePooling) -> Vectors:
    """Make one vector a word of those of its pieces; words without pieces are left out.

    Parameters
    ----------
    hidden
        float32 (T, D): the vectors of the pieces.
    alignment
        Which pieces make up each word.
    how
        ``mean`` or ``max`` of all pieces of a word, or the ``first`` or ``last`` of them.

    Returns
    -------
    Vectors
        float32 (words with pieces, D).
    """
    has_pieces = alignment.has_pieces
    begins, ends = alignment.offsets[:-1][has_pieces], alignment.offsets[1:][has_pieces]
    if how == "first" or how == "last":
        chosen = begins if how == "first" else ends - 1
        return hidden[alignment.pieces[chosen]]
    if not len(begins):
        return np.empty((0, hidden.shape[1]), np.float32)
    rows = hidden[alignment.pieces]
    if how == "max":
        return np.maximum.reduceat(rows, begins)
    sums = np.add.reduceat(rows, begins)
    return np.asarray(sums / (ends - begins)[:, None], np.float32)


def pool_text(hidden: Vectors, how: str) -> Vectors:
    """Make one vector of those of a text's pieces, its frame among them.

    Parameters
    ----------
    hidden
        float32 (T, D).
    how
        ``cls`` is the first, ``last`` the last of them; ``max``, or else the mean.

    Returns
    -------
    Vectors
        float32 (D).
    """
    match how:
        case "cls":
            return hidden[0]
        case "last":
            return hidden[-1]
        case "max":
            return hidden.max(0)
        case _:
            return hidden.mean(0)
