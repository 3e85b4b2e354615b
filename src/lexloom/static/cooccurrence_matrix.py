"""How often words stand near each other in a corpus, as one sparse matrix."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import scipy.sparse

from lexloom.arrays import Counts, Floats, Ids, Offsets
from lexloom.kernels import cooccurrences as kernels
from lexloom.progress import Listener, Update
from lexloom.text.corpus import Corpus

__all__ = ["Distances", "count_matrix", "distance_weights"]

Distances = Literal["dynamic", "harmonic", "flat"]

_WORDS_AT_ONCE = 1 << 26
_NEIGHBOURS_AT_ONCE = 1 << 22


def distance_weights(window: int, distances: Distances) -> Floats:
    """Give what a neighbour counts at distance 1 … window: float64 (window).

    ``"dynamic"`` is (window + 1 - d) / window, the mean of windows drawn from 1 … window as in
    word2vec; ``"harmonic"`` 1 / d, as in GloVe; ``"flat"`` 1.
    """
    distance = np.arange(1, window + 1)
    if distances == "dynamic":
        return (window + 1 - distance) / window
    return 1.0 / distance if distances == "harmonic" else np.ones(window)


def count_matrix(
    corpus: Corpus, weights: Floats, *, threads: int, on_progress: Listener | None = None
) -> scipy.sparse.csr_matrix:
    """Count for each pair of words how often they stand near each other in a sentence.

    Memory is that of the result and of a portion of the corpus, 12 bytes for each of its words.

    Parameters
    ----------
    corpus
        The corpus.
    weights
        float64 (window), above 0: what a pair counts at distance 1, 2, …; see `distance_weights`.
    threads
        How many count. The result is the same for any number.
    on_progress
        Told how far it is, in words.

    Returns
    -------
    scipy.sparse.csr_matrix
        float32 (V, V), symmetric; the neighbours of a row are in ascending order.
    """
    n_types = len(corpus.vocabulary)
    total = scipy.sparse.csr_matrix((n_types, n_types), dtype=np.float32)
    began, n_done = time.monotonic(), 0
    for _, ids, offsets in corpus.portions(_WORDS_AT_ONCE):
        portion = _Portion(ids, offsets - offsets[0], n_types, weights)
        rows = []
        with ThreadPoolExecutor(threads) as pool:
            for counts, n_words in pool.map(portion.count, portion.batches()):
                rows.append(counts)
                n_done += n_words
                if on_progress is not None:
                    seconds = time.monotonic() - began
                    on_progress(Update("counting", n_done, corpus.n_words, "words", seconds))
        counts = scipy.sparse.vstack(rows, format="csr")
        total = total + counts if total.nnz else counts
    return total


class _Portion:
    """Some sentences, with the places of each word."""

    def __init__(self, ids: Ids, offsets: Offsets, n_types: int, weights: Floats) -> None:
        window = len(weights)
        self._ids = ids.view(np.ndarray)
        self._amounts = np.concatenate([[0.0], weights])
        self._begins = np.zeros(n_types + 1, np.int64)
        np.cumsum(np.bincount(self._ids, minlength=n_types), out=self._begins[1:])
        self._places = np.empty(len(ids), np.int64)
        every_word = np.arange(n_types, dtype=np.int32)
        kernels.list_places(
            self._ids, offsets, every_word, self._begins[:-1].copy(), window, window, self._places
        )

    def _most(self, first: int, last: int) -> Counts:
        """Give how many neighbours each of these words can have: int64 (last - first)."""
        places = np.diff(self._begins[first : last + 1])
        return np.minimum(places * 2 * (len(self._amounts) - 1), len(self._begins) - 1)

    def batches(self) -> list[tuple[int, int]]:
        """Part the vocabulary into runs of words that have few neighbours together."""
        most = self._most(0, len(self._begins) - 1).cumsum()
        ends = [0]
        while ends[-1] < len(most):
            before = most[ends[-1] - 1] if ends[-1] else 0
            end = int(np.searchsorted(most, before + _NEIGHBOURS_AT_ONCE, "right"))
            ends.append(max(end, ends[-1] + 1))
        return list(itertools.pairwise(ends))

    def count(self, words: tuple[int, int]) -> tuple[scipy.sparse.csr_matrix, int]:
        """Give the rows of a run of words, and how often these words occur."""
        first, last = words
        n_types = len(self._begins) - 1
        most = int(self._most(first, last).sum())
        counted = kernels.empty_counted(n_types, last - first, most)
        n = kernels.count_rows(
            self._ids, self._places, int(self._begins[first]),
            self._begins[first + 1 : last + 1], self._amounts, counted,
        )  # fmt: skip
        parts = (counted.counts[:n].copy(), counted.columns[:n].copy(), [0, *counted.ends])
        rows = scipy.sparse.csr_matrix(parts, (last - first, n_types))
        rows.sort_indices()
        return rows, int(self._begins[last] - self._begins[first])
