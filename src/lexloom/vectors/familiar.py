"""The names people know from gensim's KeyedVectors, as thin aliases in one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lexloom.arrays import Floats, Vectors
from lexloom.vectors.checking import listed_words
from lexloom.vectors.index import unit_rows
from lexloom.vectors.queries import Ranking, Term, WordQueries
from lexloom.vectors.rowless import told_once

__all__ = ["FamiliarNames"]


class FamiliarNames(WordQueries):
    """Aliases only: each says what it is short for."""

    @property
    def index_to_key(self) -> Sequence[str]:
        """Give `words`."""
        return self.vocabulary.words

    @property
    def key_to_index(self) -> dict[str, int]:
        """Give word → id as a new dict; ``vocabulary.id(word)`` builds none."""
        return {word: i for i, word in enumerate(self.vocabulary.words)}

    @property
    def vectors(self) -> Vectors:
        """Give `matrix`."""
        return self.matrix

    @property
    def vector_size(self) -> int:
        """Give `width`."""
        return self.matrix.shape[1]

    def has_index_for(self, word: str) -> bool:
        """Give ``word in vectors``."""
        return word in self.vocabulary

    def get_index(self, word: str) -> int:
        """Give ``vocabulary.id(word)``."""
        return self.vocabulary.id(word)

    @told_once()
    def get_vector(self, word: str, norm: bool = False) -> Vectors:
        """Give ``vectors[word]``, or the same scaled to length 1."""
        vector = self.vectors_of([word])[0]
        return unit_rows(vector[None])[0] if norm else vector

    def get_normed_vectors(self) -> Vectors:
        """Give all vectors scaled to length 1: float32 (V, D)."""
        return self.index.unit

    def similar_by_word(self, word: str, topn: int = 10) -> Ranking:
        """Give ``most_similar(word, n=topn)``."""
        return self.most_similar(word, n=topn)

    similar_by_key = similar_by_word

    def similar_by_vector(self, vector: Vectors, topn: int = 10) -> Ranking:
        """Give ``most_similar(vector, n=topn)``."""
        return self.most_similar(vector, n=topn)

    def most_similar_cosmul(
        self, positive: Term | Sequence[Term], negative: Term | Sequence[Term] = (), topn: int = 10
    ) -> Ranking:
        """Give ``most_similar_by_product(positive, negative, n=topn)``."""
        return self.most_similar_by_product(positive, negative, topn)

    @told_once()
    def most_similar_to_given(self, word: str, words: Sequence[str]) -> str:
        """Give that one of `words` which is nearest to `word`."""
        listed = listed_words(words, "most_similar_to_given")
        return listed[int(np.argmin(self.distances(word, listed)))]

    def distance(self, a: str, b: str) -> float:
        """Give ``1 - similarity(a, b)``."""
        return 1.0 - self.similarity(a, b)

    @told_once()
    def distances(self, word: Term, words: Sequence[str] | None = None) -> Floats:
        """Give one less the cosine of `word` to each of `words`, or to all: float64 (N,)."""
        others = self.index.unit
        if words is not None:
            others = self._unit_terms(listed_words(words, "distances"))
        return 1.0 - np.clip(others @ self._unit_terms([word])[0], -1, 1)

    @told_once()
    def n_similarity(self, a: Sequence[str], b: Sequence[str]) -> float:
        """Give the cosine between the means of two lists of words."""
        lists = (listed_words(words, "n_similarity") for words in (a, b))
        first, second = (np.mean(self.vectors_of(words), axis=0) for words in lists)
        return self.similarity(first, second)

    def closer_than(self, a: str, b: str) -> list[str]:
        """Give all words that are nearer to `a` than `b` is."""
        distances = self.distances(a)
        nearer = np.flatnonzero(distances < distances[self.get_index(b)])
        return [self.vocabulary.word(i) for i in nearer.tolist() if i != self.get_index(a)]

    def rank(self, a: str, b: str) -> int:
        """Give the place of `b` among the words nearest to `a`, from 1."""
        return len(self.closer_than(a, b)) + 1
