"""Pieces that several words share, cut apart, so that each word has a vector of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from lexloom.contextual.alignment import Spans
from lexloom.contextual.pieces import Pieces

__all__ = ["cut_apart"]


IdOf = Callable[[str], int | None]


def cut_apart(
    cut: Sequence[Pieces], texts: Sequence[str], spans: Sequence[Spans], id_of: IdOf
) -> list[Pieces]:
    """Cut pieces where words begin or end within them, if each part is a piece itself.

    A tokenizer that learned from running text makes one piece of two or three Chinese characters
    that often stand together. What is to be said of each of them needs them apart.

    Parameters
    ----------
    cut
        The pieces of N texts.
    texts
        The texts.
    spans
        For each, of each of its words the first character and the one behind its last.
    id_of
        Gives the number of the piece that is written so, or None.

    Returns
    -------
    list of Pieces
        For each text as many or more; what cannot be cut stays whole.
    """
    return [
        _apart(pieces, text, words, id_of)
        for pieces, text, words in zip(cut, texts, spans, strict=True)
    ]


def _apart(pieces: Pieces, text: str, spans: Spans, id_of: IdOf) -> Pieces:
    """Cut the pieces of one text."""
    bounds = np.unique(np.asarray(spans, np.int64))
    first = np.searchsorted(bounds, pieces.starts, "right")
    behind = np.searchsorted(bounds, pieces.ends, "left")
    shared = np.flatnonzero(first < behind)
    if not len(shared):
        return pieces
    rows = list(zip(pieces.ids.tolist(), pieces.starts.tolist(), pieces.ends.tolist(), strict=True))
    parted: list[list[tuple[int, int, int]]] = [[row] for row in rows]
    for place in shared:
        _, start, end = rows[place]
        ends = [start, *bounds[first[place] : behind[place]].tolist(), end]
        parts = [(id_of(text[a:b]), a, b) for a, b in itertools.pairwise(ends)]
        known = [(number, a, b) for number, a, b in parts if number is not None]
        if len(known) == len(parts):
            parted[place] = known
    ids, starts, ends = np.array([part for parts in parted for part in parts], np.int64).T
    return Pieces(ids, starts, ends, pieces.lead)
