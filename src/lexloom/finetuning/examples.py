"""Texts with labels as they are given: in memory, as records, in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT, LabelledTexts, read_labelled
from lexloom.finetuning.parts import as_list, row_of, written
from lexloom.oddities import tell_oddity

__all__ = ["Examples", "examples_of", "with_text"]

Examples = LabelledTexts | str | os.PathLike[str] | Iterable[tuple[str, Any] | Mapping[str, Any]]
"""Texts with labels, or the file that holds them, or pairs, or records that name their fields.

Several labels of a text are a list.
"""


def examples_of(
    given: Examples,
    text_field: str = TEXT,
    label_field: str = LABEL,
    *,
    may_lack: bool = False,
    encoding: str = "utf-8",
) -> LabelledTexts:
    """Take texts with labels as they were given.

    Parameters
    ----------
    given
        They themselves, pairs of a text and its label, records, or a file of those.
    text_field
        The field of the texts, by name or, in a file, by number from 1.
    label_field
        The field of the labels.
    may_lack
        Whether a text may have several labels or none: a list is taken for several, an empty
        label for none.
    encoding
        How a file is coded.

    Returns
    -------
    LabelledTexts
        Those with a label; a warning tells how many have none where each must have one.

    Raises
    ------
    SettingError
        If they are no pairs of a text and a label.
    FormatError
        If a file has no such fields, or a text has a list of labels where one is wanted.
    StorageError
        If it cannot be read.
    """
    if text_field == label_field:
        raise SettingError(
            f"text_field and label_field must be two fields, got {text_field!r} for both."
        )
    if isinstance(given, LabelledTexts):
        taken = given
    elif isinstance(given, str | os.PathLike):
        taken = read_labelled(
            Path(given), text_field, label_field, may_lack=may_lack, encoding=encoding
        )
    else:
        taken = _listed(given, (text_field, label_field))
    path = Path(given) if isinstance(given, str | os.PathLike) else None
    return taken if may_lack else _of_one_label(taken, path)


def _listed(given: Iterable[Any], fields: tuple[str, str]) -> LabelledTexts:
    """Take pairs of a text and its label, or records, out of memory."""
    pairs = [row_of(row, fields, place) for place, row in enumerate(as_list(given))]
    for place, pair in enumerate(pairs):
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)
        if not is_pair or not isinstance(_label(pair[1]), str):
            raise SettingError(
                f"examples must be pairs of a text and its label, got {pair!r:.60} as number "
                f"{place}.",
                "Pass [(text, label), …], records or the name of a file; None is no label.",
            )
    return LabelledTexts(
        tuple(text for text, _ in pairs), tuple(_label(label) for _, label in pairs)
    )


def _of_one_label(given: LabelledTexts, path: Path | None) -> LabelledTexts:
    """Leave out texts without a label, and say so; refuse those with a list of them."""
    for row, label in zip(given.rows, given.labels, strict=True):
        if label.startswith("[") and _is_list(label):
            raise FormatError(
                f"record {row:,}: a text must have one label, got the list {label:.60}.",
                "Write the label by itself; several are learned with target='labels' (--target "
                "labels).",
                path=path,
            )
    rows = [row for row, label in enumerate(given.labels) if label]
    n_left_out = len(given) - len(rows)
    if not n_left_out:
        return given
    tell_oddity(f"{n_left_out:,} of {len(given):,} texts lack a label and were left out.")
    return given.take(np.array(rows, np.int32))


def _is_list(label: str) -> bool:
    """Say whether a label is a list in JSON."""
    try:
        return isinstance(json.loads(label), list)
    except (ValueError, RecursionError):
        return False


def _label(label: object) -> Any:
    """Write a label, or several, as a file would; anything else stays as it is."""
    if isinstance(label, list | tuple) and all(isinstance(one, str) for one in label):
        return json.dumps(label, ensure_ascii=False)
    return written(label)


def with_text(name: str, part: LabelledTexts) -> LabelledTexts:
    """Leave out what has no text, and say so.

    Parameters
    ----------
    name
        What they are for.
    part
        Texts with labels.

    Returns
    -------
    LabelledTexts
        Those that hold more than blanks.
    """
    rows = [row for row, text in enumerate(part.texts) if text.strip()]
    n_left_out = len(part) - len(rows)
    if not n_left_out:
        return part
    tell_oddity(f"{n_left_out:,} texts of {name} are empty and were left out.")
    return part.take(np.array(rows, np.int32))
