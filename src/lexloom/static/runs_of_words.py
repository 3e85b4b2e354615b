"""Runs of up to n words as features of documents, found in a table or by their hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse

from lexloom.arrays import Bits, Counts, Floats, Ids, Offsets
from lexloom.kernels.word_table import word_keys
from lexloom.text.corpus import Corpus
from lexloom.text.vocabulary import Vocabulary

__all__ = ["Features", "RunBuckets", "RunTable", "learn_table", "spread_of"]

_WORDS_AT_ONCE = 1 << 22
_ROOM_OF_WORD = 32
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Features(Protocol):
    """Whatever finds the features of documents."""

    @property
    def width(self) -> int:
        """How many features there are."""
        ...

    def count(self, ids: Ids, offsets: Offsets) -> scipy.sparse.csr_matrix:
        """Count the features of N documents, ``ids[offsets[i]:offsets[i + 1]]``: float32 (N, V)."""
        ...


@dataclass(frozen=True)
class RunTable:
    """Runs of words by number: that of a word is its id, those of longer runs follow.

    A run of n words is the run of its first n - 1 words and one word more. So a single sorted array
    holds runs of every length, and the number of one is its place there, behind all words.

    Attributes
    ----------
    runs
        int64 (M), ascending: number of the run without its last word · 2³² + id of that word.
    columns
        int32 (V + M), the feature that each run is, or -1.
    max_n
        The words of the longest runs.
    """

    runs: Counts
    columns: Ids
    max_n: int

    @property
    def width(self) -> int:
        """How many features there are."""
        return int(self.columns.max(initial=-1)) + 1

    def count(self, ids: Ids, offsets: Offsets) -> scipy.sparse.csr_matrix:
        """Count the features of N documents, ``ids[offsets[i]:offsets[i + 1]]``: float32 (N, V)."""
        columns = (
            np.where(numbers < 0, -1, self.columns[numbers])
            for numbers in self.numbers(ids, offsets)
        )
        return _counted(columns, offsets, self.width)

    def numbers(self, ids: Ids, offsets: Offsets) -> Iterator[Counts]:
        """Give for n = 1, 2, … the number of the run of n words that ends at each place, or -1."""
        numbers = ids.astype(np.int64)
        yield numbers
        for _ in range(1, self.max_n):
            numbers = self._look_up(longer_runs(numbers, ids, offsets))
            yield numbers

    def _look_up(self, wanted: Counts) -> Counts:
        """Give the numbers of runs: int64 (T), -1 for those that are not in the table."""
        if not len(self.runs):
            return np.full(len(wanted), -1)
        places = np.minimum(np.searchsorted(self.runs, wanted), len(self.runs) - 1)
        n_words = len(self.columns) - len(self.runs)
        return np.where(self.runs[places] == wanted, places + n_words, -1)

    def names(self, words: Iterable[str]) -> list[str]:
        """Name the features in order: their words, with blanks between them."""
        words = list(words)
        names = words.copy()
        for run in self.runs.tolist():
            names.append(f"{names[run >> 32]} {words[run & 0xFFFFFFFF]}")
        kept = np.flatnonzero(self.columns >= 0)
        order = kept[np.argsort(self.columns[kept])]
        return [names[number] for number in order.tolist()]

    def keep(self, wanted: np.ndarray) -> RunTable:
        """Leave only some features: bool (V + M), of a table in which every run is one."""
        columns = np.where(wanted, np.cumsum(wanted) - 1, -1).astype(np.int32)
        return RunTable(self.runs, columns, self.max_n)


class RunBuckets:
    """Runs of words by hash: nothing is stored of them, and several may share a bucket.

    A word's hash depends on its letters alone, so that the buckets of two corpora are the same.

    Parameters
    ----------
    vocabulary
        The words.
    width
        How many buckets there are.
    max_n
        The words of the longest runs.
    """

    def __init__(self, vocabulary: Vocabulary, width: int, max_n: int) -> None:
        self.width = width
        self._max_n = max_n
        letters = [word.encode() for word in vocabulary.words]
        offsets = np.cumsum([0, *map(len, letters)])
        self._hashes = _stirred(word_keys(np.frombuffer(b"".join(letters), np.uint8), offsets))

    def count(self, ids: Ids, offsets: Offsets) -> scipy.sparse.csr_matrix:
        """Count the features of N documents, ``ids[offsets[i]:offsets[i + 1]]``: float32 (N, V)."""
        return _counted(self._buckets(ids, offsets), offsets, self.width)

    def _buckets(self, ids: Ids, offsets: Offsets) -> Iterator[Counts]:
        """Give for n = 1, 2, … the bucket of the run of n words that ends at each place, or -1."""
        words = hashes = self._hashes[ids]
        room = _places(offsets)
        for n in range(self._max_n):
            if n:
                hashes = _stirred(np.roll(hashes, 1) * _GOLDEN + words)
            high = (hashes >> np.uint64(32)) * np.uint64(self.width) >> np.uint64(32)
            yield np.where(room < n, -1, high.astype(np.int64))


def learn_table(corpus: Corpus, max_n: int, min_documents: int) -> RunTable:
    """Give all words of a corpus their numbers, and all longer runs that enough documents have.

    Parameters
    ----------
    corpus
        The corpus.
    max_n
        The words of the longest runs.
    min_documents
        Runs in fewer documents are left out; words are not.

    Returns
    -------
    RunTable
        With every run a feature, in the order of their numbers.
    """
    n_words = len(corpus.vocabulary)
    table = RunTable(np.zeros(0, np.int64), np.arange(n_words, dtype=np.int32), 1)
    for n in range(2, max_n + 1):
        runs = np.concatenate([table.runs, _frequent_runs(corpus, table, min_documents)])
        table = RunTable(runs, np.arange(n_words + len(runs), dtype=np.int32), n)
    return table


def spread_of(features: Features, corpus: Corpus) -> tuple[Counts, Floats]:
    """Count for each feature of a corpus in how many documents it stands, and how often in all.

    Parameters
    ----------
    features
        V features.
    corpus
        The corpus.

    Returns
    -------
    tuple
        int64 (V) documents, float64 (V) occurrences.
    """
    documents = np.zeros(features.width, np.int64)
    occurrences = np.zeros(features.width)
    for ids, offsets in _documents(corpus):
        counts = features.count(ids, offsets)
        documents += np.bincount(counts.indices, minlength=features.width)
        occurrences += np.bincount(counts.indices, counts.data, minlength=features.width)
    return documents, occurrences


def _documents(corpus: Corpus) -> Iterator[tuple[Ids, Offsets]]:
    """Give the documents of a corpus some at a time: ids (T), and offsets (N + 1) among them."""
    offsets = corpus.sentence_offsets[corpus.document_offsets]
    first = 0
    while first < corpus.n_documents:
        begin = int(offsets[first])
        last = int(np.searchsorted(offsets, begin + _WORDS_AT_ONCE, "right")) - 1
        last = max(last, first + 1)
        yield corpus.ids[begin : int(offsets[last])], np.asarray(offsets[first : last + 1]) - begin
        first = last


def longer_runs(numbers: Counts, ids: Ids, offsets: Offsets) -> Counts:
    """Give for each place the run that ends before it and its word, packed; -1 where none ends."""
    packed = np.full(len(ids), -1)
    packed[1:] = numbers[:-1] << _ROOM_OF_WORD | ids[1:]
    packed[1:][numbers[:-1] < 0] = -1
    starts = offsets[:-1]
    packed[starts[starts < len(ids)]] = -1
    return packed


def _frequent_runs(corpus: Corpus, table: RunTable, min_documents: int) -> Counts:
    """Find the runs that are one word longer than the longest of a table: int64, ascending."""
    keys, documents = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for ids, offsets in _documents(corpus):
        *_, numbers = table.numbers(ids, offsets)
        packed = longer_runs(numbers, ids, offsets)
        different = np.unique(packed[packed >= 0])
        columns = np.where(packed < 0, -1, np.searchsorted(different, packed))
        counts = _counted([columns], offsets, len(different))
        keys.append(different)
        documents.append(np.bincount(counts.indices, minlength=len(different)))
    found, place = np.unique(np.concatenate(keys), return_inverse=True)
    n_documents = np.bincount(place, np.concatenate(documents), minlength=len(found))
    return found[n_documents >= min_documents]


def _counted(columns: Iterable[Counts], offsets: Offsets, width: int) -> scipy.sparse.csr_matrix:
    """Count features in N documents: for each n the column of the run at every place, or -1."""
    rows = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    shape = (len(offsets) - 1, width)
    total = scipy.sparse.csr_matrix(shape, dtype=np.float32)
    for column in columns:
        known = column >= 0
        pairs = (rows[known], column[known].astype(np.int32))
        ones = np.ones(len(pairs[0]), np.float32)
        total = total + scipy.sparse.coo_matrix((ones, pairs), shape).tocsr()
    return total


def _places(offsets: Offsets) -> Counts:
    """Give for each place how many words of its document stand before it: int64 (T)."""
    lengths = np.diff(offsets)
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)


def _stirred(bits: Bits) -> Bits:
    """Spread what differs over all 64 bits (SplitMix64's last step)."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return bits ^ (bits >> np.uint64(31))
