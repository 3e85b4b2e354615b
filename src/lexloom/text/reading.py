"""Files to blocks of clean lines: any size in constant memory, nothing dropped in silence."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import PurePath

from lexloom.errors import FormatError, LexloomError
from lexloom.text import columns, decompressing, records, sniffing
from lexloom.text.blocks import (
    BLOCK_BYTES,
    MAX_LINE_BYTES,
    Block,
    FileReport,
    Format,
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
    "read_blocks",
    "read_field",
    "resolve_sources",
]

_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
}


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


def read_field(path: str | os.PathLike[str], reading: Reading) -> Iterator[str | None]:
    """Read one field of every record of a csv, tsv, jsonl or parquet file, as it stands there.

    Parameters
    ----------
    path
        The file.
    reading
        How to read it; `field` says which field.

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
    reader = _Reader(reading, ReadingReport(), lambda note: None, BLOCK_BYTES)
    for source in resolve_sources(os.fspath(path)):
        yield from reader.read_field(source)


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
            compression, pieces = self._open(raw)
            head, pieces = _with_head(pieces)
            layout = self._layout(source, head)
            has_mark = self.encoding == "utf-8" and head.startswith(b"\xef\xbb\xbf")
            if has_mark:
                self.note(f"{source.name} begins with a byte order mark; it is left out.")
            if self.encoding != "utf-8" and layout != "parquet" and looks_like_utf8(head):
                self.note(
                    f"{source.name} looks like UTF-8; it is read as {self.encoding}, as asked."
                )
            if layout != "parquet":
                sniffing.refuse_wide(head, source.name, encoding=self.encoding)
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

    def _open(self, raw: decompressing.RawFile) -> tuple[str | None, Iterator[bytes]]:
        """Find out how a file is packed, and begin to unpack it."""
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
        pieces = decompressing.unpack(raw, compression, self.reading.max_expansion)
        if raw.source.n_bytes is not None and raw.source.n_bytes > decompressing.PIECE_BYTES // 8:
            pieces = decompressing.read_ahead(pieces)
        return compression, pieces

    def _layout(self, source: Source, head: bytes) -> str:
        """Tell the format by name and content."""
        layout: str = self.reading.format
        if layout == "auto":
            suffixes = [suffix.lower() for suffix in PurePath(source.path).suffixes[-2:]]
            if suffixes and suffixes[-1] in decompressing.ENDINGS:
                suffixes.pop()
            layout = _FORMATS.get(suffixes[-1] if suffixes else "", "txt")
        asked = self.reading.format if layout != "parquet" else "parquet"
        sniffing.refuse_foreign(head, source.name, read_as=asked)
        if layout == "parquet" and head and not head.startswith(b"PAR1"):
            raise FormatError("not a parquet file.", "Name its format.", path=source.name)
        return layout

    def _read_lines(self, pieces: Iterator[bytes], name: str) -> Iterator[Block]:
        for piece in valid_pieces(_unmarked(pieces, self.encoding), self.encoding):
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
        self, layout: str, pieces: Iterator[bytes], name: str, *, numbers: bool = False
    ) -> Iterator[str | None]:
        """Give one field of every record."""
        if layout == "parquet":
            with columns.spooled(pieces) as file:
                yield from columns.read_parquet(file, self.reading.field, name, numbers=numbers)
            return
        lines = records.lines_of(
            decode(_unmarked(pieces, self.encoding), self.encoding), name, self._note_bad_place
        )
        read_jsonl = functools.partial(records.read_jsonl, numbers=numbers)
        readers = {"jsonl": read_jsonl, "csv": columns.read_csv, "tsv": columns.read_tsv}
        yield from readers[layout](lines, self.reading.field, name, self._complain)

    def read_field(self, source: Source) -> Iterator[str | None]:
        """Give one field of every record of a file; a number as it is written."""
        with closing(decompressing.RawFile(source)) as raw:
            _, pieces = self._open(raw)
            head, pieces = _with_head(pieces)
            layout = self._layout(source, head)
            if layout == "txt":
                raise FormatError(
                    "expected records with fields, found lines of text.",
                    "Give a file named .csv, .tsv, .jsonl or .parquet.",
                    path=source.name,
                )
            yield from self._field_of(layout, pieces, source.name, numbers=True)

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


def _with_head(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
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


def _unmarked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Leave out a UTF-8 byte order mark at the start."""
    is_first = encoding == "utf-8"
    for piece in pieces:
        yield piece.removeprefix(b"\xef\xbb\xbf") if is_first else piece
        is_first = False
