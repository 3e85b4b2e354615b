"""Beginning to read a file: how it is packed, which format it has, what its first bytes are."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import PurePath

from lexloom.errors import FormatError
from lexloom.text import decompressing, sniffing
from lexloom.text.blocks import Format
from lexloom.text.sources import Source

__all__ = ["MARK", "layout_of", "unmarked", "unpacked", "with_head"]

MARK = codecs.BOM_UTF8
"""What some programs put in front of UTF-8; it is no part of the text."""

_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
}


def unpacked(
    raw: decompressing.RawFile, max_expansion: float
) -> tuple[str | None, Iterator[bytes]]:
    """Find out how a file is packed, and begin to unpack it.

    Parameters
    ----------
    raw
        The file.
    max_expansion
        How many times as long its content may be.

    Returns
    -------
    tuple
        How it is packed, None for not at all; and its content, piece by piece.

    Raises
    ------
    FormatError
        If its name says that it is packed otherwise.
    """
    name = raw.source.name
    head = raw.peek(sniffing.SNIFF_BYTES)
    compression = decompressing.compression_of(head)
    claimed = decompressing.ENDINGS.get(PurePath(raw.source.path).suffix.lower())
    if head and claimed and claimed != compression:
        sniffing.refuse_foreign(head, name, read_as="auto")
        what = compression or "no compressed data at all"
        raise FormatError(
            f"named as {claimed}, but it holds {what}.", "Rename it to what it is.", path=name
        )
    pieces = decompressing.unpack(raw, compression, max_expansion)
    if raw.source.n_bytes is not None and raw.source.n_bytes > decompressing.PIECE_BYTES // 8:
        pieces = decompressing.read_ahead(pieces)
    return compression, pieces


def layout_of(source: Source, head: bytes, asked: Format) -> str:
    """Tell the format of a file by its name and content.

    Parameters
    ----------
    source
        The file.
    head
        Its first bytes, unpacked.
    asked
        The format that was asked for; ``"auto"`` goes by the name.

    Returns
    -------
    str
        ``"txt"``, ``"jsonl"``, ``"csv"``, ``"tsv"`` or ``"parquet"``.

    Raises
    ------
    FormatError
        If the content is of something else.
    """
    layout: str = asked
    if layout == "auto":
        suffixes = [suffix.lower() for suffix in PurePath(source.path).suffixes[-2:]]
        if suffixes and suffixes[-1] in decompressing.ENDINGS:
            suffixes.pop()
        layout = _FORMATS.get(suffixes[-1] if suffixes else "", "txt")
    read_as = asked if layout != "parquet" else "parquet"
    sniffing.refuse_foreign(head, source.name, read_as=read_as)
    if layout == "parquet" and head and not head.startswith(b"PAR1"):
        raise FormatError("not a parquet file.", "Name its format.", path=source.name)
    return layout


def with_head(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Look at the first bytes without using them up."""
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= sniffing.SNIFF_BYTES // 16:
            break

    def whole() -> Iterator[bytes]:
        if first:
            yield first
        yield from pieces

    return first[: sniffing.SNIFF_BYTES], whole()


def unmarked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Leave out a UTF-8 byte order mark at the start."""
    is_first = encoding == "utf-8"
    for piece in pieces:
        yield piece.removeprefix(MARK) if is_first else piece
        is_first = False
