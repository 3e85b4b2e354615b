"""word2vec text: a header ``V D``, then a word and its D numbers on each line."""

from __future__ import annotations

import numpy as np

from lexloom.errors import FormatError
from lexloom.kernels.decimals import MAX_NUMBER_BYTES, write_text_rows
from lexloom.vectors.formats import text_rows
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.formats.telling import follows_as_text
from lexloom.vectors.formats.writing import ByteSink, header_bytes, word_bytes
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read", "write", "write_rows"]

NUMBERS_AT_ONCE = 1 << 20


def is_this(head: bytes) -> bool:
    """Tell whether a file starts with a header and goes on with text."""
    return follows_as_text(head)


def read(source: Source, reading: Reading, name: str = "word2vec_text") -> WordVectors:
    """Read vectors from a whole file of this format, in the order of the file.

    The lineage calls the format by `name`.

    Raises
    ------
    FormatError
        If a line is wrong, or the header announced other than what came.
    """
    line = source.read_line()
    header = text_rows.header_of(line)
    if header is None:
        found = line[:40].decode("utf-8", "replace")
        raise FormatError(
            f"expected a header of two whole numbers, found {found!r}.",
            "Pass format='glove' for a file without a header.",
            path=source.path,
            line=1,
        )
    return text_rows.read_rows(source, reading, header.width, header, name)


def write(vectors: WordVectors, sink: ByteSink) -> None:
    """Write vectors so that every float32 comes back the same.

    Parameters
    ----------
    vectors
        What to write.
    sink
        Takes the bytes.
    """
    sink.write(header_bytes(vectors))
    write_rows(vectors, sink)


def write_rows(vectors: WordVectors, sink: ByteSink) -> None:
    """Write the rows without a header: each a word and its numbers."""
    n_rows = max(NUMBERS_AT_ONCE // vectors.width, 1)
    for first in range(0, len(vectors), n_rows):
        words, offsets = word_bytes(vectors, first, first + n_rows)
        rows = vectors.matrix[first : first + n_rows]
        text = np.empty(len(words) + rows.size * (MAX_NUMBER_BYTES + 1) + len(rows), np.uint8)
        sink.write(text[: write_text_rows(words, offsets, rows, text)])
