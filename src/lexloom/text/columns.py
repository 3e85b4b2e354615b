"""One column of text out of csv, tsv and parquet."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lexloom.errors import FormatError, LexloomError
from lexloom.text.records import (
    DEFAULT_FIELD,
    MAX_RECORD_CHARACTERS,
    MEND,
    Complain,
    Field,
    missing_field,
    settled,
    shown,
)

__all__ = ["read_csv", "read_parquet", "read_tsv", "spooled"]


def read_tsv(
    lines: Iterable[str], field: Field, path: str, complain: Complain
) -> Iterator[str | None]:
    """Give one column of lines cut at tabs; quotes mean nothing."""
    rows = (line.rstrip("\r\n").split("\t") for line in lines)
    yield from _column(((n, row) for n, row in enumerate(rows, 1)), field, path, complain)


def read_csv(
    lines: Iterable[str], field: Field, path: str, complain: Complain
) -> Iterator[str | None]:
    """Give one column of a csv file, quoted as RFC 4180 has it."""
    yield from _column(_csv_rows(iter(lines), path, complain), field, path, complain)


def _column(
    rows: Iterator[tuple[int, list[str]]], field: Field, path: str, complain: Complain
) -> Iterator[str | None]:
    """Give one column: by name, which the first row holds; or by number from 1."""
    first = next(rows, None)
    if first is None:
        return
    n, row = first
    # The first row may hold data: a label "1" in it is not the name of a column.
    field, most = settled(field, []), None
    if isinstance(field, int):
        index = field - 1
        rows = _with_first(first, rows)
        if not 0 <= index < len(row):
            raise _missing_column(field, row, path)
    else:
        names = [name.strip() for name in row]
        if (field or DEFAULT_FIELD) not in names:
            if field is not None or len(names) > 1:
                raise _missing_column(field, names, path)
            index, rows = 0, _with_first(first, rows)
        else:
            index = names.index(field or DEFAULT_FIELD)
            # A text beside the columns that have names belongs to another, which was cut.
            most = len(names)
    for n, row in rows:
        if most is not None and any(row[most:]):
            complain(
                FormatError(
                    f"the row has {len(row)} columns, and there are {most} names.",
                    "Put quotes around a text that holds the separator, or mend the row.",
                    path=path,
                    line=n,
                )
            )
            yield None
        elif index < len(row):
            yield row[index]
        elif row not in ([], [""]):
            complain(
                FormatError(
                    f"column {index + 1} is missing: the row has {len(row)}.",
                    MEND,
                    path=path,
                    line=n,
                )
            )
            yield None


def _with_first(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _missing_column(field: Field, names: list[str], path: str) -> FormatError:
    error = missing_field(field, names, path, 1)
    error.what += f" The first row has {len(names)} columns."
    return error


def _csv_rows(
    lines: Iterator[str], path: str, complain: Complain
) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its first line's number; resume behind the first line of a broken row."""
    fed: list[str] = []
    again: list[str] = []
    n = 1

    def feed() -> Iterator[str]:
        n_characters = 0
        while True:
            line = again.pop() if again else next(lines, None)
            if line is None:
                return
            if not fed:
                n_characters = 0
            fed.append(line)
            n_characters += len(line)
            if n_characters > MAX_RECORD_CHARACTERS:
                raise csv.Error(f"more than {MAX_RECORD_CHARACTERS:,} characters in one row")
            yield line

    reader = csv.reader(feed(), strict=True)
    while True:
        try:
            with _large_fields():
                row = next(reader, None)
        except csv.Error as error:
            complain(
                FormatError(
                    f"broken quoting ({error}) in the row that begins {shown(fed[0])}.",
                    "Close the quote, or pass --bad-lines skip; --format tsv takes quotes as text.",
                    path=path,
                    line=n,
                )
            )
            again.extend(reversed(fed[1:]))
            reader = csv.reader(feed(), strict=True)
            n += 1
        else:
            if row is None:
                return
            yield n, row
            n += len(fed)
        fed.clear()


@contextmanager
def _large_fields() -> Iterator[None]:
    """Let the csv module take long fields: its limit is one for the whole process."""
    before = csv.field_size_limit(MAX_RECORD_CHARACTERS + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def read_parquet(
    file: BinaryIO, field: Field, path: str, *, numbers: bool = False
) -> Iterator[str | None]:
    """Give one column of text, or of numbers, of a parquet file; `FormatError` if it has none."""
    try:
        table = pq.ParquetFile(pa.PythonFile(file, mode="r"))
        names = table.schema_arrow.names
        name = _parquet_column(names, field, path)
        for batch in table.iter_batches(batch_size=1024, columns=[name]):
            yield from _as_text(batch.column(0), name, path, numbers=numbers)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, LexloomError):
            raise
        raise FormatError(
            f"damaged parquet ({str(error).splitlines()[0]}).", "Write the file again.", path=path
        ) from error


def _parquet_column(names: list[str], field: Field, path: str) -> str:
    field = settled(field, names)
    if isinstance(field, int) and 1 <= field <= len(names):
        return names[field - 1]
    if field is None and DEFAULT_FIELD not in names and len(names) == 1:
        return names[0]
    wanted = DEFAULT_FIELD if field is None else field
    if wanted not in names:
        raise missing_field(field, names, path, None)
    return str(wanted)


_TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


_NUMBER_TYPES = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)


def _as_text(column: pa.Array, name: str, path: str, *, numbers: bool) -> list[str | None]:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    fitting = (*_TEXT_TYPES, *_NUMBER_TYPES) if numbers else _TEXT_TYPES
    if not any(fits(kind) for fits in fitting):
        raise FormatError(
            f"field {name!r} must hold text, it holds {column.type}.",
            "Name another field with --field.",
            path=path,
        )
    return pc.cast(column, pa.large_string()).to_pylist()


@contextmanager
def spooled(pieces: Iterable[bytes]) -> Iterator[BinaryIO]:
    """Hold bytes in a nameless temporary file, for a format that must be read from its end."""
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            file.write(piece)
        file.seek(0)
        yield file  # type: ignore[misc]  # a wrapper with the same methods on some systems
