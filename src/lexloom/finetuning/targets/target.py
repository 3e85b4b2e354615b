"""What every target says: what is wanted of a text, and how near an answer is to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.evaluation.labelled import LabelledTexts

__all__ = ["Given", "Target", "TargetName"]

TargetName = Literal["label", "sentiment", "labels", "number"]
Given = Mapping[str, LabelledTexts]
"""Texts with labels by the name of their part: ``train`` and others."""


class Target(ABC):
    """What is wanted of a text, and how near an answer is to it.

    Parameters
    ----------
    names
        What each score of a text is of.
    """

    name: ClassVar[TargetName]
    measure: ClassVar[str]
    is_lower_better: ClassVar[bool] = False

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.place_of = {name: place for place, name in enumerate(self.names)}

    @classmethod
    @abstractmethod
    def learned(cls, parts: Given, separator: str) -> Target:
        """Find out what is wanted from the labels of texts, and refuse those that cannot be."""

    @abstractmethod
    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give the labels of N texts as numbers: (N) or (N, K)."""

    @abstractmethod
    def strata(self, numbers: np.ndarray) -> Ids:
        """Part texts into groups of which a share is set aside each: int (N)."""

    @abstractmethod
    def likeness(self, numbers: np.ndarray) -> Vectors:
        """Give how near N texts should be to each other, 0 to 1: float32 (N, N)."""

    @abstractmethod
    def chances(self, scores: Vectors) -> Vectors:
        """Turn scores into probabilities, or into numbers as they were given: (N, K)."""

    @abstractmethod
    def wanted(self, numbers: np.ndarray, smoothing: float) -> Vectors:
        """Give what N texts' scores should say, some of it spread over all: float32 (N, K)."""

    def counts(self, numbers: np.ndarray) -> Sequence[float] | np.ndarray:
        """Give how many texts have each label: (K)."""
        return ()

    def weights(self, numbers: np.ndarray) -> Floats:
        """Give what each label weighs for all to weigh the same: float64 (K)."""
        raise NotImplementedError

    @abstractmethod
    def surprise(self, scores: Floats, numbers: np.ndarray) -> float:
        """Give how surprising labels are, the mean of N texts."""

    @abstractmethod
    def answers(self, chances: Vectors, least: float | None) -> list[Any]:
        """Answer for N texts by their probabilities."""

    @abstractmethod
    def worth(self, chances: Vectors, numbers: np.ndarray) -> Floats:
        """Give how good the answer is for each text, the higher the better: float64 (N)."""

    @abstractmethod
    def simplest(self, numbers: np.ndarray) -> Vectors:
        """Give the chances of the one answer that suits most of some texts: (1, K)."""

    def quality(self, scores: Vectors, numbers: np.ndarray) -> float:
        """Give what should be high of scores."""
        return float(self.worth(self.chances(scores), numbers).mean())

    def unlearned(self, numbers: np.ndarray) -> str | None:
        """Name a label that no text has, or None."""
        return None

    def fields(self) -> dict[str, Any]:
        """Give what is kept of it, plain JSON values."""
        return {"target": self.name, "names": list(self.names)}
