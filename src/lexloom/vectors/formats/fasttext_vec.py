"""fastText ``.vec``: word2vec text whose lines end with a blank."""

from __future__ import annotations

from lexloom.vectors.formats import word2vec_text
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read"]


def is_this(head: bytes) -> bool:
    """Tell whether a file is word2vec text and its first row ends with a blank."""
    lines = head.split(b"\n", 2)
    return len(lines) > 1 and lines[1].rstrip(b"\r").endswith(b" ") and word2vec_text.is_this(head)


def read(source: Source, reading: Reading) -> WordVectors:
    """Read vectors from a whole file of this format, in the order of the file.

    Raises
    ------
    FormatError
        If a line is wrong, or the header announced other than what came.
    """
    return word2vec_text.read(source, reading, "fasttext")
