"""word2vec binary: a header ``V D``, then for each word its bytes, a blank and D float32."""

from __future__ import annotations

import numpy as np

from lexloom.errors import FormatError
from lexloom.kernels.numbers import read_binary_rows
from lexloom.vectors.formats.collecting import Collected, Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.formats.telling import follows_as_binary
from lexloom.vectors.formats.text_rows import Header, check_width, header_of
from lexloom.vectors.formats.writing import ByteSink, header_bytes, word_bytes
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["is_this", "read", "write"]

CHUNK_BYTES = 1 << 22
MAX_WORD_BYTES = 1 << 16


def is_this(head: bytes) -> bool:
    """Tell whether a file starts with a header and goes on with other bytes than text."""
    return follows_as_binary(head)


def read(source: Source, reading: Reading) -> WordVectors:
    """Read vectors from a whole file of this format, in the order of the file.

    Raises
    ------
    FormatError
        If the file is cut off, or holds other than the header announced.
    """
    header = header_of(source.read_line())
    if header is None:
        what = "expected a header of two whole numbers in the first line."
        raise FormatError(what, path=source.path, byte=0)
    _check_room(source, header)
    wanted = min(reading.limit or header.n_rows, header.n_rows)
    row_bytes = 4 * header.width + 2
    room = min(wanted, (source.size_bytes or CHUNK_BYTES) // row_bytes + 1)
    rows = Collected(source.path, header.width, reading, None, room)
    data = b""
    while rows.n_rows < wanted:
        chunk = source.read(CHUNK_BYTES)
        data += chunk
        n_read, at = _add_rows(rows, data, header.width, wanted)
        data = data[at:]
        if rows.n_rows < wanted and not chunk:
            raise _cut_off(source, header, rows.n_rows)
        if not n_read and len(data) > MAX_WORD_BYTES + row_bytes:
            what = f"row {rows.n_rows + 1:,}: no word ends within {MAX_WORD_BYTES:,} bytes."
            raise FormatError(what, "The file is damaged; download it again.", path=source.path)
    if wanted == header.n_rows and (data + source.read(CHUNK_BYTES)).strip(b"\r\n"):
        raise FormatError(
            f"the header announces {header.n_rows:,} rows, found more bytes behind them.",
            f"Correct the first line, or read fewer rows (limit={header.n_rows - 1})."
            if header.n_rows > 1
            else "Correct the first line.",
            path=source.path,
        )
    return rows.finish({"source": str(source.path), "format": "word2vec_binary"})


def write(vectors: WordVectors, sink: ByteSink) -> None:
    """Write vectors as the C tool does, a newline behind each row.

    Parameters
    ----------
    vectors
        What to write.
    sink
        Takes the bytes.
    """
    sink.write(header_bytes(vectors))
    n_rows = max(CHUNK_BYTES // (4 * vectors.width), 1)
    for first in range(0, len(vectors), n_rows):
        words, offsets = word_bytes(vectors, first, first + n_rows)
        rows = vectors.matrix[first : first + n_rows].astype("<f4", copy=False)
        sink.write(
            b"".join(
                b"%b %b\n" % (words[start:stop].tobytes(), row.tobytes())
                for start, stop, row in zip(offsets, offsets[1:], rows, strict=False)
            )
        )


def _check_room(source: Source, header: Header) -> None:
    """Refuse a header that announces nothing, or rows of no possible width."""
    check_width(source, header.width)
    if header.n_rows < 1:
        raise FormatError("the header announces no rows.", path=source.path, byte=0)


def _cut_off(source: Source, header: Header, n_rows: int) -> FormatError:
    """Say that the file ends too early."""
    return FormatError(
        f"the header announces {header.n_rows:,} rows of {header.width:,} numbers, found "
        f"{n_rows:,} whole ones; the file is cut off.",
        f"Download it again, or read what is there (limit={n_rows})."
        if n_rows
        else "Download it again.",
        path=source.path,
        byte=source.size_bytes,
    )


def _add_rows(rows: Collected, data: bytes, width: int, wanted: int) -> tuple[int, int]:
    """Take all whole rows at the start of `data`: how many, and the first byte behind them."""
    room = min(wanted - rows.n_rows, len(data) // (4 * width + 2))
    numbers = np.empty((room, 4 * width), np.uint8)
    bounds = np.empty((room, 2), np.int64)
    buffer = np.frombuffer(data, np.uint8)
    n_read, at, _ = read_binary_rows(buffer, 0, len(data), numbers, bounds)
    rows.add(buffer, bounds[:n_read], numbers[:n_read].view("<f4").astype(np.float32, copy=False))
    return n_read, at
