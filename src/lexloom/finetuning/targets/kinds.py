"""The targets by name, and what is kept of one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lexloom.errors import FormatError
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.targets.labels import OneLabel, SeveralLabels
from lexloom.finetuning.targets.number import Number
from lexloom.finetuning.targets.sentiment import Sentiment
from lexloom.finetuning.targets.target import Target

__all__ = ["TARGETS", "known_numbers", "target_of"]

TARGETS: Mapping[str, type[Target]] = {
    "label": OneLabel,
    "sentiment": Sentiment,
    "labels": SeveralLabels,
    "number": Number,
}
"""What can be wanted, by name."""

_SHOWN = 5


def target_of(fields: Any) -> Target:
    """Take back what `Target.fields` gave.

    Parameters
    ----------
    fields
        As read from JSON.

    Returns
    -------
    Target
        The same.

    Raises
    ------
    FormatError
        If it is nothing that `Target.fields` gives.
    """
    try:
        given = dict(fields)
        kind, names = TARGETS[given.pop("target")], given.pop("names")
        made = kind(names, **given)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"it does not say what is wanted of a text: {error}.") from error
    if made.fields().keys() != fields.keys() or not _is_sound(made):
        raise FormatError(f"it does not say what is wanted of a text: {fields!r:.80}.")
    return made


def known_numbers(target: Target, texts: LabelledTexts) -> np.ndarray:
    """Give labels as numbers to whoever asks about texts that nothing was learned from.

    Parameters
    ----------
    target
        What is wanted of a text.
    texts
        N texts with labels.

    Returns
    -------
    numpy.ndarray
        (N) or (N, K), as `Target.numbers`.

    Raises
    ------
    FormatError
        If a label is unknown, or is no number where one is wanted.
    """
    try:
        numbers = target.numbers(texts.labels)
    except KeyError:
        row, strange = _first_unknown(target, texts)
        near = difflib.get_close_matches(strange, target.names, 1)
        meant = f" ({near[0]!r}?)" if near else ""
        spellings = target.spellings if isinstance(target, Sentiment) else ()
        names = list(dict.fromkeys([*target.names, *spellings]))
        known = ", ".join(map(repr, names[:_SHOWN]))
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        raise FormatError(
            f"record {row:,}: the classifier does not know the label {strange!r:.60}{meant}, but "
            f"{known}{more}."
        ) from None
    if isinstance(target, Number) and not np.isfinite(numbers).all():
        place = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise FormatError(
            f"record {texts.rows[place]:,}: the label must be a finite number, got "
            f"{texts.labels[place]!r:.60}."
        )
    return numbers


def _first_unknown(target: Target, texts: LabelledTexts) -> tuple[int, str]:
    """Find the first text with a label that nobody knows, and the label."""
    for row, label in zip(texts.rows, texts.labels, strict=True):
        try:
            target.numbers([label])
        except KeyError as error:
            several = isinstance(target, SeveralLabels)
            return row, str(error.args[0]) if several else label
    raise AssertionError("all labels are known")


def _is_sound(made: Target) -> bool:
    """Look at what came from a file."""
    if isinstance(made, Number):
        numbers = (made.mean, made.deviation)
        return not made.names and all(
            isinstance(n, float | int) and math.isfinite(n) for n in numbers
        )
    if isinstance(made, Sentiment) and not set(made.spellings.values()) >= set(made.names):
        return False
    separator = getattr(made, "separator", ",")
    return isinstance(separator, str) and all(isinstance(name, str) for name in made.names)
