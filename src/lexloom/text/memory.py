"""Texts in memory as blocks, and records joined for the cleaner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lexloom.errors import FormatError, SettingError
from lexloom.text import records
from lexloom.text.blocks import (
    BLOCK_BYTES,
    MAX_LINE_BYTES,
    Block,
    ReadingReport,
    counted_blocks,
)
from lexloom.text.cleaning import Cleaner

__all__ = ["blocks_from_texts", "joined"]

N_BATCH_CHARACTERS = 1 << 18


def blocks_from_texts(
    texts: Iterable[str],
    *,
    report: ReadingReport | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """Turn texts in memory into blocks; text i is document i, its line ends end sentences.

    An empty text is a document without lines.

    Parameters
    ----------
    texts
        Strings; a generator is read once.
    report
        Filled with counts on the way.
    block_bytes
        About how many bytes of text a block holds.

    Yields
    ------
    Block
        As of `read_blocks`; `first_line` counts texts.

    Raises
    ------
    SettingError
        If `texts` is one string or bytes, or holds something that is no string.
    FormatError
        If a text holds half a surrogate pair.
    """
    if isinstance(texts, (str, bytes, bytearray)):
        raise SettingError(
            f"texts must be several strings, got one {type(texts).__name__}.",
            "Pass a list: [text]." if isinstance(texts, str) else "Decode it and pass a list.",
        )
    report = ReadingReport() if report is None else report
    cleaner = Cleaner(block_bytes, MAX_LINE_BYTES)
    cleaner.begin("texts", "text")
    for piece in joined(_checked_texts(texts)):
        yield from counted_blocks(cleaner.feed(piece), cleaner, report)
    yield from counted_blocks(cleaner.finish(), cleaner, report)


def _checked_texts(texts: Iterable[str]) -> Iterator[str]:
    for n, text in enumerate(texts):
        if not isinstance(text, str):
            raise SettingError(
                f"item {n} of texts must be a string, got {type(text).__name__}.",
                "Lists of words go to from_sentences." if isinstance(text, (list, tuple)) else "",
            )
        if records.is_broken(text):
            raise FormatError(
                f"item {n} of texts holds half a surrogate pair, which is no character.",
                "Mend it: text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')",
            )
        yield text


def joined(texts: Iterable[str]) -> Iterator[bytes]:
    """Join records, each closed by U+001E, which no record keeps for itself."""
    waiting: list[str] = []
    n_characters = 0
    for text in texts:
        waiting.append(text.replace("\x1e", " ") if "\x1e" in text else text)
        n_characters += len(text) + 1
        if n_characters >= N_BATCH_CHARACTERS:
            yield ("\x1e".join(waiting) + "\x1e").encode()
            waiting, n_characters = [], 0
    if waiting:
        yield ("\x1e".join(waiting) + "\x1e").encode()
