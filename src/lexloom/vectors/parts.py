"""What word vectors are made of: words, matrices, how text was cut, where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lexloom.arrays import Counts, Vectors
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.index import Index

if TYPE_CHECKING:
    from lexloom.vectors.ngram_table import NgramTable
    from lexloom.vectors.storing import Parts

__all__ = ["MadeOfParts"]


class MadeOfParts:
    """Word vectors, seen as their parts; none of them changes."""

    _parts: Parts
    _index: Index

    @property
    def vocabulary(self) -> Vocabulary:
        """The words with their ids and counts."""
        return self._parts.vocabulary

    @property
    def words(self) -> Sequence[str]:
        """The V words in the order of their ids."""
        return self._parts.vocabulary.words

    @property
    def counts(self) -> Counts | None:
        """How often each word occurs in the corpus: int64 (V), or None when nobody counted."""
        return self._parts.vocabulary.counts

    @property
    def matrix(self) -> Vectors:
        """The vectors: float32 (V, D), read-only."""
        return self._parts.matrix

    @property
    def output_matrix(self) -> Vectors | None:
        """The second matrix of training, float32 (V, D), or None when it was not kept."""
        return self._parts.output_matrix

    @property
    def table(self) -> NgramTable | None:
        """The vectors of n-grams, which `SubwordVectors` have; else None."""
        return self._parts.table

    @property
    def width(self) -> int:
        """D, the numbers of one vector."""
        return self._parts.matrix.shape[1]

    @property
    def index(self) -> Index:
        """The exact search over these vectors."""
        return self._index

    @property
    def segmentation(self) -> Any:
        """The rule that cut the corpus into words, or None when it is unknown."""
        return self._parts.segmentation

    @property
    def phrases(self) -> Any:
        """The phrases that were joined in the corpus, or None when there were none."""
        return self._parts.phrases

    @property
    def settings(self) -> dict[str, Any]:
        """How the vectors were made: plain JSON values."""
        return dict(self._parts.settings)

    @property
    def lineage(self) -> dict[str, Any]:
        """What the vectors were made of: plain JSON values."""
        return dict(self._parts.lineage)

    @property
    def metrics(self) -> dict[str, Any]:
        """How well the making went: plain JSON values."""
        return dict(self._parts.metrics)
