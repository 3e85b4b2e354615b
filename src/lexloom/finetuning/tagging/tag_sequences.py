"""Sentences of units as pieces of a tokenizer, and which pieces are of which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.contextual.alignment import align
from lexloom.finetuning.tagging.tagged_sentences import running_text

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder

__all__ = ["TagSequence", "tag_sequences"]


@dataclass(frozen=True)
class TagSequence:
    """A sentence as a network reads it.

    Attributes
    ----------
    ids
        int64 (T): its pieces in their frame.
    pieces
        int64: for one unit after the other its pieces, by their places in `ids`.
    unit_of
        int64: for each of these its unit, counted among those that have a piece.
    places
        int32: for each unit that has a piece, how many before it share its first one.
    is_known
        bool: for each unit of the sentence whether it has a piece; it may have been dropped by the
        tokenizer, or cut off.
    """

    ids: Offsets
    pieces: Offsets
    unit_of: Offsets
    places: Ids
    is_known: Bools

    @property
    def n_known(self) -> int:
        """How many units have a piece."""
        return int(self.is_known.sum())


def tag_sequences(
    encoder: Encoder, sentences: Sequence[Sequence[str]], longest: int
) -> list[TagSequence]:
    """Cut sentences into pieces.

    Parameters
    ----------
    encoder
        What cuts.
    sentences
        N sentences, each its units.
    longest
        The most pieces of a sentence; the rest is cut off.

    Returns
    -------
    list of TagSequence
        N sentences.
    """
    written = [running_text(units) for units in sentences]
    texts, places = [text for text, _ in written], [spans for _, spans in written]
    cut = encoder.reader.cut(texts)
    sequences, _ = encoder.reader.framed(cut, longest)
    n_right = len(encoder.tokenizer.right)
    found = []
    for ids, pieces, spans in zip(sequences, cut, places, strict=True):
        first = len(encoder.tokenizer.left) + len(pieces.lead)
        n_own = len(ids) - first - n_right
        aligned = align(spans, pieces.starts[:n_own], pieces.ends[:n_own])
        is_known = aligned.has_pieces
        unit_of = np.repeat(np.arange(is_known.sum()), np.diff(aligned.offsets)[is_known])
        pieces_of_units = aligned.pieces.astype(np.int64) + first
        found.append(TagSequence(ids, pieces_of_units, unit_of, aligned.places, is_known))
    return found
