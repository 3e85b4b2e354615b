"""What reading is told, gives and counts: settings, blocks of lines, a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from lexloom.arrays import Offsets
from lexloom.errors import SettingError
from lexloom.settings import settings
from lexloom.text.cleaning import Cleaner, Part
from lexloom.text.decoding import checked_encoding

__all__ = [
    "BLOCK_BYTES",
    "MAX_LINE_BYTES",
    "Block",
    "FileReport",
    "Format",
    "Reading",
    "ReadingReport",
    "counted_blocks",
]

BLOCK_BYTES = 4 << 20
MAX_LINE_BYTES = 1 << 20
"""A longer line is cut into several, at a blank where there is one."""
Format = Literal["auto", "txt", "jsonl", "csv", "tsv", "parquet"]


@settings
class Reading:
    """How to read files of text.

    Parameters
    ----------
    field
        The field of jsonl, csv, tsv or parquet that holds the text: a name, or a number from 1. By
        default the field called ``text``, or the only one. With a name the first row of csv and tsv
        holds the names; with a number every row is text.
    format
        ``"txt"``, ``"jsonl"``, ``"csv"``, ``"tsv"`` or ``"parquet"``; ``"auto"`` goes by the file's
        name and content.
    encoding
        The encoding of the files.
    documents
        What a document is in plain text: a ``"line"``, a ``"paragraph"`` (up to a blank line) or a
        ``"file"``. A record is always one document.
    bad_lines
        What to do with bytes that are no text and records that cannot be read: ``"stop"`` at the
        first; ``"skip"`` the line or record and count it; ``"replace"`` the bytes by U+FFFD and
        count them (a record that still cannot be read is skipped).
    max_expansion
        How many times its size a compressed file may grow to; 1 GiB is always allowed.
    """

    field: str | int | None = None
    format: Format = "auto"
    encoding: str = "utf-8"
    documents: Literal["line", "paragraph", "file"] = "line"
    bad_lines: Literal["stop", "skip", "replace"] = "stop"
    max_expansion: Annotated[float, Field(ge=1)] = 1000.0

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        if isinstance(self.field, int) and self.field < 1:
            raise SettingError(f"field must be a name or a number from 1, got {self.field}.")


@dataclass(frozen=True)
class Block:
    """A few MiB of clean lines.

    Attributes
    ----------
    text
        Valid UTF-8. Every line ends with LF, and no other line end and no blank but the space is
        in it. A blank line is empty.
    document_starts
        Lines of this block at which a new document begins, counted from 0, int64. Lines before
        the first one go on with the document of the block before.
    source
        The file in which the block begins, for messages.
    first_line
        The line of that file, or the record, at which the block begins, counted from 1.
    """

    text: bytes
    document_starts: Offsets
    source: str
    first_line: int

    @property
    def n_lines(self) -> int:
        """Lines of the block."""
        return self.text.count(b"\n")


@dataclass(frozen=True)
class FileReport:
    """What was read from one file: `n_bytes` are those on disk, `sha256` is theirs."""

    name: str
    format: str
    compression: str | None
    encoding: str
    has_byte_order_mark: bool
    n_bytes: int
    sha256: str


@dataclass
class ReadingReport:
    """What was read, counted. `read_blocks` fills it in as it goes.

    Attributes
    ----------
    files
        The files read to their end, in order.
    n_bytes
        Bytes of text, unpacked and clean.
    n_lines, n_documents
        Lines in the blocks; documents with at least one character in them, of texts in memory all.
    n_bad_lines, first_bad_line
        Lines and records with bytes that are no text or that could not be read, and the place of
        the first: ``"corpus.txt:88123"``.
    n_nul
        NUL characters, each read as a blank.
    n_cut_lines
        Cuts through lines longer than `MAX_LINE_BYTES`.
    n_empty_records
        Records without a text.
    n_repeated_files
        Files that hold the same bytes as one before them.
    notes
        What was told to `on_note`, in order.
    """

    files: list[FileReport] = field(default_factory=list)
    n_bytes: int = 0
    n_lines: int = 0
    n_documents: int = 0
    n_bad_lines: int = 0
    first_bad_line: str | None = None
    n_nul: int = 0
    n_cut_lines: int = 0
    n_empty_records: int = 0
    n_repeated_files: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the SHA-256 of every file, in order."""
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain JSON values."""
        return asdict(self) | {"fingerprint": self.fingerprint}


def counted_blocks(
    parts: Iterable[Part], cleaner: Cleaner, report: ReadingReport
) -> Iterator[Block]:
    """Make blocks of what a cleaner gives, and count what it has met so far."""
    for part in parts:
        block = Block(*part)
        report.n_bytes += len(block.text)
        yield block
    report.n_lines, report.n_documents = cleaner.n_lines, cleaner.n_documents
    report.n_nul, report.n_cut_lines = cleaner.n_nul, cleaner.n_cuts
