"""Texts that belong together, more or less: four kinds of them, as they are given."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lexloom.arrays import Ids
from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.evaluation.labelled import read_column
from lexloom.finetuning.parts import as_list, row_of, written
from lexloom.oddities import tell_oddity
from lexloom.text.reading import Reading, is_table, read_texts
from lexloom.text.records import mend_only, refuse_mixed

__all__ = ["DataName", "Kind", "Pairs", "TextPairs", "numbered", "pairs_of"]

Kind = Literal["scores", "labels", "pairs", "texts"]
DataName = Literal["auto", "scores", "labels", "pairs", "texts"]
Pairs = str | os.PathLike[str] | Iterable[Any]
"""A file; or texts, pairs of texts, or pairs with a number or a label behind them."""

_WANTED: Mapping[Kind, tuple[str, ...]] = {
    "scores": ("text", "other", "score"),
    "labels": ("text", "other", "label"),
    "pairs": ("text", "other"),
    "texts": ("text",),
}


@dataclass(frozen=True)
class TextPairs:
    """N pairs of texts, and what is said of each.

    Attributes
    ----------
    kind
        ``scores``: a number says how alike they are; ``labels``: a label, how they stand to each
        other; ``pairs``: they belong together; ``texts``: each text is there by itself.
    texts, others
        N each; of ``texts`` the same.
    values
        Of ``scores`` N numbers, of ``labels`` N labels, else nothing.
    """

    kind: Kind
    texts: tuple[str, ...]
    others: tuple[str, ...]
    values: tuple[Any, ...] = ()

    def __len__(self) -> int:
        """N."""
        return len(self.texts)

    def take(self, rows: Ids | Iterable[int]) -> TextPairs:
        """Give some of the pairs, in the order of `rows`."""
        texts, others = (tuple(own[row] for row in rows) for own in (self.texts, self.others))
        values = tuple(self.values[row] for row in rows) if self.values else ()
        return replace(self, texts=texts, others=others, values=values)


def pairs_of(
    given: Pairs, data: DataName, fields: Mapping[str, str], *, encoding: str = "utf-8"
) -> TextPairs:
    """Take pairs as they were given.

    Parameters
    ----------
    given
        A csv, tsv, jsonl or parquet file, or one with a text on each line; or texts, pairs of two
        texts, those with a number or a label behind them, or records.
    data
        What they are; ``auto`` tells it by the fields found, or by what stands behind two texts.
    fields
        The names of the fields for ``text``, ``other``, ``score`` and ``label``.
    encoding
        How a file is coded.

    Returns
    -------
    TextPairs
        All of them, empty texts too.

    Raises
    ------
    SettingError
        If they are nothing of that.
    FormatError
        If a file has no such fields, a score is no number, or a label neither a text nor a number.
    StorageError
        If a file cannot be read.
    """
    if isinstance(given, TextPairs):
        return given
    if isinstance(given, str | os.PathLike):
        return _from_file(Path(given), data, fields, encoding)
    rows = as_list(given)
    if not rows:
        raise SettingError(
            "pairs must be a list of at least one, got none.",
            "Pass [(text, other), …], records or the name of a file.",
        )
    if all(isinstance(row, Mapping) for row in rows):
        return _from_records(rows, data, fields)
    kind = _kind_of(rows[0]) if data == "auto" else data
    if kind == "texts":
        texts = _texts_of(rows)
        return TextPairs("texts", texts, texts)
    n_parts = len(_WANTED[kind])
    for place, row in enumerate(rows):
        is_row = isinstance(row, tuple | list) and len(row) == n_parts
        if not is_row or not all(isinstance(text, str) for text in row[:2]):
            raise SettingError(
                f"pairs must be {_TOLD[kind]} each, got {row!r:.60} as number {place}.",
                f"Pass [{_TOLD[kind]}, …] or the name of a file.",
            )
    columns = tuple(zip(*rows, strict=True))
    return _made(kind, columns, "pair")


_TOLD = {
    "scores": "(text, other, number)",
    "labels": "(text, other, label)",
    "pairs": "(text, other)",
}


def _kind_of(row: Any) -> Kind:
    """Tell what is given by the first of it."""
    if isinstance(row, str):
        return "texts"
    if not isinstance(row, tuple | list) or len(row) == 2:
        return "pairs"
    return "labels" if isinstance(row[-1], str) else "scores"


def _texts_of(rows: Sequence[Any]) -> tuple[str, ...]:
    """Take texts."""
    for place, row in enumerate(rows):
        if not isinstance(row, str):
            raise SettingError(f"texts must be a list of str, got {row!r:.60} as number {place}.")
    return tuple(rows)


def _from_file(path: Path, data: DataName, fields: Mapping[str, str], encoding: str) -> TextPairs:
    """Take what a file holds."""
    if data == "texts" or (data == "auto" and not is_table(path)):
        reading = Reading(field=fields["text"], encoding=encoding)
        with mend_only():
            texts = tuple(read_texts([str(path)], reading))
        return TextPairs("texts", texts, texts)

    def column(name: str, is_optional: bool) -> list[Any] | None:
        """Read a field; None where it is missing and may be."""
        try:
            return read_column(path, fields[name], f"{name}_field", encoding=encoding)
        except MissingFieldError as error:
            # A record further down that lacks it is a broken one.
            if is_optional and error.line in (None, 1):
                return None
            raise

    return _from_columns(column, data, fields, path)


def _from_records(
    records: Sequence[Mapping[str, Any]], data: DataName, fields: Mapping[str, str]
) -> TextPairs:
    """Take what records hold."""

    def column(name: str, is_optional: bool) -> list[Any] | None:
        """Take a field; None where no record has it and that may be."""
        field = fields[name]
        if is_optional and not any(field in record for record in records):
            return None
        values = [row_of(record, (field,), place)[0] for place, record in enumerate(records)]
        for place, value in enumerate(values):
            if name in ("text", "other") and not isinstance(value, str):
                raise SettingError(
                    f"record {place + 1:,}: {field!r} must be text, got {value!r:.60}."
                )
        return values

    return _from_columns(column, data, fields)


def _from_columns(
    column: Callable[[str, bool], list[Any] | None],
    data: DataName,
    fields: Mapping[str, str],
    path: Path | None = None,
) -> TextPairs:
    """Tell what pairs are by the fields that there are, and take them."""
    names = ("text", "other", "score", "label") if data == "auto" else _WANTED[data]
    # A field whose name was given is wanted.
    may_lack = {n for n in names if data == "auto" and n != "text" and fields[n] == n}
    columns = {name: column(name, name in may_lack) for name in names}
    if not any(columns.values()):
        raise FormatError("holds no records.", path=path)
    found = tuple(name for name in names if columns[name] is not None)
    if path is not None:
        refuse_mixed({fields[name]: columns[name] or () for name in found}, path)
    if {"score", "label"} <= set(found) or ("other" not in found and len(found) > 1):
        raise FormatError(
            f"it cannot be told what to learn from the fields {', '.join(found)}.",
            "Pass data= (--data): scores, labels, pairs or texts.",
            path=path,
        )
    kind: Kind = next(kind for kind, wanted in _WANTED.items() if wanted == found)
    texts = [tuple(text or "" for text in columns[name] or ()) for name in found[:2]]
    where = "record" if path is None else f"{path}, record"
    if kind == "texts":
        if data == "auto":
            tell_oddity(
                f"{'They have' if path is None else f'{path} has'} no field {fields['other']!r}: "
                "that is taken for texts alone. Pass other_field= (--other-field) if texts that "
                "belong to them are in another."
            )
        return TextPairs("texts", texts[0], texts[0])
    return _made(kind, (*texts, *(columns[name] or () for name in found[2:])), where)


def _made(kind: Kind, columns: Sequence[Sequence[Any]], where: str) -> TextPairs:
    """Put columns together."""
    texts, others, *values = map(tuple, columns)
    if kind == "scores":
        return TextPairs(kind, texts, others, numbered(values[0], where))
    labels = enumerate(values[0], 1) if values else ()
    told = tuple(_label(label, f"{where} {place:,}") for place, label in labels)
    return TextPairs(kind, texts, others, told)


def _label(value: Any, where: str) -> str:
    """Write a label as a file would; nothing of what is missing."""
    label = written(value)
    if not isinstance(label, str):
        raise FormatError(
            f"{where}: the label must be a text or a finite number, got {value!r:.60}.",
            "Leave out pairs without a label, or pass None for it.",
        )
    return label


def numbered(values: Iterable[Any], where: str) -> tuple[float | None, ...]:
    """Read scores as numbers.

    Parameters
    ----------
    values
        N numbers, or what is written for them; nothing is written where one is missing.
    where
        What to call the place of each, before its number from 1.

    Returns
    -------
    tuple
        N finite numbers, None where one is missing.

    Raises
    ------
    FormatError
        If one is no finite number.
    """
    found: list[float | None] = []
    for place, value in enumerate(values, 1):
        if value is None or value == "":
            found.append(None)
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise FormatError(
                f"{where} {place:,}: the score must be a finite number, got {value!r:.60}.",
                "Pass data='labels' (--data labels) if it is a label.",
            )
        found.append(number)
    return tuple(found)
