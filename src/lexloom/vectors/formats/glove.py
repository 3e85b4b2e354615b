"""GloVe text: a word and its D numbers on each line, no header; a word may hold blanks."""

from __future__ import annotations

from collections import Counter

from lexloom.errors import FormatError
from lexloom.vectors.formats import text_rows, word2vec_text
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.formats.writing import ByteSink
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read", "write"]

N_LINES_COMPARED = 100
BYTE_ORDER_MARK = "\ufeff"


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


def write(vectors: WordVectors, sink: ByteSink) -> None:
    """Write vectors so that every float32 comes back the same.

    Parameters
    ----------
    vectors
        What to write.
    sink
        Takes the bytes.

    Raises
    ------
    FormatError
        If the first row would be taken for something else.
    """
    _check_first_row(vectors)
    word2vec_text.write_rows(vectors, sink)


def _check_first_row(vectors: WordVectors) -> None:
    """Refuse a first row that reads like a header, or loses what its word begins with."""
    word, number = vectors.words[0], float(vectors.matrix[0, 0])
    line = f"{word} {number:.0f}"
    if vectors.width == 1 and number.is_integer() and text_rows.header_of(line.encode()):
        raise FormatError(
            f"the first row, {line!r}, would be read as a header, which this format has none of.",
            "Write it as word2vec text, which has one.",
        )
    if word.startswith(BYTE_ORDER_MARK):
        raise FormatError(
            f"the first word, {word!r}, begins with a byte order mark, which at the start of a "
            "file is no part of a word.",
            "Write it as word2vec text, whose first line is a header.",
        )
