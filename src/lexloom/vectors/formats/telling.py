"""Text or binary: what follows the header of a word2vec file, told by its first bytes."""

from __future__ import annotations

import re

from lexloom.vectors.formats.source import HEAD_BYTES
from lexloom.vectors.formats.text_rows import (
    Header,
    count_numbers,
    fields_of,
    header_of,
    looks_like_numbers,
)

__all__ = ["follows_as_binary", "follows_as_text"]

NEVER_IN_TEXT = re.compile(rb"[\0-\x08\x0e-\x1f]")
N_LINES_COMPARED = 100
ENOUGH_NUMBERS = 8
"""So many float32 in a row are seldom all readable text by chance."""

AKIN_TO_NUMBER = re.compile(rb"[0-9+\-.,eE]*[0-9][0-9+\-.,eE]*\Z")
"""Such as 0,5 for 0.5."""


def follows_as_text(head: bytes) -> bool:
    """Tell whether a file starts with a header and goes on with text."""
    header = header_of(head.partition(b"\n")[0])
    return header is not None and not _is_binary(header, head)


def follows_as_binary(head: bytes) -> bool:
    """Tell whether a file starts with a header and goes on with other bytes than text."""
    header = header_of(head.partition(b"\n")[0])
    return header is not None and b"\n" in head and _is_binary(header, head)


def _is_binary(header: Header, head: bytes) -> bool:
    """Weigh what stands behind the header.

    Any four bytes are a float32, so a small binary file may be readable, and a small text file may
    have the size of a binary one: rows of numbers are text, then what fits to the byte is binary,
    and only then does the look of the first row decide.
    """
    rest = head.partition(b"\n")[2]
    if _are_number_rows(header, rest, is_whole=len(head) < HEAD_BYTES):
        return False
    row = rest.partition(b"\n")[0][:4096]
    if len(head) < HEAD_BYTES and _fits_exactly(header, rest):
        return not _is_akin_to_numbers(header, row)
    # A number with the byte of a line end leaves little of the row to look at, or nothing.
    if NEVER_IN_TEXT.search(rest, 0, 4 * header.width):
        return True
    return not _looks_readable(header, row)


def _are_number_rows(header: Header, rest: bytes, is_whole: bool) -> bool:
    """Tell whether the first lines are a word and its numbers each, none missing."""
    lines = rest.split(b"\n", N_LINES_COMPARED)
    if lines[-1] == b"" or not is_whole or len(lines) > N_LINES_COMPARED:
        lines.pop()
    return len(lines) > 0 and all(
        not line.startswith((b" ", b"\t")) and count_numbers(line) >= header.width for line in lines
    )


def _fits_exactly(header: Header, rest: bytes) -> bool:
    """Tell whether the announced binary rows fill the file to its last byte."""
    at = 0
    for _ in range(min(header.n_rows, len(rest))):
        while rest.startswith(b"\n", at):
            at += 1
        end = rest.find(b" ", at)
        if end <= at:
            return False
        at = end + 1 + 4 * header.width
    return at <= len(rest) and not rest[at:].strip(b"\r\n")


def _is_akin_to_numbers(header: Header, row: bytes) -> bool:
    """Tell whether a row reads like numbers written some other way."""
    fields = fields_of(row)[1:]
    return len(fields) >= header.width and all(map(AKIN_TO_NUMBER.match, fields))


def _looks_readable(header: Header, row: bytes) -> bool:
    """Tell whether a first row is text, if perhaps a wrong one."""
    fields = fields_of(row)[1:]
    if not fields:
        return True
    if any(byte < ord(" ") for field in fields for byte in field):
        return False
    if any(map(looks_like_numbers, fields)):
        return True
    return header.width >= ENOUGH_NUMBERS and "\ufffd" not in b" ".join(fields).decode(
        "utf-8", "replace"
    )
