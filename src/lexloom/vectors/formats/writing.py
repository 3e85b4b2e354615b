"""What the writers share: the header, and the words as bytes that a reader can take back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lexloom.arrays import Bytes, Offsets
from lexloom.errors import FormatError
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["UNWRITABLE", "ByteSink", "check_words", "header_bytes", "word_bytes"]

pc: Any = pyarrow.compute
"""Its functions are made at its import, so no type checker knows them."""

UNWRITABLE = r"[ \t\n\v\f\r\x00]"
"""These end a word or a line in the programs that read the formats; others are kept by all."""


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
        If a word holds a blank, a tab, an end of line or a NUL: how many do, and the first.
    """
    is_unwritable = pc.match_substring_regex(words, UNWRITABLE)
    n_unwritable = pc.sum(is_unwritable).as_py() or 0
    if n_unwritable:
        first = words[pc.index(is_unwritable, pa.scalar(True)).as_py()].as_py()
        raise FormatError(
            f"{n_unwritable:,} of {len(words):,} words hold a blank, an end of line or a NUL, "
            f"which this format cannot keep; the first is {first!r}.",
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
