"""Which of a set's words the vectors know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bools, Ids, Vectors
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.vectors.index import unit_rows

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Lookup"]


@dataclass
class Lookup:
    """Looks words up in the vectors an evaluation may see, and remembers what it did not find.

    Attributes
    ----------
    vectors
        The vectors.
    settings
        The rules.
    missing
        Words without a vector, in the order they were asked for.
    lowered
        Words found in lower case only.
    composed
        Words that are not in the vocabulary but made of n-grams that are.
    """

    vectors: WordVectors
    settings: EvaluationSettings
    missing: dict[str, None] = field(default_factory=dict)
    lowered: dict[str, None] = field(default_factory=dict)
    composed: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rows = _allowed(self.vectors, self.settings.restrict)

    def ids(self, words: Iterable[str]) -> Ids:
        """Give the row of each word among the unit vectors: int32, -1 where it is missing."""
        words = list(words)
        unique = list(dict.fromkeys(words))
        found = self._find(unique)
        if self.settings.lower_case:
            again = [i for i, word in enumerate(unique) if found[i] < 0 and word != word.lower()]
            found[again] = self._find([unique[i].lower() for i in again])
            self.lowered.update((unique[i], None) for i in again if found[i] >= 0)
        self.missing.update((word, None) for i, word in enumerate(unique) if found[i] < 0)
        row_of = dict(zip(unique, found.tolist(), strict=True))
        return np.array([row_of[word] for word in words], np.int32)

    def find(self, words: Iterable[str]) -> tuple[Bools, Vectors]:
        """Find the vectors of words, those made of n-grams too where the settings ask for them.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            bool (N), whether each word has a vector; float32 (N, D), of length 1, or zero.
        """
        words = list(words)
        ids = self.ids(words)
        known = ids >= 0
        unit = np.zeros((len(words), self.vectors.width), np.float32)
        unit[known] = self.unit_vectors(ids[known])
        if self.settings.unseen and self.vectors.table is not None:
            rest = np.flatnonzero(~known)
            asked = [words[i].lower() if self.settings.lower_case else words[i] for i in rest]
            unit[rest] = unit_rows(self.vectors.table.compose(asked)[0])
            known[rest] = unit[rest].any(axis=1)
            made = [words[i] for i in rest if known[i]]
            self.composed.update(dict.fromkeys(made))
            self.missing = {word: None for word in self.missing if word not in self.composed}
        return known, unit

    def unit_vectors(self, ids: Ids | None = None) -> Vectors:
        """Give vectors of length 1: float32 (N, D), for some ids or for every word allowed."""
        if ids is None and self.settings.restrict is None:
            return self.vectors.index.unit
        return unit_rows(self.vectors.matrix[self._rows if ids is None else self._rows[ids]])

    def _find(self, words: Sequence[str]) -> Ids:
        """Give rows among those allowed, -1 where there is none."""
        ids = np.asarray(self.vectors.vocabulary.ids(list(words)), np.int32)
        if self.settings.restrict is None or len(ids) == 0:
            return ids.copy()
        place = np.full(len(self.vectors) + 1, -1, np.int32)
        place[self._rows] = np.arange(len(self._rows), dtype=np.int32)
        return place[ids]


def _allowed(vectors: WordVectors, restrict: int | None) -> Ids:
    """Give the ids of the most frequent words; without counts the file's order tells."""
    if restrict is None:
        return np.arange(len(vectors), dtype=np.int32)
    if vectors.counts is None:
        return np.arange(min(restrict, len(vectors)), dtype=np.int32)
    return np.argsort(-np.asarray(vectors.counts, np.int64), kind="stable")[:restrict].astype(
        np.int32
    )
