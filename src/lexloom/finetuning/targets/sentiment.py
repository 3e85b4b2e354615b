"""Whether a text is well or ill disposed, however its label is spelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lexloom.errors import FormatError
from lexloom.finetuning.targets.labels import OneLabel
from lexloom.finetuning.targets.target import Given

__all__ = ["Sentiment"]

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
_WORDS = {
    NEGATIVE: "negative neg bad 负 负面 负向 消极 差评 中差评",
    NEUTRAL: "neutral neu mixed 中 中性 中立 中评",
    POSITIVE: "positive pos good 正 正面 正向 积极 好评",
}
_SPELLINGS = {spelling: name for name, words in _WORDS.items() for spelling in words.split()}
_SCALES: tuple[Mapping[float, str], ...] = (
    {0: NEGATIVE, 1: POSITIVE},
    {-1: NEGATIVE, 1: POSITIVE},
    {-1: NEGATIVE, 0: NEUTRAL, 1: POSITIVE},
    {1: NEGATIVE, 2: NEGATIVE, 3: NEUTRAL, 4: POSITIVE, 5: POSITIVE},
)
"""What numbers say, by those that there are: the first scale that has them all."""

_SHOWN = 5


class Sentiment(OneLabel):
    """Negative or positive, and neutral where texts to learn from are.

    Models of texts labelled in many ways so have the same labels: 0 and 1, ``neg`` and ``pos``,
    one to five stars, 差评 and 好评.

    Parameters
    ----------
    names
        The labels.
    spellings
        How each is spelled in the texts to learn from.
    """

    def __init__(self, names: Sequence[str], spellings: Mapping[str, str]) -> None:
        super().__init__(names)
        self.spellings = dict(spellings)

    @classmethod
    def learned(cls, parts: Given, separator: str) -> Sentiment:
        """Find out how labels are spelled.

        Raises
        ------
        FormatError
            If a label is no known spelling, there is a single one, or another part has others.
        """
        spellings = _spellings(sorted({each for part in parts.values() for each in part.labels}))
        read = {
            name: replace(part, labels=tuple(spellings[label] for label in part.labels))
            for name, part in parts.items()
        }
        return cls(OneLabel.learned(read, separator).names, spellings)

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give int32 (N), of labels as they were learned, in words that all know, or as stars."""
        return super().numbers(map(self._read, labels))

    def _read(self, label: str) -> str:
        """Say what a label means: as it was learned, in words, or on the scale that was learned."""
        found = self.spellings.get(label) or _SPELLINGS.get(label.strip().lower())
        return found or self._on_scale(label) or label

    def _on_scale(self, label: str) -> str | None:
        """Read a number on the first scale that has it and all that were learned."""
        try:
            number = float(label)
            learned = {float(spelling): name for spelling, name in self.spellings.items()}
        except ValueError:
            return None
        fitting = (scale for scale in _SCALES if learned.items() <= scale.items())
        return next((scale[number] for scale in fitting if number in scale), None)

    def fields(self) -> dict[str, Any]:
        """Give what is kept of it, plain JSON values."""
        return {**super().fields(), "target": "sentiment", "spellings": self.spellings}


def _spellings(labels: Sequence[str]) -> dict[str, str]:
    """Read labels, all as words or all as numbers of one scale."""
    words = {label: _SPELLINGS.get(label.strip().lower()) for label in labels}
    if all(words.values()):
        return {label: str(word) for label, word in words.items()}
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        numbers = {}
    for scale in _SCALES:
        if numbers and set(numbers.values()) <= scale.keys():
            return {label: scale[number] for label, number in numbers.items()}
    strange = [label for label, word in words.items() if word is None]
    shown = ", ".join(map(repr, strange[:_SHOWN])) + (" …" if len(strange) > _SHOWN else "")
    raise FormatError(
        f"labels must say negative, neutral or positive, got {shown}.",
        "Write words, 0 and 1, -1 to 1, or 1 to 5 stars; or pass target='label'.",
    )
