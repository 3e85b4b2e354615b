"""SVD: word vectors from counts of neighbours, by PPMI and a truncated singular decomposition."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import scipy.sparse
from pydantic import Field

from lexloom.arrays import Vectors
from lexloom.errors import FormatError
from lexloom.progress import Listener
from lexloom.settings import settings
from lexloom.static.cooccurrence_matrix import Distances, count_matrix, distance_weights
from lexloom.static.decomposing import decompose
from lexloom.static.fitting import Trainer
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES
from lexloom.threads import n_threads_of
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["SVD", "positive_pmi"]

_PAIRS_PER_SECOND = 20_000_000
_BYTES_OF_PAIR = 30


@settings
class SVD(Trainer):
    """Factor how much more often words stand together than by chance (Levy, Goldberg, Dagan 2015).

    Nothing is drawn at random but the start of the decomposition: the same corpus, settings and
    machine give the same vectors.

    Attributes
    ----------
    width
        D, the numbers of a vector.
    window
        The largest distance between a word and its context, in words.
    distances
        What a neighbour counts at distance d: ``dynamic`` is (window + 1 - d) / window, as
        word2vec's windows come to on average; ``harmonic`` 1 / d, as in GloVe; ``flat`` 1.
    context_exponent
        Counts of contexts are taken to this power, so that rare ones do not look as telling as
        they would; 1 takes them as they are.
    shift
        k: log k is taken off the association of each pair, as k noise words do in word2vec.
    value_power
        Each direction is weighed by its singular value to this power: 1 as the decomposition has
        it, 0 all alike.
    add_contexts
        Add to the vector of each word its vector as a context.
    iterations
        Steps that make the decomposition more exact.
    threads
        Threads to count and multiply with; by default one for each core.
    seed
        What the start of the decomposition hangs on.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    >>> SVD(width=2, threads=1).fit(corpus).matrix.shape
    (3, 2)
    """

    family: ClassVar[str] = "svd"
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "width": (50, 100, 200, 300),
        "window": (2, 5, 10),
        "context_exponent": (0.75, 1.0),
        "shift": (1.0, 5.0),
        "value_power": (0.0, 0.5, 1.0),
        "add_contexts": (False, True),
    }

    width: Annotated[int, Field(ge=1, le=4096)] = 100
    window: Annotated[int, Field(ge=1, le=100)] = 5
    distances: Distances = "dynamic"
    context_exponent: Annotated[float, Field(ge=0, le=2)] = 0.75
    shift: Annotated[float, Field(gt=0, le=1000)] = 1.0
    value_power: Annotated[float, Field(ge=0, le=2)] = 0.5
    add_contexts: bool = False
    iterations: Annotated[int, Field(ge=0, le=100)] = 7
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of counting and factoring the pairs of so many words."""
        n_pairs = 2 * self.window * n_words
        n_different = min(n_pairs / 6, n_types**2)
        seconds = (
            n_pairs + n_different * self.width * (1 + self.iterations) / 5
        ) / _PAIRS_PER_SECOND
        return seconds, int(BASE_BYTES + _BYTES_OF_PAIR * n_different + 8 * n_words)

    def learn(
        self, corpus: Corpus, parts: dict[str, Any], listener: Listener | None
    ) -> WordVectors:
        """Count, weigh, factor.

        Raises
        ------
        FormatError
            If no pair of words stands together more often than by chance.
        """
        began = time.monotonic()
        threads = n_threads_of(self.threads)
        weights = distance_weights(self.window, self.distances)
        counts = count_matrix(corpus, weights, threads=threads, on_progress=listener)
        counted = time.monotonic()
        n_pairs = counts.nnz
        association = positive_pmi(counts, self.context_exponent, self.shift)
        if not association.nnz:
            raise FormatError(
                "no pair of words stands together more often than by chance.",
                "Give more text, or a lower shift.",
            )
        found = decompose(
            association, self.width, iterations=self.iterations, seed=self.seed, threads=threads
        )
        scale = (found.values**self.value_power).astype(np.float32)
        matrix = found.left * scale
        if self.add_contexts:
            matrix += found.right * scale
        ended = time.monotonic()
        metrics = {
            "n_pairs": n_pairs,
            "n_positive": association.nnz,
            "largest_value": float(found.values[0]),
            "smallest_value": float(found.values[-1]),
            "counting_seconds": counted - began,
            "seconds": ended - began,
            "words_per_second": corpus.n_words / (ended - began),
        }
        return WordVectors(
            corpus.vocabulary, _widened(matrix, self.width), metrics=metrics, **parts
        )


def positive_pmi(
    counts: scipy.sparse.csr_matrix, context_exponent: float, shift: float
) -> scipy.sparse.csr_matrix:
    """Turn counts of pairs into how much more often they stand together than by chance.

    SPPMI(w, c) = max(log( #(w, c) · Σ #(c')^α / (#(w) · #(c)^α) ) - log k, 0), which is Levy,
    Goldberg and Dagan 2015, equations 3 and 4: pointwise mutual information with smoothed contexts,
    shifted, its negative part left out.

    Parameters
    ----------
    counts
        float32 (V, V): #(w, c), above 0 where stored. It is changed: its numbers become the result.
    context_exponent
        α.
    shift
        k, above 0.

    Returns
    -------
    scipy.sparse.csr_matrix
        float32 (V, V), what is 0 not stored.
    """
    of_words = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    of_contexts = np.asarray(counts.sum(axis=0, dtype=np.float64)).ravel() ** context_exponent
    with np.errstate(divide="ignore"):
        word_logs = np.log(of_words)
        context_logs = np.log(of_contexts) - np.log(of_contexts.sum()) + np.log(shift)
    association = np.log(counts.data, out=counts.data)
    association -= np.repeat(word_logs.astype(np.float32), np.diff(counts.indptr))
    association -= context_logs.astype(np.float32)[counts.indices]
    np.maximum(association, 0, out=association)
    counts.eliminate_zeros()
    return counts


def _widened(matrix: Vectors, width: int) -> Vectors:
    """Fill up with zeros where the text has fewer directions than were asked for."""
    return np.pad(matrix, ((0, 0), (0, width - matrix.shape[1])))
