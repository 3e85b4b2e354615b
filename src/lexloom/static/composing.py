"""The rows training begins with where a word is made of several: its own and those of n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexloom.arrays import Bools, Counts, Ids, Offsets, Vectors
from lexloom.errors import SettingError
from lexloom.kernels.passages import Pieces, average_rows
from lexloom.static.starting import Start, begin
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Composed", "begin_composed"]


@dataclass(frozen=True, kw_only=True)
class Composed(Start):
    """Where training begins; the inputs are rows (V + U, D), of which `pieces` make words.

    Attributes
    ----------
    buckets
        int32 (U), the bucket of each row behind those of the words.
    ngrams
        How words are cut into n-grams.
    """

    buckets: Ids
    ngrams: Ngrams

    def word_vectors(self) -> Vectors:
        """Compose the vectors of all words: float32 (V, D)."""
        assert self.pieces is not None
        return _averages(self.inputs, self.pieces, len(self.vocabulary))


def begin_composed(
    vocabulary: Vocabulary,
    ngrams: Ngrams,
    width: int,
    seed: int,
    given: WordVectors | None = None,
    frozen: Sequence[str] = (),
    *,
    with_outputs: bool = True,
) -> Composed:
    """Make the rows to begin with, so that the words begin as those of `begin`.

    Words that keep their vectors, because they are frozen or the corpus does not have them, are
    made of their own row alone: it is their vector. Only buckets that occur have a row.

    Parameters
    ----------
    vocabulary
        The words of the corpus.
    ngrams
        How words are cut into n-grams.
    width
        D.
    seed
        What the random numbers hang on.
    given
        Vectors to begin with; their words are all kept, and the rows of their n-grams taken over
        if they are cut alike.
    frozen
        Words whose vectors stay as they are.
    with_outputs
        Take over the output matrix of the given vectors too, if they have one.

    Returns
    -------
    Composed
        The words, their rows and the matrices.

    Raises
    ------
    ShapeError
        If the given vectors have another width.
    SettingError
        If `frozen` is a text, or words are frozen that have no given vector; or with floret's
        hashes the given vectors are not made of the same n-grams.
    MissingWordError
        If a frozen word has no vector.
    """
    plain = begin(vocabulary, width, seed, given, frozen, with_outputs=with_outputs)
    table = None if given is None else given.table
    if table is not None and table.ngrams != ngrams:
        table = None
    if ngrams.hashes and given is not None and table is None:
        raise SettingError(
            "floret's hashes leave a word no row of its own, so training goes on only from vectors "
            "with the same n-grams.",
            "Pass hashes=0, or the min_n, max_n, buckets and hashes of those vectors.",
        )
    words = plain.vocabulary
    alone = np.arange(len(words)) >= len(vocabulary)
    if plain.frozen.size:
        alone |= plain.frozen == 1
    of_words, begins = _without(alone, *ngrams.buckets_of(words.array))
    assert words.counts is not None
    buckets, places = _numbered(of_words, begins, words.counts, table)
    pieces = _pieces(len(words) + places, begins, always_own=not ngrams.hashes)
    rows = np.zeros((len(words) + len(buckets), width), np.float32)
    of_ngrams = rows[len(words) :]
    if ngrams.hashes:
        generator = np.random.Generator(np.random.Philox(key=seed))
        of_ngrams[:] = (generator.random(of_ngrams.shape, np.float32) - np.float32(0.5)) / width
    if table is not None:
        order = np.argsort(buckets)
        taken = order[np.searchsorted(buckets, table.buckets, sorter=order)]
        of_ngrams[taken] = table.matrix
    # n · vector = own row + rows of the n-grams
    own = pieces.rows[pieces.begins[:-1]] == np.arange(len(words))
    n_rows = np.where(own, np.diff(pieces.begins), 0).astype(np.float32)
    rests = plain.inputs - _averages(rows, pieces, len(words))
    with np.errstate(over="ignore"):  # the first score finds what is not finite
        rows[: len(words)] = n_rows[:, None] * rests
    parts = {**vars(plain), "inputs": rows, "pieces": pieces}
    return Composed(**parts, buckets=buckets, ngrams=ngrams)


def _averages(rows: Vectors, pieces: Pieces, n_words: int) -> Vectors:
    """Give the mean of the rows of each word: float32 (V, D)."""
    vectors = np.empty((n_words, rows.shape[1]), np.float32)
    average_rows(rows, pieces, vectors)
    return vectors


def _without(left_out: Bools, of_words: Ids, begins: Offsets) -> tuple[Ids, Offsets]:
    """Leave out the n-grams of some words."""
    lengths = np.diff(begins)
    kept = of_words[np.repeat(~left_out, lengths)]
    return kept, np.concatenate([[0], np.cumsum(np.where(left_out, 0, lengths))])


def _numbered(
    of_words: Ids, begins: Offsets, counts: Counts, table: NgramTable | None
) -> tuple[Ids, Ids]:
    """Give the buckets that have a row, and the place of each bucket of the words among them.

    The most frequent come first, so that the rows in use lie together; those that only the given
    table has come last.
    """
    found, places = np.unique(of_words, return_inverse=True)
    weights = np.bincount(places, np.repeat(counts, np.diff(begins)), len(found))
    order = np.argsort(-weights, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    buckets = found[order]
    if table is not None:
        buckets = np.concatenate([buckets, np.setdiff1d(table.buckets, found)])
    return buckets, rank[places]


def _pieces(places: Ids, begins: Offsets, *, always_own: bool) -> Pieces:
    """Put the own row of each word before those of its n-grams; of some only if it has none."""
    lengths = np.diff(begins)
    has_own = (lengths == 0) | always_own
    ends = np.cumsum(lengths + has_own)
    begins = np.concatenate([[0], ends])
    rows = np.empty(begins[-1], np.int32)
    is_own = np.zeros(len(rows), np.bool_)
    is_own[begins[:-1][has_own]] = True
    rows[is_own] = np.flatnonzero(has_own)
    rows[~is_own] = places
    rows.flags.writeable = begins.flags.writeable = False
    return Pieces(rows, begins)
