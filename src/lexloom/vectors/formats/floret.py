"""floret: a header, then a row for each bucket; words are in it only as what they are made of.

The header is ``buckets D min_n max_n hashes seed < >``; a row is the number of a bucket, from 0 on,
and D numbers, as text. spaCy reads it, and so knows every word and none by name.
"""

from __future__ import annotations

import re
import warnings

import numpy as np

from lexloom.errors import FormatError, SettingError
from lexloom.vectors.formats import word2vec_text
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.formats.text_rows import Header, check_width, read_rows
from lexloom.vectors.formats.writing import ByteSink
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read", "write"]

SEED = 2166136261
HEADER = re.compile(rb"(\d{1,10}) (\d{1,7}) (\d{1,4}) (\d{1,4}) (\d{1,2}) (\d{1,10}) (\S+) (\S+)")


def is_this(head: bytes) -> bool:
    """Tell whether the first line is a header of eight parts."""
    return HEADER.fullmatch(head.partition(b"\n")[0].rstrip(b"\r ")) is not None


def read(source: Source, reading: Reading) -> SubwordVectors:
    """Read the rows of a whole file: vectors without a vocabulary, for any word.

    Raises
    ------
    FormatError
        If a line is wrong, or the header announced other than what came.
    """
    found = HEADER.fullmatch(source.read_line().rstrip(b"\r "))
    if found is None:
        raise FormatError("expected the header of a floret file.", path=source.path, line=1)
    n_buckets, width, min_n, max_n, hashes, seed = (int(part) for part in found.groups()[:6])
    if (seed, *found.groups()[6:]) != (SEED, b"<", b">"):
        raise FormatError(
            f"only the seed {SEED} and the marks < and > are known.", path=source.path, line=1
        )
    check_width(source, width)
    try:
        ngrams = Ngrams(min_n=min_n, max_n=max_n, buckets=n_buckets, hashes=hashes)
    except SettingError as error:
        raise FormatError(error.what, path=source.path, line=1) from error
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* vectors are all zero")  # a bucket nothing fell into
        rows = read_rows(source, Reading(), width, Header(n_buckets, width), "floret")
    if rows.words != [str(bucket) for bucket in range(n_buckets)]:
        raise FormatError("the rows are not numbered from 0 on.", path=source.path)
    table = NgramTable(ngrams, np.arange(n_buckets), rows.matrix)
    lineage = {"source": str(source.path), "format": "floret"}
    return SubwordVectors([], np.empty((0, width)), table=table, lineage=lineage)


def write(vectors: WordVectors, sink: ByteSink) -> None:
    """Write the rows of the buckets, so that every float32 comes back the same.

    Parameters
    ----------
    vectors
        What to write. Its words are left out.
    sink
        Takes the bytes.

    Raises
    ------
    FormatError
        If words have rows of their own, for which there is no place.
    """
    table = vectors.table
    if table is None or not table.ngrams.hashes:
        raise FormatError(
            "floret keeps only vectors whose words have no rows of their own.",
            "Train with hashes=2 (1 to 4) and few buckets, or write another format.",
        )
    ngrams = table.ngrams
    shape = (ngrams.buckets, vectors.width, ngrams.min_n, ngrams.max_n, ngrams.hashes, SEED)
    sink.write(f"{' '.join(map(str, shape))} < >\n".encode("ascii"))
    rows = np.zeros((ngrams.buckets, vectors.width), np.float32)
    rows[table.buckets] = table.matrix
    numbered = WordVectors([str(bucket) for bucket in range(ngrams.buckets)], rows)
    word2vec_text.write_rows(numbered, sink)
