"""How well a tokenizer covers a text: what it keeps whole, does not know, and makes short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.contextual.tokenizing.piecing import Pieces, pieces_of
from lexloom.contextual.tokenizing.rejoining import Rejoined
from lexloom.errors import ShapeError

if TYPE_CHECKING:
    from lexloom.contextual.tokenizing.tokenizer import Tokenizer

__all__ = ["Coverage", "cover"]


@dataclass(frozen=True)
class Coverage:
    """What a tokenizer made of some sentences.

    Attributes
    ----------
    whole_characters
        The share of characters, blanks aside, that one known piece holds entirely.
    whole_words
        The share of words that are one known piece.
    unknown
        The share of pieces that stand for what the tokenizer does not know.
    pieces_per_word
        Pieces, by words.
    bytes_per_piece
        Bytes of UTF-8, by pieces.
    n_words
        The words measured on.
    """

    whole_characters: float
    whole_words: float
    unknown: float
    pieces_per_word: float
    bytes_per_piece: float
    n_words: int


def cover(tokenizer: Tokenizer, portions: Iterable[Rejoined]) -> Coverage:
    """Measure a tokenizer on sentences, which it should not have learned from.

    Parameters
    ----------
    tokenizer
        The tokenizer.
    portions
        The sentences.

    Returns
    -------
    Coverage
        What came of it.

    Raises
    ------
    ShapeError
        If there is no word in them.
    """
    unknown_id = tokenizer.id_of("unk_token")
    sums = np.zeros(7, np.int64)
    for portion in portions:
        pieces = pieces_of(tokenizer.engine, portion)
        sums += _counted(pieces, portion, -1 if unknown_id is None else unknown_id)
    characters, whole_characters, words, whole_words, n_pieces, n_unknown, n_bytes = sums.tolist()
    if not words:
        raise ShapeError("coverage needs at least one word, got none.")
    return Coverage(
        whole_characters=whole_characters / max(characters, 1),
        whole_words=whole_words / words,
        unknown=n_unknown / max(n_pieces, 1),
        pieces_per_word=n_pieces / words,
        bytes_per_piece=n_bytes / max(n_pieces, 1),
        n_words=words,
    )


def _counted(pieces: Pieces, portion: Rejoined, unknown_id: int) -> np.ndarray:
    """Count characters, whole ones, words, whole ones, pieces, unknown ones, bytes: int64 (7)."""
    text = "".join(portion.texts)
    is_known = pieces.ids != unknown_id
    n_words = len(portion.ends)
    # A character is whole where exactly one piece covers it, and that one is known.
    covered, known = (
        np.cumsum(
            np.bincount(pieces.starts[chosen], minlength=len(text) + 1)
            - np.bincount(pieces.ends[chosen], minlength=len(text) + 1)
        )[:-1]
        for chosen in (slice(None), is_known)
    )
    is_blank = np.fromiter((character == " " for character in text), np.bool_, len(text))
    whole = (covered == 1) & (known == 1) & ~is_blank
    first_word, last_word = pieces.words(portion.ends)
    in_word = np.bincount(last_word, minlength=n_words)
    alone = is_known & (first_word == last_word) & (in_word[last_word] == 1)
    spread = np.bincount(first_word[first_word != last_word], minlength=n_words)
    n_whole_words = int((alone & (spread[last_word] == 0)).sum())
    n_bytes = len(text.encode("utf-8"))
    counts = (~is_blank).sum(), whole.sum(), n_words, n_whole_words
    return np.array([*counts, len(pieces.ids), (~is_known).sum(), n_bytes], np.int64)
