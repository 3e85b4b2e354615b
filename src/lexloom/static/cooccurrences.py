"""How often words stand near each other in a corpus, as one sparse matrix."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import scipy.sparse

from lexloom.arrays import Floats, Ids, Offsets
from lexloom.kernels.cooccurrences import count_rows, place_words
from lexloom.progress import Listener, Update
from lexloom.text.corpus import Corpus

__all__ = ["Distances", "count_cooccurrences", "distance_weights"]

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


def count_cooccurrences(
    corpus: Corpus, weights: Floats, *, threads: int, on_progress: Listener | None = None
) -> scipy.sparse.csr_matrix:
    """Count for each pair of words how often they stand near each other in a sentence.

    Memory is that of the result and of a portion of the corpus, 8 bytes for each of its words.

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
        starts = offsets[:-1][np.diff(offsets) > 0]
        self._weights = weights
        self._offsets = np.zeros(n_types + 1, np.int64)
        np.cumsum(np.bincount(ids, minlength=n_types), out=self._offsets[1:])
        self._marked = np.empty(len(ids), np.int32)
        self._places = np.empty(len(ids), np.int32)
        place_words(ids, starts, self._marked, self._offsets[:-1].copy(), self._places)

    def batches(self) -> list[tuple[int, int]]:
        """Part the vocabulary into runs of words that have few neighbours together."""
        most = np.minimum(
            np.diff(self._offsets) * 2 * len(self._weights), len(self._offsets) - 1
        ).cumsum()
        ends = [0]
        while ends[-1] < len(most):
            before = most[ends[-1] - 1] if ends[-1] else 0
            end = int(np.searchsorted(most, before + _NEIGHBOURS_AT_ONCE, "right"))
            ends.append(max(end, ends[-1] + 1))
        return list(itertools.pairwise(ends))

    def count(self, words: tuple[int, int]) -> tuple[scipy.sparse.csr_matrix, int]:
        """Give the rows of a run of words, and how often these words occur."""
        first, last = words
        n_types = len(self._offsets) - 1
        n_words = int(self._offsets[last] - self._offsets[first])
        most = min(n_words * 2 * len(self._weights), (last - first) * n_types)
        columns, sums = np.empty(most, np.int32), np.empty(most, np.float32)
        sizes = np.zeros(last - first + 1, np.int64)
        n = count_rows(
            self._marked, self._places, self._offsets, words, self._weights,
            np.zeros(n_types), columns, sums, sizes[1:],
        )  # fmt: skip
        shape = (last - first, n_types)
        parts = (sums[:n].copy(), columns[:n].copy(), np.cumsum(sizes))
        counts = scipy.sparse.csr_matrix(parts, shape)
        counts.sort_indices()
        return counts, n_words
