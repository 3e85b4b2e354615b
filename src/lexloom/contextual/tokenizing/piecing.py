"""Sentences as pieces, and which pieces are one word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.contextual.tokenizing.rejoining import Rejoined

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["Pieces", "pieces_of"]


@dataclass(frozen=True)
class Pieces:
    """The T pieces of some sentences.

    Attributes
    ----------
    ids
        int32 (T).
    starts, ends
        int64 (T), the first character of each piece and the one behind its last, counted in all
        texts one after the other.
    counts
        int64 (N), the pieces of each sentence.
    """

    ids: Ids
    starts: Offsets
    ends: Offsets
    counts: Offsets

    def words(self, ends_of_words: Offsets) -> tuple[Offsets, Offsets]:
        """Give the word that each piece begins in, and the one it ends in: int64 (T) each."""
        last = np.maximum(self.ends - 1, self.starts)
        n_words = max(len(ends_of_words) - 1, 0)
        first_word = np.searchsorted(ends_of_words, self.starts, "right")
        last_word = np.searchsorted(ends_of_words, last, "right")
        return np.minimum(first_word, n_words), np.minimum(last_word, n_words)

    def begins_word(self, ends_of_words: Offsets) -> Bools:
        """Say which pieces begin a word: bool (T).

        A piece that holds the end of one word and the beginning of another joins the two.
        """
        first_word, last_word = self.words(ends_of_words)
        begins = np.ones(len(self.ids), np.bool_)
        begins[1:] = first_word[1:] > last_word[:-1]
        return begins


def pieces_of(engine: Engine, rejoined: Rejoined) -> Pieces:
    """Cut sentences into pieces, without special tokens.

    Parameters
    ----------
    engine
        What cuts.
    rejoined
        N sentences.

    Returns
    -------
    Pieces
        All pieces in order.
    """
    found = engine.encode_batch(rejoined.texts, add_special_tokens=False)
    counts = np.array([len(one.ids) for one in found], np.int64)
    begin, ids, spans = 0, [], []
    for text, one in zip(rejoined.texts, found, strict=True):
        ids += one.ids
        spans.append(np.array(one.offsets, np.int64).reshape(-1, 2) + begin)
        begin += len(text)
    places = np.concatenate([np.zeros((0, 2), np.int64), *spans])
    return Pieces(np.array(ids, np.int32), places[:, 0].copy(), places[:, 1].copy(), counts)
