"""Questions to word vectors: which words are near, which one completes an analogy, which is odd."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.errors import SettingError, ShapeError
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.checking import check_number, listed_words
from lexloom.vectors.index import Index, Neighbors
from lexloom.vectors.renaming import known_elsewhere_as
from lexloom.vectors.rowless import told_once

__all__ = ["Ranking", "Term", "WordQueries"]

Term: TypeAlias = str | np.ndarray
Ranking: TypeAlias = list[tuple[str, float]]
Method = Literal["3cosadd", "3cosmul"]

SMALL = 1e-6
"""ε of 3CosMul: keeps the quotient finite when a cosine to the negative word is -1."""


class WordQueries:
    """The questions; `WordVectors` has the data."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words with their ids and counts."""
        raise NotImplementedError

    @property
    def matrix(self) -> Vectors:
        """The vectors: float32 (V, D), read-only."""
        raise NotImplementedError

    @property
    def index(self) -> Index:
        """The exact search over these vectors."""
        raise NotImplementedError

    def look_up(self, words: Sequence[str]) -> tuple[Ids, Vectors]:
        """Give the row of each word, -1 for one that has no vector; and the rows."""
        raise NotImplementedError

    @told_once()
    def vectors_of(self, words: Sequence[str]) -> Vectors:
        """Give the vectors of N words: float32 (N, D).

        Parameters
        ----------
        words
            The words.

        Returns
        -------
        Vectors
            A row for each.

        Raises
        ------
        MissingWordError
            If a word has no vector; names the nearest spellings.
        """
        ids, rows = self._required(words)
        return rows[ids]

    def _required(self, words: Sequence[str]) -> tuple[Ids, Vectors]:
        """Look up words that must have a vector."""
        for word in words:
            if not isinstance(word, str):
                raise SettingError(f"a word must be a str, got {word!r}.")
        ids, rows = self.look_up(words)
        if len(ids) and ids.min() < 0:
            self.vocabulary.require(word for word, i in zip(words, ids, strict=True) if i < 0)
        return ids, rows

    @told_once()
    def similarity(self, a: Term, b: Term) -> float:
        """Give the cosine between two words or vectors.

        Parameters
        ----------
        a
            A word, or a vector float32 (D,).
        b
            Another.

        Returns
        -------
        float
            From -1 to 1; 0.0 by definition when one of the vectors is all zero.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        """
        first, second = self._unit_terms([a, b])
        return float(np.clip(np.dot(first.astype(np.float64), second), -1, 1))

    @told_once()
    @known_elsewhere_as(topn="n")
    def most_similar(
        self, positive: Term | Sequence[Term], negative: Term | Sequence[Term] = (), n: int = 10
    ) -> Ranking:
        """Find the words nearest to a sum of words, less others.

        Parameters
        ----------
        positive
            A word, a vector float32 (D,), or several of either. Each is scaled to length 1 first.
        negative
            The same, to take away.
        n
            How many words to give, at least 1; fewer come when the vocabulary has no more.

        Returns
        -------
        list of (str, float)
            Words and cosines, best first, without the words of the question.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If there is no term at all, or `n` is no whole number of at least 1.
        """
        check_number(n, "n")
        plus, minus = _listed(positive), _listed(negative)
        if not plus and not minus:
            raise SettingError("most_similar needs at least one word or vector, got none.")
        query = self._unit_terms(plus).sum(axis=0) - self._unit_terms(minus).sum(axis=0)
        found = self.index.nearest(query[None].astype(np.float32), n, self._ids_among(plus + minus))
        return self._ranking(found.ids[0], found.cosines[0])

    @told_once()
    def nearest(
        self,
        queries: Sequence[str] | Vectors,
        n: int = 10,
        *,
        exclude: Ids | None = None,
    ) -> Neighbors:
        """Find the nearest words of many queries at once, exactly, with all cores.

        Parameters
        ----------
        queries
            N words, each of which is left out of its own answer; or vectors float32 (N, D).
        n
            How many words to give for each, at least 1; clipped to V.
        exclude
            int32 (N, E): ids of words to leave out of each answer; -1 leaves out nothing.

        Returns
        -------
        Neighbors
            ``ids`` int32 (N, n), with -1 where there are no more words, and ``cosines`` float32
            (N, n). ``vectors.words[id]`` is the word.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If `n` is no whole number of at least 1.
        ShapeError
            If the vectors are not (N, D).
        """
        check_number(n, "n")
        if isinstance(queries, np.ndarray):
            return self.index.nearest(self._checked(queries, 2), n, exclude)
        words = [queries] if isinstance(queries, str) else queries
        found = self.vectors_of(words)
        ids = self.vocabulary.ids(words)
        own = ids[:, None] if exclude is None else np.column_stack([ids, exclude]).astype(np.int32)
        return self.index.nearest(found, n, own)

    @told_once()
    def analogy(self, a: str, b: str, c: str, n: int = 1, method: Method = "3cosadd") -> Ranking:
        """Find d such that *a is to b as c is to d*.

        3CosAdd ranks by cos(d, b - a + c) (Mikolov et al. 2013); 3CosMul by
        cos(d, b) · cos(d, c) / (cos(d, a) + ε) with cosines moved to 0…1 (Levy and Goldberg 2014,
        equation 4).

        Parameters
        ----------
        a
            The first word: ``"man"`` in ``analogy("man", "king", "woman")``.
        b
            What it is to: ``"king"``.
        c
            The word asked about: ``"woman"``.
        n
            How many words to give, at least 1.
        method
            ``"3cosadd"`` or ``"3cosmul"``.

        Returns
        -------
        list of (str, float)
            Words and scores, best first, without the three words.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If `method` is unknown or `n` is no whole number of at least 1.
        """
        if method == "3cosadd":
            return self.most_similar([b, c], [a], n)
        if method == "3cosmul":
            return self.most_similar_by_product([b, c], [a], n)
        raise SettingError(f"method must be '3cosadd' or '3cosmul', got {method!r}.")

    @told_once()
    def most_similar_by_product(
        self, positive: Term | Sequence[Term], negative: Term | Sequence[Term] = (), n: int = 10
    ) -> Ranking:
        """Find the words with the highest product of cosines: 3CosMul for any number of terms.

        Parameters
        ----------
        positive
            A word, a vector float32 (D,), or several of either.
        negative
            The same, to divide by.
        n
            How many words to give, at least 1.

        Returns
        -------
        list of (str, float)
            Words and scores, best first, without the words of the question.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If there is no positive term, or `n` is no whole number of at least 1.
        """
        check_number(n, "n")
        plus, minus = _listed(positive), _listed(negative)
        if not plus:
            raise SettingError("a product of cosines needs at least one positive word, got none.")
        scores = self._shifted_cosines(plus).prod(axis=1)
        scores /= self._shifted_cosines(minus).prod(axis=1) + SMALL
        asked = self._ids_among(plus + minus)
        scores[asked[asked >= 0]] = -np.inf
        n = min(n, len(scores) - len(np.unique(asked[asked >= 0])))
        ids = np.argpartition(-scores, max(n - 1, 0))[:n]
        ids = ids[np.lexsort((ids, -scores[ids]))]
        return self._ranking(ids, scores[ids])

    @told_once()
    def doesnt_match(self, words: Sequence[str]) -> str:
        """Name the word that fits the others least: the one farthest from their mean.

        Parameters
        ----------
        words
            At least two words.

        Returns
        -------
        str
            One of them.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If there are fewer than two words.
        """
        listed = listed_words(words, "doesnt_match", least=2)
        unit = self._unit_terms(listed)
        return listed[int(np.argmin(unit @ unit.mean(axis=0)))]

    def _ranking(self, ids: np.ndarray, scores: np.ndarray) -> Ranking:
        """Pair words with scores, without the places where no word was left."""
        pairs = zip(ids.tolist(), scores.tolist(), strict=True)
        return [(self.vocabulary.word(i), score) for i, score in pairs if i >= 0]

    def _ids_among(self, terms: list[Term]) -> Ids:
        """Give the ids of those terms that are words, as one row: int32 (1, E), -1 if unseen."""
        return self.vocabulary.ids(term for term in terms if isinstance(term, str))[None]

    def _unit_terms(self, terms: list[Term]) -> Floats:
        """Give the unit vectors of words and vectors: float64 (N, D)."""
        rows = np.zeros((len(terms), self.matrix.shape[1]), np.float64)
        for row, term in zip(rows, terms, strict=True):
            is_word = isinstance(term, str)
            row[:] = self.vectors_of([term])[0] if is_word else self._checked(term, 1)
            row /= np.linalg.norm(row) or 1.0
        return rows

    def _shifted_cosines(self, terms: list[Term]) -> Floats:
        """Give the cosine of every word to each term, moved from -1…1 to 0…1: float64 (V, N)."""
        cosines = self.index.unit @ self._unit_terms(terms).astype(np.float32).T
        return (1.0 + cosines.astype(np.float64)) / 2.0

    def _checked(self, array: object, n_dimensions: int) -> Vectors:
        """Take vectors of the right width and finite numbers only."""
        vectors = np.asarray(array, np.float32)
        width = self.matrix.shape[1]
        if vectors.ndim != n_dimensions or vectors.shape[-1] != width:
            expected = (width,) if n_dimensions == 1 else ("N", width)
            raise ShapeError(f"expected vectors of shape {expected}, got {vectors.shape}.")
        if not np.isfinite(vectors).all():
            raise ShapeError("a query vector must hold finite numbers, got NaN or infinity.")
        return vectors


def _listed(terms: Term | Sequence[Term]) -> list[Term]:
    """Turn one term, or several, into a list."""
    if isinstance(terms, str) or (isinstance(terms, np.ndarray) and terms.ndim == 1):
        return [terms]
    if not isinstance(terms, Iterable):
        raise SettingError(f"expected words or vectors, or lists of them, got {terms!r}.")
    return list(terms)
