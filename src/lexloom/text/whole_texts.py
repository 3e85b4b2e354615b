"""Texts of files as a person parted them: lines or records, paragraphs, or whole files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lexloom.text.opening import layout_of
from lexloom.text.reading import Reading, read_texts
from lexloom.text.sources import Source

__all__ = ["read_whole"]


def read_whole(sources: Iterable[Source], reading: Reading) -> Iterator[str]:
    """Read texts, each with all its lines.

    Parameters
    ----------
    sources
        Files, as `resolve_sources` gives them.
    reading
        How they are read; `documents` says what is a text in one of plain text. Each record of
        another is one.

    Yields
    ------
    str
        A text; an empty line or record is one too.

    Raises
    ------
    FormatError
        If a file does not hold what it should.
    StorageError
        If it cannot be read.
    """
    for source in sources:
        texts = read_texts(source, reading)
        is_plain = layout_of(source, b"", reading.format) == "txt"
        match reading.documents if is_plain else "line":
            case "line":
                yield from texts
            case "paragraph":
                yield from _paragraphs(texts)
            case "file":
                yield "\n".join(texts)


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Join the lines between empty ones."""
    own: list[str] = []
    for line in lines:
        if line.strip():
            own.append(line)
        elif own:
            yield "\n".join(own)
            own = []
    if own:
        yield "\n".join(own)
