"""Rows of a word and its numbers, as text: what word2vec, GloVe and fastText files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lexloom.errors import FormatError
from lexloom.kernels.numbers import ALL_READ, read_text_rows
from lexloom.threads import n_threads_of
from lexloom.vectors.formats.collecting import Collected, Reading, nonfinite
from lexloom.vectors.formats.source import Source
from lexloom.vectors.word_vectors import WordVectors

__all__ = [
    "Header",
    "check_width",
    "count_numbers",
    "fields_of",
    "header_of",
    "looks_like_numbers",
    "read_rows",
]

CHUNK_BYTES = 1 << 22
MAX_WIDTH = 1 << 20
NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
NONFINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)\Z", re.IGNORECASE)
FIELD = re.compile(rb"[^ \t]+")


class Header(NamedTuple):
    """The first line of a word2vec or fastText file: how many rows of how many numbers follow."""

    n_rows: int
    width: int


@dataclass(frozen=True)
class Part:
    """The rows of one part of a file, or what is wrong with the row behind them."""

    buffer: np.ndarray
    bounds: np.ndarray
    numbers: np.ndarray
    fault: FormatError | None
    is_ended: bool
    """Whether an empty line follows the rows."""


def header_of(line: bytes) -> Header | None:
    """Read a first line of two whole numbers; None if it is something else."""
    fields = line.removeprefix(b"\xef\xbb\xbf").split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 19 for field in fields):
        return None
    return Header(int(fields[0]), int(fields[1]))


def looks_like_numbers(field: bytes) -> bool:
    """Tell whether a field is a number, or the word for one that is not finite."""
    return bool(NUMBER.match(field) or NONFINITE.match(field))


def fields_of(line: bytes) -> list[bytes]:
    """Give what stands between the blanks and tabs of a line."""
    return FIELD.findall(line.rstrip(b" \t\r"))


def count_numbers(line: bytes) -> int:
    """Give how many numbers a line ends with, without its first field."""
    fields = fields_of(line)[1:]
    n_numbers = 0
    while n_numbers < len(fields) and looks_like_numbers(fields[-1 - n_numbers]):
        n_numbers += 1
    return n_numbers


def read_rows(
    source: Source, reading: Reading, width: int, header: Header | None, format_name: str
) -> WordVectors:
    """Read all rows of a text file, or the first `reading.limit`.

    Parameters
    ----------
    source
        The bytes behind the header.
    reading
        How to read them.
    width
        D.
    header
        What the first line announced, or None for a file without one.
    format_name
        The format, for the lineage.

    Returns
    -------
    WordVectors
        In the order of the file.

    Raises
    ------
    FormatError
        At the first line that is wrong, or if the header announced other than what came.
    """
    first_line = 1 if header is None else 2
    _check_room(source, width, header)
    line_bytes = max(len(source.head) // max(source.head.count(b"\n"), 1), 2 * width)
    wanted = min(reading.limit or 1 << 62, 1 << 62 if header is None else header.n_rows + 1)
    guess = (source.size_bytes or CHUNK_BYTES) * 21 // 20 // line_bytes + 1
    rows = Collected(source.path, width, reading, first_line, min(wanted, guess))
    is_ended = False
    for part in _parts(source, width, wanted):
        if is_ended and (len(part.numbers) or part.fault):
            raise _at(FormatError("the line is empty."), source, first_line + rows.n_rows)
        missing = wanted - rows.n_rows
        rows.add(part.buffer, part.bounds[:missing], part.numbers[:missing])
        if part.fault is not None and rows.n_rows < wanted:
            raise _at(part.fault, source, first_line + rows.n_rows)
        is_ended = is_ended or part.is_ended
        if rows.n_rows >= wanted:
            break
    if header is not None:
        _check_count(source, header, rows.n_rows, reading.limit)
    return rows.finish({"source": str(source.path), "format": format_name})


def _check_room(source: Source, width: int, header: Header | None) -> None:
    """Refuse a header that announces more than the file can hold, before any memory is taken."""
    check_width(source, width)
    if header is None or source.size_bytes is None:
        return
    least = header.n_rows * (2 * width + 1)
    if least > source.size_bytes:
        raise FormatError(
            f"the header announces {header.n_rows:,} rows of {width:,} numbers, at least {least:,} "
            f"bytes; the file has {source.size_bytes:,}.",
            "Download it again, or correct the first line.",
            path=source.path,
            line=1,
        )


def check_width(source: Source, width: int) -> None:
    """Refuse rows of no numbers or of more than anybody has, before any memory is taken.

    Raises
    ------
    FormatError
        If it is such a width.
    """
    if not 1 <= width <= MAX_WIDTH:
        what = f"expected vectors of 1 to {MAX_WIDTH:,} numbers, the first line says {width:,}."
        raise FormatError(what, path=source.path, line=1)


def _check_count(source: Source, header: Header, n_rows: int, limit: int | None) -> None:
    """Compare the rows that came with the rows that were announced."""
    if n_rows > header.n_rows:
        raise FormatError(
            f"the header announces {header.n_rows:,} rows, found more.",
            f"Correct the first line, or read those rows only (limit={max(header.n_rows, 1)}).",
            path=source.path,
            line=header.n_rows + 2,
        )
    if n_rows < min(header.n_rows, limit or header.n_rows):
        if not n_rows:
            what = f"the header announces {header.n_rows:,} rows, none follows."
            raise FormatError(what, "Download it again.", path=source.path)
        raise FormatError(
            f"the header announces {header.n_rows:,} rows, found {n_rows:,}; the last one is on "
            f"line {n_rows + 1:,}.",
            f"Download it again, or read what is there (limit={n_rows}).",
            path=source.path,
        )


def _parts(source: Source, width: int, wanted: int) -> Iterator[Part]:
    """Read the file in parts of whole lines, a few at a time in threads, and keep their order."""
    n_threads = n_threads_of()
    with ThreadPoolExecutor(n_threads) as pool:
        waiting: list[Future[Part]] = []
        for lines in _whole_lines(source, width):
            waiting.append(pool.submit(_read_part, lines, width, wanted))
            if len(waiting) > n_threads:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _whole_lines(source: Source, width: int) -> Iterator[bytes]:
    """Cut the stream into pieces that end with a newline."""
    longest = 64 * width + (1 << 20)
    rest = b""
    while chunk := source.read(CHUNK_BYTES):
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield rest + head + b"\n"
            rest = tail
        else:
            rest += chunk
        if len(rest) > longest:
            raise FormatError(f"a line is longer than {longest:,} bytes.", path=source.path)
    if rest:
        yield rest + b"\n"


def _read_part(lines: bytes, width: int, wanted: int) -> Part:
    """Read the rows of some lines: plain ones by the kernel, others one by one."""
    buffer = np.frombuffer(lines, np.uint8)
    room = min(len(lines) // (2 * width + 2) + 1, wanted)
    numbers = np.empty((room, width), np.float32)
    bounds = np.empty((room, 2), np.int64)
    n_rows, at, fault, is_ended = 0, 0, None, False
    while at < len(lines) and n_rows < room:
        n_read, at, state = read_text_rows(
            buffer, at, len(lines), numbers[n_rows:], bounds[n_rows:]
        )
        n_rows += n_read
        if state == ALL_READ:
            break
        end = lines.index(b"\n", at)
        if not lines[at:end].strip():
            is_ended = True
            if lines[end:].strip():
                fault = FormatError("the line is empty.")
            break
        try:
            word_end, row = _read_line(lines[at:end], width, n_rows)
        except FormatError as error:
            fault = error
            break
        numbers[n_rows] = row
        bounds[n_rows] = at, at + word_end
        n_rows += 1
        at = end + 1
    return Part(buffer, bounds[:n_rows], numbers[:n_rows], fault, is_ended)


def _read_line(line: bytes, width: int, n_before: int) -> tuple[int, np.ndarray]:
    """Read one line from the right: where its word ends, and its numbers."""
    line = line.rstrip(b" \t\r")
    fields = list(FIELD.finditer(line))
    if fields[0].start() > 0:
        raise FormatError("expected a word at the start of the line, found a blank.")
    if len(fields) <= width:
        raise FormatError(*_wrong_count(width, len(fields) - 1))
    for number, field in enumerate(fields[-width:], 1):
        if NONFINITE.match(field[0]):
            raise _not_finite(line[: fields[-width - 1].end()])
        if not NUMBER.match(field[0]):
            what = f"expected {width} numbers, found {_shown(field[0])} as number {number}."
            raise FormatError(what, _wrong_count(width, 0)[1])
    if len(fields) > width + 1 and looks_like_numbers(fields[-width - 1][0]):
        raise FormatError(*_wrong_count(width, count_numbers(line)))
    row = np.array([float(field[0]) for field in fields[-width:]])
    with np.errstate(over="ignore"):
        row = row.astype(np.float32)
    word_end = fields[-width - 1].end()
    if not np.isfinite(row).all():
        raise _not_finite(line[:word_end])
    return word_end, row


def _wrong_count(width: int, found: int) -> tuple[str, str]:
    """Say that a row has too few or too many numbers."""
    what = f"expected {width} numbers, found {found}."
    return what, "Re-export the file, or read the rows above only (limit=)."


def _not_finite(word: bytes) -> FormatError:
    """Say that a row holds NaN or infinity; the file and the line are added later."""
    return nonfinite(word.decode("utf-8", "replace")[:40], None)


def _shown(field: bytes) -> str:
    """Show a field of a line, cut to a bearable length."""
    return repr(field[:40].decode("utf-8", "replace"))


def _at(fault: FormatError, source: Source, line: int) -> FormatError:
    """Add the file and the line to a fault; the rows above it can be read."""
    n_good = line - 2 if header_of(source.head.split(b"\n", 1)[0]) else line - 1
    fix = fault.fix.replace("limit=", f"limit={n_good}") if n_good else "Re-export the file."
    return FormatError(fault.what, fix, path=source.path, line=line)
