"""Files to blocks of clean lines: any size in constant memory, nothing dropped in silence."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from lexloom.errors import FormatError, LexloomError
from lexloom.oddities import tell_oddity
from lexloom.text import columns, decompressing, records, sniffing
from lexloom.text.blocks import (
    BLOCK_BYTES,
    MAX_LINE_BYTES,
    Block,
    FileReport,
    Reading,
    ReadingReport,
    counted_blocks,
)
from lexloom.text.cleaning import Cleaner, Part
from lexloom.text.decoding import (
    BadBytes,
    bad_bytes_error,
    checked_encoding,
    decode,
    looks_like_utf8,
    valid_pieces,
)
from lexloom.text.memory import blocks_from_texts, joined
from lexloom.text.opening import MARK, layout_of, unmarked, unpacked, with_head
from lexloom.text.sources import Source, SourcesLike, fingerprint, resolve_sources

__all__ = [
    "MAX_LINE_BYTES",
    "Block",
    "FileReport",
    "Reading",
    "ReadingReport",
    "Source",
    "blocks_from_texts",
    "fingerprint",
    "is_table",
    "read_blocks",
    "read_field",
    "read_texts",
    "resolve_sources",
]


def read_blocks(
    sources: SourcesLike,
    reading: Reading | None = None,
    *,
    report: ReadingReport | None = None,
    on_note: Callable[[str], None] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """Read files as blocks of clean lines, in one pass and in constant memory.

    Parameters
    ----------
    sources
        What `resolve_sources` takes.
    reading
        How to read them.
    report
        Filled with counts on the way; complete when the last block is out.
    on_note
        Called with one sentence on each thing worth knowing.
    block_bytes
        About how many bytes of text a block holds.

    Yields
    ------
    Block
        At least one line of text each; together all lines in order.

    Raises
    ------
    SettingError
        If nothing is given to read.
    StorageError
        If a file is missing or cannot be read.
    FormatError
        If a file is not what it should be, or, with ``bad_lines="stop"``, holds a bad line.
    UnsafeFileError
        If a file is a pickle.
    """
    report = ReadingReport() if report is None else report

    def note(sentence: str) -> None:
        report.notes.append(sentence)
        if on_note is not None:
            on_note(sentence)

    listed = resolve_sources(sources, on_note=note)
    reader = _Reader(reading or Reading(), report, note, block_bytes)
    for source in listed:
        yield from reader.read(source)
    yield from reader.finish()


def read_field(
    path: str | os.PathLike[str], reading: Reading, *, lists: bool = False
) -> Iterator[str | None]:
    """Read one field of every record of a csv, tsv, jsonl or parquet file, as it stands there.

    Parameters
    ----------
    path
        The file.
    reading
        How to read it; `field` says which field.
    lists
        Take a list in JSON too, as JSON.

    Yields
    ------
    str or None
        One a record, a number as it is written, None where the field is missing.

    Raises
    ------
    StorageError
        If the file is missing or cannot be read.
    FormatError
        If it has no records, no such field, or a broken record.
    """
    reader = _Reader(reading, ReadingReport(), tell_oddity, BLOCK_BYTES)
    with records.mend_only():
        for source in resolve_sources(os.fspath(path)):
            yield from reader.read_field(source, lists=lists)


def is_table(path: str | os.PathLike[str]) -> bool:
    """Tell by its name whether a file holds records with fields; else it holds lines of text.

    Parameters
    ----------
    path
        The file, packed or not.

    Returns
    -------
    bool
        Whether `read_field` reads it.

    Raises
    ------
    StorageError
        If it is missing.
    """
    return any(layout_of(each, b"", "auto") != "txt" for each in resolve_sources(os.fspath(path)))


def read_texts(sources: SourcesLike, reading: Reading) -> Iterator[str]:
    """Read texts as they stand: each line of plain text, or one field of every record.

    Parameters
    ----------
    sources
        What `resolve_sources` takes.
    reading
        How to read them; `field` says which field. A record without it is an empty text.

    Yields
    ------
    str
        A text, without the end of its line; an empty line is a text too.

    Raises
    ------
    StorageError
        If a file is missing or cannot be read.
    FormatError
        If a file is not what it should be, or, with ``bad_lines="stop"``, holds a bad line.
    """
    reader = _Reader(reading, ReadingReport(), tell_oddity, BLOCK_BYTES)
    for source in resolve_sources(sources):
        yield from reader.read_texts(source)


class _Reader:
    """One pass over files, with what is counted on the way."""

    def __init__(
        self,
        reading: Reading,
        report: ReadingReport,
        note: Callable[[str], None],
        block_bytes: int,
    ) -> None:
        self.reading = reading
        self.report = report
        self.note = note
        self.encoding = checked_encoding(reading.encoding)
        self.cleaner = Cleaner(block_bytes, MAX_LINE_BYTES)
        self.digests: dict[str, str] = {}

    def read(self, source: Source) -> Iterator[Block]:
        """Read one file."""
        with closing(decompressing.RawFile(source)) as raw:
            compression, pieces = unpacked(raw, self.reading.max_expansion)
            head, pieces = with_head(pieces)
            layout = layout_of(source, head, self.reading.format)
            has_mark = self.encoding == "utf-8" and head.startswith(MARK)
            if has_mark:
                self.note(f"{source.name} begins with a byte order mark; it is left out.")
            self._check_coding(layout, head, source.name)
            mode = self.reading.documents if layout == "txt" else "record"
            self.cleaner.begin(source.name, mode)
            if layout == "txt":
                yield from self._read_lines(pieces, source.name)
            else:
                yield from self._read_records(layout, pieces, source.name)
            yield from self._blocks(self.cleaner.end_source())
            while raw.read():
                pass
            self._report_file(raw, layout, compression, has_mark)

    def _check_coding(self, layout: str, head: bytes, name: str) -> None:
        """Refuse UTF-16 and UTF-32 that would be taken for something else; note UTF-8 that is."""
        if layout == "parquet":
            return
        if self.encoding != "utf-8" and looks_like_utf8(head):
            self.note(f"{name} looks like UTF-8; it is read as {self.encoding}, as asked.")
        sniffing.refuse_wide(head, name, encoding=self.encoding)

    def finish(self) -> Iterator[Block]:
        """Give what is left."""
        yield from self._blocks(self.cleaner.finish())
        if self.report.n_nul:
            self.note(f"{self.report.n_nul:,} NUL characters are read as blanks.")
        if self.report.n_cut_lines:
            self.note(
                f"lines longer than {MAX_LINE_BYTES:,} bytes are cut into several: "
                f"{self.report.n_cut_lines:,} cuts."
            )
        if self.report.n_bad_lines:
            done = "skipped" if self.reading.bad_lines == "skip" else "mended or skipped"
            self.note(
                f"{done} {self.report.n_bad_lines:,} bad of {self.report.n_lines:,} lines, "
                f"first: {self.report.first_bad_line}"
            )

    def _blocks(self, parts: Iterable[Part]) -> Iterator[Block]:
        return counted_blocks(parts, self.cleaner, self.report)

    def _read_lines(self, pieces: Iterator[bytes], name: str) -> Iterator[Block]:
        for piece in valid_pieces(unmarked(pieces, self.encoding), self.encoding):
            if isinstance(piece, BadBytes):
                self._meet_bad_bytes(piece, name, self.cleaner.source_line)
                if self.reading.bad_lines == "skip":
                    self.cleaner.skip_line()
                else:
                    yield from self._blocks(self.cleaner.feed("\ufffd".encode()))
            else:
                yield from self._blocks(self.cleaner.feed(piece))

    def _read_records(self, layout: str, pieces: Iterator[bytes], name: str) -> Iterator[Block]:
        for piece in joined(self._accepted(self._field_of(layout, pieces, name))):
            yield from self._blocks(self.cleaner.feed(piece))

    def _field_of(
        self,
        layout: str,
        pieces: Iterator[bytes],
        name: str,
        *,
        numbers: bool = False,
        lists: bool = False,
    ) -> Iterator[str | None]:
        """Give one field of every record."""
        if layout == "parquet":
            with columns.spooled(pieces) as file:
                yield from columns.read_parquet(file, self.reading.field, name, numbers=numbers)
            return
        lines = self._lines_of(pieces, name)
        read_jsonl = functools.partial(records.read_jsonl, numbers=numbers, lists=lists)
        readers = {"jsonl": read_jsonl, "csv": columns.read_csv, "tsv": columns.read_tsv}
        yield from readers[layout](lines, self.reading.field, name, self._complain)

    def read_field(self, source: Source, *, lists: bool) -> Iterator[str | None]:
        """Give one field of every record of a file; numbers, and lists, as they are written."""
        self.cleaner.source = source.name
        with closing(decompressing.RawFile(source)) as raw:
            _, pieces = unpacked(raw, self.reading.max_expansion)
            head, pieces = with_head(pieces)
            layout = layout_of(source, head, self.reading.format)
            if layout == "txt":
                raise FormatError(
                    "expected records with fields, found lines of text.",
                    "Give a file named .csv, .tsv, .jsonl or .parquet.",
                    path=source.name,
                )
            self._check_coding(layout, head, source.name)
            yield from self._field_of(layout, pieces, source.name, numbers=True, lists=lists)

    def read_texts(self, source: Source) -> Iterator[str]:
        """Give each line, or one field of every record, as it stands."""
        self.cleaner.source = source.name
        with closing(decompressing.RawFile(source)) as raw:
            _, pieces = unpacked(raw, self.reading.max_expansion)
            head, pieces = with_head(pieces)
            layout = layout_of(source, head, self.reading.format)
            self._check_coding(layout, head, source.name)
            if layout == "txt":
                lines = self._lines_of(pieces, source.name)
                yield from self._accepted(line.rstrip("\r\n") for line in lines)
            else:
                fields = self._field_of(layout, pieces, source.name, numbers=True)
                yield from self._accepted(fields)

    def _lines_of(self, pieces: Iterator[bytes], name: str) -> Iterator[str]:
        """Decode a file and cut it into lines."""
        texts = decode(unmarked(pieces, self.encoding), self.encoding)
        return records.lines_of(texts, name, self._note_bad_place)

    def _accepted(self, texts: Iterable[str | None]) -> Iterator[str]:
        for n, text in enumerate(texts, 1):
            if not text:
                self.report.n_empty_records += 1
                text = ""
            elif records.is_broken(text):
                text = self._meet_broken(text, n)
            yield text

    def _meet_broken(self, text: str, n: int) -> str:
        """Deal with a record that holds bytes which are no text."""
        place = f"{self.cleaner.source}, record {n:,}"
        self._complain(
            FormatError(
                "half a surrogate pair in the text, which is no character.",
                "Mend it, or pass --bad-lines replace.",
                path=place,
            )
        )
        return records.mended(text) if self.reading.bad_lines == "replace" else ""

    def _note_bad_place(self, bad: BadBytes, line: int) -> None:
        if self.reading.bad_lines == "stop":
            raise bad_bytes_error(bad, self.encoding, self.cleaner.source, line)

    def _meet_bad_bytes(self, bad: BadBytes, name: str, line: int) -> None:
        if self.reading.bad_lines == "stop":
            raise bad_bytes_error(bad, self.encoding, name, line)
        place = f"{name}:{line}"
        if place != self.cleaner.last_bad_place:
            self.cleaner.last_bad_place = place
            self._count_bad(place)

    def _complain(self, error: LexloomError) -> None:
        if self.reading.bad_lines == "stop":
            raise error
        self._count_bad(error.path + (f":{error.line}" if error.line else "") if error.path else "")

    def _count_bad(self, place: str) -> None:
        self.report.n_bad_lines += 1
        self.report.first_bad_line = self.report.first_bad_line or place

    def _report_file(
        self,
        raw: decompressing.RawFile,
        layout: str,
        compression: str | None,
        has_mark: bool,
    ) -> None:
        name, sha256 = raw.source.name, raw.sha256
        if raw.n_bytes and sha256 in self.digests:
            self.report.n_repeated_files += 1
            self.note(f"{name} holds the same bytes as {self.digests[sha256]}; both are read.")
        self.digests.setdefault(sha256, name)
        self.report.files.append(
            FileReport(name, layout, compression, self.encoding, has_mark, raw.n_bytes, sha256)
        )
