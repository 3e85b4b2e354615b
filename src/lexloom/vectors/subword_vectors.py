"""Word vectors that also have one for words never seen, made of their n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import ShapeError
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors import rowless
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["SubwordVectors"]


class SubwordVectors(WordVectors):
    """Word vectors with the n-grams that a word outside the vocabulary is made of.

    Everything that takes a word takes such a word too; ``word in vectors`` still asks whether it is
    in the vocabulary, and answers are words of the vocabulary.

    Parameters
    ----------
    words
        V different words, or a `Vocabulary`, which brings its counts.
    matrix
        float32 (V, D), their vectors.
    table
        The vectors of the n-grams, as wide.
    **parts
        As for `WordVectors`.

    Raises
    ------
    SettingError
        If a word comes twice, is empty or holds a NUL.
    ShapeError
        If the shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> ngrams = Ngrams(min_n=3, max_n=3, buckets=4)
    >>> table = NgramTable(ngrams, [0, 1, 2, 3], np.eye(4))
    >>> vectors = SubwordVectors(["cat"], [[1, 0, 0, 0]], table=table)
    >>> "catty" in vectors, vectors["catty"].shape
    (False, (4,))
    """

    kind = "subword_vectors"

    def __init__(
        self, words: Sequence[str] | Vocabulary, matrix: Any, *, table: NgramTable, **parts: Any
    ) -> None:
        super().__init__(words, matrix, **parts)
        if table.matrix.shape[1] != self.width:
            raise ShapeError(
                f"the vectors of n-grams have width {table.matrix.shape[1]}, those of words "
                f"{self.width}."
            )
        self._fill(replace(self._parts, table=table))

    @property
    def table(self) -> NgramTable:
        """The vectors of the n-grams."""
        table = super().table
        assert table is not None
        return table

    def look_up(self, words: Sequence[str]) -> tuple[Ids, Vectors]:
        """Find the vectors of words; one that is not in the vocabulary is made of its n-grams.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            int32 (N), the row of each word, -1 for one without any n-gram; and the rows, float32.
            A warning names words whose row is zero, because none of their n-grams has one.
        """
        ids, matrix = super().look_up(words)
        unseen = list(dict.fromkeys(word for word, i in zip(words, ids, strict=True) if i < 0))
        if not unseen:
            return ids, matrix
        kept, places = np.unique(ids[ids >= 0], return_inverse=True)
        composed, known = self.table.compose(unseen)
        is_rowless = known & ~composed.any(axis=1)
        rowless.note(unseen[place] for place in np.flatnonzero(is_rowless))
        behind = np.where(known, len(kept) + np.arange(len(unseen)), -1)
        row_of = dict(zip(unseen, behind.tolist(), strict=True))
        found = np.fromiter((row_of.get(word, 0) for word in words), np.int32, len(ids))
        found[ids >= 0] = places
        rows = np.concatenate([matrix[kept], composed])
        rows.flags.writeable = False
        return found, rows
