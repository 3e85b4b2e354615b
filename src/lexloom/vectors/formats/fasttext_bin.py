"""fastText ``.bin``: a model with its words, its n-grams and both matrices, little-endian.

======================  ============================================================================
magic, version          int32 793712314, int32 12 (or 11)
arguments               int32 dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn,
                        maxn, lrUpdateRate, float64 t
dictionary              int32 size, nwords, nlabels, int64 ntokens, pruneidx_size; for each entry
                        its bytes, a NUL, int64 count, int8 type
inputs                  int8 quantised, int64 rows, columns, float32: words, then buckets
outputs                 int8 quantised, int64 rows, columns, float32
======================  ============================================================================

The vector of a word is the mean of its own row and those of its n-grams.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom.arrays import Counts, Ids, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.vectors.formats.collecting import Reading, nonfinite
from lexloom.vectors.formats.fasttext_arguments import (
    NAME,
    NEGATIVE_SAMPLING,
    Arguments,
    argument_bytes,
    read_arguments,
)
from lexloom.vectors.formats.measured import Measured
from lexloom.vectors.formats.source import Source
from lexloom.vectors.formats.writing import ByteSink
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read", "write"]

MAGIC = 793712314
VERSION = 12
VERSIONS = (11, 12)
WORD = 0
NOT_PRUNED = -1

ROWS_AT_ONCE = 4096
FIX = "Export it again without quantising, or convert the .vec file that came with it."

START = struct.Struct("<2i")
DICTIONARY = struct.Struct("<3i2q")
ENTRY = struct.Struct("<qb")
SHAPE = struct.Struct("<b2q")


def is_this(head: bytes) -> bool:
    """Tell whether a file begins with the magic number of fastText's models."""
    return head[:4] == struct.pack("<i", MAGIC)


def read(source: Source, reading: Reading) -> WordVectors:
    """Read the vectors of a model: with its n-grams, if it has any.

    Raises
    ------
    FormatError
        If the file is cut off or breaks the format, or is a model that is no word vectors:
        supervised, quantised or pruned.
    """
    file = Measured(source)
    _, version = file.unpack(START, "the first numbers")
    if version not in VERSIONS:
        file.fail(f"this is version {version} of fastText's format, expected 11 or 12.")
    arguments = read_arguments(file)
    ngrams = _ngrams(file, arguments)
    words, counts = _dictionary(file, reading)
    n_words, dim = len(words), arguments.dim
    wanted = min(reading.limit or n_words, n_words)
    _check_shape(file, "the input vectors", n_words + arguments.bucket, dim)
    matrix = _first(file.rows(n_words, dim, "the input vectors"), wanted, dim)
    buckets, of_ngrams = _nonzero(file.rows(arguments.bucket, dim, "the vectors of n-grams"), dim)
    _check_shape(file, "the output vectors", n_words, dim)
    outputs = _first(file.rows(n_words, dim, "the output vectors"), wanted, dim)
    file.end()
    parts: dict[str, Any] = {
        "counts": counts[:wanted],
        # Those of a tree are of its nodes, not of words.
        "output_matrix": outputs if arguments.loss == NEGATIVE_SAMPLING else None,
        "settings": {NAME: arguments._asdict()},
        "lineage": {"source": str(source.path), "format": "fasttext_bin"},
    }
    kept = pa.array(words[:wanted], pa.large_string())
    if ngrams is None:
        return WordVectors(kept, matrix, **parts)
    table = NgramTable(ngrams, buckets, of_ngrams)
    for some, sums, n_rows in _by_pieces(kept, table):
        matrix[some] = (matrix[some] + sums) / n_rows
    _check_sums(matrix, kept, source.path)
    return SubwordVectors(kept, matrix, table=table, **parts)


def write(vectors: WordVectors, sink: ByteSink) -> None:
    """Write vectors as a model that fastText loads; it gives unseen words the same vectors.

    Parameters
    ----------
    vectors
        What to write. Without n-grams, the model has none; an output matrix that was not kept is
        written as zeros. The arguments of fastText that a file was read with are written again.
    sink
        Takes the bytes.

    Raises
    ------
    FormatError
        If the n-grams are hashed as floret does, or the settings of fastText that the vectors keep
        are none.
    """
    table, n_words, dim = vectors.table, len(vectors), vectors.width
    if table is not None and table.ngrams.hashes:
        raise FormatError(
            "fastText's format has no place for floret's hashes.", "Write it as floret."
        )
    n_buckets = 0 if table is None else table.ngrams.buckets
    sink.write(START.pack(MAGIC, VERSION))
    sink.write(argument_bytes(vectors))
    counts = np.ones(n_words, np.int64) if vectors.counts is None else vectors.counts
    sink.write(DICTIONARY.pack(n_words, n_words, 0, int(counts.sum()), NOT_PRUNED))
    for word, count in zip(vectors.words, counts.tolist(), strict=True):
        sink.write(word.encode() + b"\0" + ENTRY.pack(count, WORD))
    sink.write(SHAPE.pack(0, n_words + n_buckets, dim))
    for some, sums, n_rows in _by_pieces(vectors.vocabulary.array, table):
        own = vectors.matrix[some] * n_rows - sums
        _check_sums(own, vectors.vocabulary.array[some])
        sink.write(own.astype("<f4"))
    for first in range(0, n_buckets, ROWS_AT_ONCE):
        assert table is not None
        stop = min(first + ROWS_AT_ONCE, n_buckets)
        low, high = np.searchsorted(table.buckets, [first, stop])
        rows = np.zeros((stop - first, dim), "<f4")
        rows[table.buckets[low:high] - first] = table.matrix[low:high]
        sink.write(rows)
    sink.write(SHAPE.pack(0, n_words, dim))
    for first in range(0, n_words, ROWS_AT_ONCE):
        some = slice(first, min(first + ROWS_AT_ONCE, n_words))
        outputs = vectors.output_matrix
        rows = np.zeros((some.stop - first, dim)) if outputs is None else outputs[some]
        sink.write(rows.astype("<f4"))


