"""The targets by name, and what is kept of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lexloom.errors import FormatError
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


def known_numbers(target: Target, labels: Iterable[str]) -> np.ndarray:
    """Give labels as numbers to whoever asks about texts that nothing was learned from.

    Parameters
    ----------
    target
        What is wanted of a text.
    labels
        Those of N texts.

    Returns
    -------
    numpy.ndarray
        (N) or (N, K), as `Target.numbers`.

    Raises
    ------
    FormatError
        If a label is unknown, or is no number where one is wanted.
    """
    listed = list(labels)
    try:
        numbers = target.numbers(listed)
    except KeyError as error:
        spellings = target.spellings if isinstance(target, Sentiment) else ()
        known = ", ".join(map(repr, dict.fromkeys([*target.names, *spellings])))
        raise FormatError(
            f"the classifier does not know the label {error.args[0]!r}, but {known}."
        ) from None
    if isinstance(target, Number) and not np.isfinite(numbers).all():
        strange = listed[int(np.flatnonzero(~np.isfinite(numbers))[0])]
        raise FormatError(f"the label must be a finite number, got {strange!r:.60}.")
    return numbers


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
