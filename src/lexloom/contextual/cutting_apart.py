"""Pieces that several words share, cut apart, so that each word has a vector of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from lexloom.contextual.alignment import Spans
from lexloom.contextual.pieces import Pieces

__all__ = ["cut_apart"]


def cut_apart(
    pieces: Pieces, text: str, spans: Spans, id_of: Callable[[str], int | None]
) -> Pieces:
    """Cut pieces where words begin or end within them, if each part is a piece itself.

    A tokenizer that learned from running text makes one piece of two or three Chinese characters
    that often stand together. What is to be said of each of them needs them apart.

    Parameters
    ----------
    pieces
        Those of the text.
    text
        The text.
    spans
        The first character of each word and the one behind its last.
    id_of
        Gives the number of the piece that is written so, or None.

    Returns
    -------
    Pieces
        As many or more; what cannot be cut stays whole.
    """
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
