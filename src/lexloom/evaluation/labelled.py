"""Texts with labels, and the files that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexloom.arrays import Ids
from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.oddities import tell_oddity
from lexloom.text.reading import Reading, read_field

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

    Raises
    ------
    SettingError
        If there are not as many labels as texts.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that each text has its label."""
        if len(self.texts) != len(self.labels):
            raise SettingError(
                f"every text needs one label, got {len(self.texts)} texts "
                f"and {len(self.labels)} labels."
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
            tuple(self.texts[row] for row in rows), tuple(self.labels[row] for row in rows)
        )


def read_labelled(path: Path, text: str = TEXT, label: str = LABEL) -> LabelledTexts:
    """Read texts and labels from the records of a file.

    Parameters
    ----------
    path
        A csv, tsv, jsonl or parquet file.
    text
        The field of the texts, by name or number from 1.
    label
        The field of the labels.

    Returns
    -------
    LabelledTexts
        Those records that have both; a warning tells how many have not.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If a field is missing, or no record has both.
    """
    texts = read_column(path, text, "text_field")
    labels = read_column(path, label, "label_field", lists=True)
    pairs = [pair for pair in zip(texts, labels, strict=True) if pair[0] and pair[1]]
    if not pairs:
        raise FormatError(f"no record has both {text!r} and {label!r}.", path=path)
    if len(pairs) < len(texts):
        n_left_out = len(texts) - len(pairs)
        tell_oddity(
            f"{path}: {n_left_out:,} of {len(texts):,} records lack {text!r} or {label!r} and were "
            "left out."
        )
    return LabelledTexts(tuple(str(one) for one, _ in pairs), tuple(str(one) for _, one in pairs))


def read_column(path: Path, field: str, setting: str, *, lists: bool = False) -> list[Any]:
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
        return list(read_field(path, Reading(field=field), lists=lists))
    except MissingFieldError as error:
        fix = f"Pass {setting}='NAME', or its number from 1."
        raise MissingFieldError(error.what, fix, path=error.path, line=error.line) from None
