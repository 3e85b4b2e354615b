"""GloVe text: a word and its D numbers on each line, no header; a word may hold blanks."""

from __future__ import annotations

from collections import Counter

from lexloom.errors import FormatError
from lexloom.vectors.formats import text_rows
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read"]

N_LINES_COMPARED = 100


def is_this(head: bytes) -> bool:
    """Tell whether the first line ends with a number, and is no header."""
    first = head.partition(b"\n")[0]
    return text_rows.header_of(first) is None and text_rows.count_numbers(first) > 0


def read(source: Source, reading: Reading) -> WordVectors:
    """Read vectors from a whole file of this format, in the order of the file.

    The width is what most of the first lines agree on, because a word may itself end with a
    number and a line may be wrong.

    Raises
    ------
    FormatError
        If a line is wrong.
    """
    lines = source.head.split(b"\n")
    whole = lines[:-1] if len(lines) > 1 else lines
    widths = Counter(text_rows.count_numbers(line) for line in whole[:N_LINES_COMPARED])
    width = widths.most_common(1)[0][0]
    if width < 1:
        raise FormatError(
            "expected a word and its numbers on each line, found a first line that does not end "
            "with a number.",
            path=source.path,
            line=1,
        )
    return text_rows.read_rows(source, reading, width, None, "glove")
