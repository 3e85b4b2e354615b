"""What the writers share: the header, and the words as bytes that a reader can take back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lexloom.arrays import Bytes, Offsets
from lexloom.errors import FormatError
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["ByteSink", "check_words", "header_bytes", "word_bytes"]

pc: Any = pyarrow.compute
"""Its functions are made at its import, so no type checker knows them."""

UNWRITABLE = r"[ \t\n\v\f\r]"
"""These end a word or a line in every program that reads the format."""


class ByteSink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: Any) -> int:
        """Append bytes, or an array of them."""
        ...


def check_words(words: pa.Array) -> None:
    """Refuse words that a reader would take apart.

    Parameters
    ----------
    words
        The V words.

    Raises
    ------
    FormatError
        If a word holds a blank, a tab or an end of line.
    """
    place = pc.index(pc.match_substring_regex(words, UNWRITABLE), pa.scalar(True)).as_py()
    if place >= 0:
        raise FormatError(
            f"the word {words[place].as_py()!r} holds a blank or an end of line, which this format "
            "cannot keep.",
            "Pass replace_blanks='_', or save the vectors as a folder, which keeps any word.",
        )


def header_bytes(vectors: WordVectors) -> bytes:
    """Give the first line: how many words, how many numbers each."""
    return f"{len(vectors)} {vectors.width}\n".encode("ascii")


def word_bytes(vectors: WordVectors, first: int, stop: int) -> tuple[Bytes, Offsets]:
    """Give the UTF-8 of some words one behind the other, and where each begins and ends."""
    words = vectors.vocabulary.array.slice(first, stop - first)
    lengths = pc.binary_length(words).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    joined = "".join(words.to_pylist()).encode("utf-8")
    return np.frombuffer(joined, np.uint8), offsets
