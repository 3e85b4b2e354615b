"""Texts with labels, and the files that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lexloom.arrays import Ids
from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.oddities import tell_oddity
from lexloom.text.reading import Reading, read_field
from lexloom.text.records import refuse_mixed

__all__ = ["LABEL", "TEXT", "LabelledTexts", "read_column", "read_labelled"]

TEXT, LABEL = "text", "label"
"""The fields that are read when none is named."""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and what they are.

    Attributes
    ----------
    texts
        N texts.
    labels
        One a text.
    rows
        The number of each among the records that they were taken from, from 1; by default its own
        place.

    Raises
    ------
    SettingError
        If there are not as many labels, or rows, as texts.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    rows: Sequence[int] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Check that each text has its label."""
        if len(self.texts) != len(self.labels):
            raise SettingError(
                f"every text needs one label, got {len(self.texts)} texts "
                f"and {len(self.labels)} labels."
            )
        if not self.rows:
            object.__setattr__(self, "rows", range(1, len(self.texts) + 1))
        if len(self.rows) != len(self.texts):
            raise SettingError(
                f"every text needs one row, got {len(self.texts)} texts and {len(self.rows)} rows."
            )

    def __len__(self) -> int:
        """N."""
        return len(self.texts)

    def take(self, rows: Ids) -> LabelledTexts:
        """Give some of the texts.

        Parameters
        ----------
        rows
            int32 (M): which, in which order.

        Returns
        -------
        LabelledTexts
            M texts.
        """
        return LabelledTexts(
            tuple(self.texts[row] for row in rows),
            tuple(self.labels[row] for row in rows),
            tuple(self.rows[row] for row in rows),
        )


def read_labelled(
    path: Path,
    text: str = TEXT,
    label: str = LABEL,
    *,
    may_lack: bool = False,
    encoding: str = "utf-8",
) -> LabelledTexts:
    """Read texts and labels from the records of a file.

    Parameters
    ----------
    path
        A csv, tsv, jsonl or parquet file.
    text
        The field of the texts, by name or number from 1.
    label
        The field of the labels.
    may_lack
        Take an empty label for none, as a text of several labels may have.
    encoding
        How the file is coded, as ``gb18030``.

    Returns
    -------
    LabelledTexts
        Those records that have both, each with its row; a warning tells how many have not.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If a field is missing, or no record has both.
    """
    texts = read_column(path, text, "text_field", encoding=encoding)
    labels = read_column(path, label, "label_field", lists=True, encoding=encoding)
    refuse_mixed({text: texts, label: labels}, path)
    numbered = enumerate(zip(texts, labels, strict=True), 1)
    whole = [(one, its or "", row) for row, (one, its) in numbered if one and (its or may_lack)]
    if not texts:
        raise FormatError("holds no records.", path=path)
    if not whole:
        raise FormatError(f"no record has both {text!r} and {label!r}.", path=path)
    if len(whole) < len(texts):
        n_left_out = len(texts) - len(whole)
        tell_oddity(
            f"{path}: {n_left_out:,} of {len(texts):,} records lack {text!r} or {label!r} and were "
            "left out."
        )
    return LabelledTexts(
        tuple(str(one) for one, _, _ in whole),
        tuple(str(its) for _, its, _ in whole),
        tuple(row for _, _, row in whole),
    )


def read_column(
    path: Path, field: str, setting: str, *, lists: bool = False, encoding: str = "utf-8"
) -> list[Any]:
    """Read one field of all records.

    Parameters
    ----------
    path
        A csv, tsv, jsonl or parquet file.
    field
        Which, by name or number from 1.
    setting
        What names the field, for the message that it is missing.
    lists
        Take a list in JSON too, as JSON.
    encoding
        How the file is coded.

    Returns
    -------
    list
        For each record a text, a number as it is written, or None.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it has no records; `MissingFieldError` if they have no such field.
    """
    try:
        return list(read_field(path, Reading(field=field, encoding=encoding), lists=lists))
    except MissingFieldError as error:
        fix = f"Pass {setting}='NAME', or its number from 1."
        raise MissingFieldError(error.what, fix, path=error.path, line=error.line) from None
