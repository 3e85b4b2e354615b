"""FastText: word vectors made of the vectors of n-grams, so that words never seen have one too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom.settings import settings
from lexloom.static.composing import Composed, begin_composed
from lexloom.static.starting import Start, check_finite
from lexloom.static.word2vec import Word2Vec
from lexloom.text.corpus import Corpus
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["FastText"]

_ROWS_OF_TYPE = 6
"""About four n-grams come with each word of a vocabulary; the rest is for making them."""


@settings
class FastText(Word2Vec):
    """Train word vectors as fastText does (Bojanowski et al. 2017): Word2Vec with n-grams.

    A word stands in the mean of a row of its own and the rows of its n-grams (section 3.2), and
    each of these rows takes the change of the word in full. All settings of `Word2Vec` hold.

    Attributes
    ----------
    min_n
        The fewest characters of an n-gram, the marks at both ends of a word included.
    max_n
        The most.
    buckets
        Places that all n-grams share by their hash. Only those that occur take memory.
    hashes
        0 gives each word a row of its own and each n-gram one, as fastText does; 1 to 4 give each
        n-gram, and the word, so many rows of one small table, as floret does (buckets: 50,000).

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["cat", "cats", "dog"]] * 50, min_count=1)
    >>> vectors = FastText(width=8, epochs=2, threads=1).fit(corpus)
    >>> vectors["catty"].shape
    (8,)
    """

    family: ClassVar[str] = "fasttext"
    first_rates: ClassVar[Mapping[str, float]] = {"skip_gram": 0.05, "cbow": 0.075}
    slowness: ClassVar[float] = 1.5
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        **Word2Vec.tunable,
        "min_n": (1, 2, 3),
        "max_n": (3, 4, 6),
    }

    min_n: Annotated[int, Field(ge=1, le=100)] = 3
    max_n: Annotated[int, Field(ge=1, le=100)] = 6
    buckets: Annotated[int, Field(ge=1, le=10**9)] = 2_000_000
    hashes: Annotated[int, Field(ge=0, le=4)] = 0

    @property
    def ngrams(self) -> Ngrams:
        """How words are cut into n-grams."""
        return Ngrams(min_n=self.min_n, max_n=self.max_n, buckets=self.buckets, hashes=self.hashes)

    def check(self) -> None:
        """Refuse settings that do not go together.

        Raises
        ------
        SettingError
            If the learning rate would rise, or the fewest characters are more than the most.
        """
        super().check()
        _ = self.ngrams

    def taken_bytes(self, n_words: int, n_types: int) -> int:
        """Estimate the bytes of the rows, those of n-grams among them."""
        n_rows = min(self.buckets, _ROWS_OF_TYPE * n_types)
        return super().taken_bytes(n_words, n_types + n_rows)

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Composed:
        """Make the rows and the matrix training begins with."""
        return begin_composed(
            corpus.vocabulary, self.ngrams, self.width, self.seed, start, frozen,
            with_outputs=self.takes_outputs_of(start),
        )  # fmt: skip

    def vectors(self, begun: Start, parts: dict[str, Any]) -> SubwordVectors:
        """Make word vectors of the rows as they are."""
        assert isinstance(begun, Composed)
        check_finite(begun.inputs, begun.outputs)
        order = np.argsort(begun.buckets)
        return SubwordVectors(
            begun.vocabulary,
            begun.word_vectors(),
            table=NgramTable(
                begun.ngrams,
                begun.buckets[order],
                begun.inputs[len(begun.vocabulary) + order],
            ),
            output_matrix=begun.outputs if self.keep_output else None,
            **parts,
        )
