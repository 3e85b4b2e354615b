"""A number, as a rating."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.finetuning.targets.target import Given, Target

__all__ = ["Number"]

_MOST_STRATA = 10


class Number(Target):
    """A number; it is learned in units of its deviation, from its mean.

    Parameters
    ----------
    names
        Nothing.
    mean, deviation
        Of the texts learned from.
    """

    name = "number"
    measure = "error"
    is_lower_better = True

    def __init__(
        self, names: Sequence[str] = (), mean: float = 0.0, deviation: float = 1.0
    ) -> None:
        super().__init__(names)
        self.mean, self.deviation = mean, deviation

    @classmethod
    def learned(cls, parts: Given, separator: str) -> Number:
        """Measure the numbers of the texts to learn from.

        Raises
        ------
        FormatError
            If one is none, or all are the same.
        """
        for name, part in parts.items():
            for row, label in zip(part.rows, part.labels, strict=True):
                if not math.isfinite(_number(label)):
                    raise FormatError(f"{name}, record {row:,}: {label!r:.60} is no finite number.")
        given = np.array([_number(label) for label in parts["train"].labels])
        if len(set(given.tolist())) < 2:
            raise FormatError("there is nothing to learn: all texts of train have the same number.")
        return cls((), float(given.mean()), float(given.std()))

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give float32 (N), deviations from the mean."""
        given = np.array([_number(label) for label in labels])
        return ((given - self.mean) / self.deviation).astype(np.float32)

    def strata(self, numbers: np.ndarray) -> Ids:
        """Part them into tenths."""
        ranks = np.argsort(np.argsort(numbers, kind="stable"), kind="stable")
        return (ranks * min(_MOST_STRATA, len(numbers)) // max(len(numbers), 1)).astype(np.int32)

    def likeness(self, numbers: np.ndarray) -> Vectors:
        """Give 1 for equal ones, and less by a factor of e for each deviation between them."""
        return np.exp(-np.abs(numbers[:, None] - numbers)).astype(np.float32)

    def chances(self, scores: Vectors) -> Vectors:
        """Give the numbers as they were given: float32 (N, 1)."""
        return (scores * self.deviation + self.mean).astype(np.float32)

    def wanted(self, numbers: np.ndarray, smoothing: float) -> Vectors:
        """Give the numbers themselves: nothing of them is spread."""
        return numbers[:, None].astype(np.float32)

    def surprise(self, scores: Floats, numbers: np.ndarray) -> float:
        """Give the mean squared error, in deviations."""
        return float(((scores[:, 0] - numbers) ** 2).mean())

    def answers(self, chances: Vectors, least: float | None) -> list[float]:
        """Give the numbers.

        Raises
        ------
        SettingError
            If a probability is asked for.
        """
        if least is not None:
            raise SettingError("least is for labels: a number has no probability.")
        return chances[:, 0].tolist()

    def worth(self, chances: Vectors, numbers: np.ndarray) -> Floats:
        """Give minus the distance to the right number."""
        return -np.abs(chances[:, 0] - (numbers * self.deviation + self.mean)).astype(np.float64)

    def simplest(self, numbers: np.ndarray) -> Vectors:
        """Give the median."""
        return self.chances(np.array([[np.median(numbers)]], np.float32))

    def fields(self) -> dict[str, Any]:
        """Give what is kept of it, plain JSON values."""
        return {**super().fields(), "mean": self.mean, "deviation": self.deviation}


def _number(written: str) -> float:
    """Read a number; NaN where there is none."""
    try:
        return float(written)
    except ValueError:
        return math.nan