def _check_sums(rows: Vectors, words: pa.Array, path: Path | None = None) -> None:
    """Refuse numbers so great that sums of them are not finite."""
    is_finite = np.isfinite(rows).all(axis=1)
    if not is_finite.all():
        raise nonfinite(words[int(np.argmin(is_finite))].as_py(), path)


def _ngrams(file: Measured, arguments: Arguments) -> Ngrams | None:
    """Say how words are cut; None for a model without n-grams."""
    if arguments.maxn < 1 or arguments.bucket == 0:
        return None
    try:
        return Ngrams(min_n=max(arguments.minn, 1), max_n=arguments.maxn, buckets=arguments.bucket)
    except SettingError as error:
        file.fail(error.what)


def _dictionary(file: Measured, reading: Reading) -> tuple[list[str], Counts]:
    """Read the words and their counts."""
    size, n_words, n_labels, _, n_pruned = file.unpack(DICTIONARY, "the dictionary")
    if n_labels or size != n_words:
        file.fail("found labels in a model of word vectors; the file is damaged.", "Get it again.")
    if n_pruned >= 0:
        file.fail("this model is pruned: n-grams were taken out of it.", FIX)
    if size < 1:
        file.fail("there is not a single word.")
    file.expect(size * (ENTRY.size + 2), "the dictionary")
    words: dict[str, None] = {}
    counts = []
    for _ in range(size):
        raw = file.take_word("the dictionary")
        count, kind = file.unpack(ENTRY, "the dictionary")
        try:
            word = raw.decode(reading.encoding, reading.errors)
        except UnicodeDecodeError as error:
            file.fail(
                f"the word {raw[:40]!r} is not {reading.encoding}.",
                f"Pass the encoding it has, or errors='replace' ({error.reason}).",
            )
        if not word or word in words or kind != WORD or count < 0:
            file.fail(f"the word {word[:40]!r} is empty, comes twice, or is no word.")
        words[word] = None
        counts.append(count)
    return list(words), np.array(counts, np.int64)


def _check_shape(file: Measured, what: str, n_rows: int, width: int) -> None:
    """Refuse a matrix that is packed, or not of this shape."""
    is_quantised, *found = file.unpack(SHAPE, what)
    if is_quantised:
        file.fail("this model is quantised (.ftz): its vectors are packed.", FIX)
    if found != [n_rows, width]:
        file.fail(
            f"{what} are {found[0]:,} × {found[1]:,} numbers, expected {n_rows:,} × {width:,}; the "
            "file is damaged.",
            "Get it again.",
        )


def _first(rows: Iterator[Vectors], wanted: int, width: int) -> Vectors:
    """Keep the first of some rows, and pass over the rest."""
    matrix = np.empty((wanted, width), np.float32)
    n = 0
    for some in rows:
        kept = some[: max(wanted - n, 0)]
        matrix[n : n + len(kept)] = kept
        n += len(kept)
    return matrix


def _nonzero(rows: Iterator[Vectors], width: int) -> tuple[Ids, Vectors]:
    """Keep the rows that hold anything but zeros, and their numbers."""
    matrix = np.empty((0, width), np.float32)
    numbers = [np.zeros(0, np.int32)]
    n = first = 0
    for some in rows:
        found = np.flatnonzero(some.any(axis=1))
        if n + len(found) > len(matrix):
            matrix.resize((max(n + len(found), 3 * len(matrix) // 2), width), refcheck=False)
        matrix[n : n + len(found)] = some[found]
        numbers.append((first + found).astype(np.int32))
        n += len(found)
        first += len(some)
    matrix.resize((n, width), refcheck=False)
    return np.concatenate(numbers), matrix


def _by_pieces(
    words: pa.Array, table: NgramTable | None
) -> Iterator[tuple[slice, Vectors | float, Vectors | float]]:
    """Give, for some words at a time, the sums of their n-grams' rows and how many rows they have.

    With both a word's own row comes from its vector, and the vector from the row.
    """
    for first in range(0, len(words), ROWS_AT_ONCE):
        some = slice(first, first + ROWS_AT_ONCE)
        if table is None:
            yield some, 0.0, 1.0
        else:
            sums, n_ngrams = table.sum_up(words[some])
            yield some, sums, (n_ngrams + 1).astype(np.float32)[:, None]
