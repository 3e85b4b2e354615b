"""One of several labels, or any of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.finetuning.targets.known_labels import known_labels, split_labels
from lexloom.finetuning.targets.target import Given, Target

__all__ = ["OneLabel", "SeveralLabels"]


class OneLabel(Target):
    """One of K labels."""

    name = "label"
    measure = "accuracy"

    @classmethod
    def learned(cls, parts: Given, separator: str) -> OneLabel:
        """Put the labels of the texts to learn from in order.

        Raises
        ------
        FormatError
            If there are fewer than two, or another part has others.
        """
        return cls(known_labels({name: part.labels for name, part in parts.items()}))

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give int32 (N)."""
        return np.array([self.place_of[label] for label in labels], np.int32)

    def strata(self, numbers: np.ndarray) -> Ids:
        """Part them by label."""
        return numbers

    def likeness(self, numbers: np.ndarray) -> Vectors:
        """Give 1 for those of one label, else 0."""
        return (numbers[:, None] == numbers).astype(np.float32)

    def chances(self, scores: Vectors) -> Vectors:
        """Give what sums to 1 for each text."""
        return np.exp(_log_softmax(scores)).astype(np.float32)

    def wanted(self, numbers: np.ndarray, smoothing: float) -> Vectors:
        """Give 1 for the label of each text."""
        return self._sure_of(numbers) * (1 - smoothing) + smoothing / len(self.names)

    def counts(self, numbers: np.ndarray) -> np.ndarray:
        """Count the texts of each."""
        return np.bincount(numbers, minlength=len(self.names))

    def weights(self, numbers: np.ndarray) -> Floats:
        """Give how many texts a label would have, if all had as many, by how many it has."""
        return len(numbers) / (len(self.names) * self.counts(numbers))

    def surprise(self, scores: Floats, numbers: np.ndarray) -> float:
        """Give the mean of -ln P.

        As if one more text than there are had any of the other labels (Platt 1999): of few texts
        that are all right nobody is to become all sure.
        """
        other = 1 / ((len(numbers) + 2) * (len(self.names) - 1))
        wanted = np.full(scores.shape, other)
        wanted[np.arange(len(numbers)), numbers] = 1 - other * (len(self.names) - 1)
        return -float((wanted * _log_softmax(scores)).sum(1).mean())

    def answers(self, chances: Vectors, least: float | None) -> list[str | None]:
        """Give the likeliest label, None where it is not likely enough."""
        sure = chances.max(1, initial=0.0) >= (least or 0.0)
        places = chances.argmax(1).tolist()
        return [self.names[place] if ok else None for place, ok in zip(places, sure, strict=True)]

    def worth(self, chances: Vectors, numbers: np.ndarray) -> Floats:
        """Give 1 where the likeliest label is right, else 0."""
        return (chances.argmax(1) == numbers).astype(np.float64)

    def simplest(self, numbers: np.ndarray) -> Vectors:
        """Be sure of the most frequent label."""
        return self._sure_of(np.array([self.counts(numbers).argmax()]))

    def _sure_of(self, numbers: np.ndarray) -> Vectors:
        """Give 1 for a label of each text, 0 for all others: float32 (N, K)."""
        sure = np.zeros((len(numbers), len(self.names)), np.float32)
        sure[np.arange(len(numbers)), numbers] = 1
        return sure

    def unlearned(self, numbers: np.ndarray) -> str | None:
        """Name a label that no text has, or None."""
        lost = np.setdiff1d(np.arange(len(self.names)), numbers)
        return self.names[int(lost[0])] if len(lost) else None


class SeveralLabels(Target):
    """Any of K labels, or none.

    Parameters
    ----------
    names
        The labels.
    separator
        What stands between labels where they are written in one.
    """

    name = "labels"
    measure = "F1 of a text"

    def __init__(self, names: Sequence[str], separator: str = ",") -> None:
        super().__init__(names)
        self.separator = separator

    @classmethod
    def learned(cls, parts: Given, separator: str) -> SeveralLabels:
        """Put the labels of the texts to learn from in order.

        Raises
        ------
        FormatError
            If there are fewer than two, or another part has others.
        """
        split = {
            name: [label for labels in part.labels for label in split_labels(labels, separator)]
            for name, part in parts.items()
        }
        return cls(known_labels(split), separator)

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give float32 (N, K), 1 where a text has a label."""
        rows = [split_labels(written, self.separator) for written in labels]
        found = np.zeros((len(rows), len(self.names)), np.float32)
        for row, own in enumerate(rows):
            found[row, [self.place_of[label] for label in own]] = 1
        return found

    def strata(self, numbers: np.ndarray) -> Ids:
        """Part them by the rarest label that each has."""
        frequency = numbers.sum(0)
        rarest = np.where(numbers > 0, frequency, np.inf).argmin(1)
        return np.where(numbers.any(1), rarest, len(self.names)).astype(np.int32)

    def likeness(self, numbers: np.ndarray) -> Vectors:
        """Give the labels that both have, twice, as a share of those that each has."""
        n_labels = numbers.sum(1)
        all_of_both = n_labels[:, None] + n_labels
        shared = 2 * (numbers @ numbers.T) / np.maximum(all_of_both, 1)
        return np.where(all_of_both > 0, shared, 1).astype(np.float32)

    def chances(self, scores: Vectors) -> Vectors:
        """Give the probability of each label by itself."""
        return np.exp(-np.logaddexp(0, -scores.astype(np.float64))).astype(np.float32)

    def wanted(self, numbers: np.ndarray, smoothing: float) -> Vectors:
        """Give 1 for each label that a text has."""
        return (numbers * (1 - smoothing) + smoothing / 2).astype(np.float32)

    def counts(self, numbers: np.ndarray) -> np.ndarray:
        """Count the texts of each, which may be among those of others too."""
        return numbers.sum(0)

    def weights(self, numbers: np.ndarray) -> Floats:
        """Give how many texts lack a label, by how many have it."""
        return (len(numbers) - self.counts(numbers)) / self.counts(numbers)

    def surprise(self, scores: Floats, numbers: np.ndarray) -> float:
        """Give the mean of -ln P, over texts and labels; one more text has the other answer."""
        wanted = np.where(numbers > 0, 1 - 1 / (len(numbers) + 2), 1 / (len(numbers) + 2))
        return float((np.logaddexp(0, scores) - wanted * scores).mean())

    def answers(self, chances: Vectors, least: float | None) -> list[tuple[str, ...]]:
        """Give the labels that are likely enough, by default likelier than not."""
        is_given = chances >= (0.5 if least is None else least)
        return [tuple(self.names[place] for place in np.flatnonzero(row)) for row in is_given]

    def worth(self, chances: Vectors, numbers: np.ndarray) -> Floats:
        """Give F1 of each text's labels; 1 where none is right and none is given."""
        given, true = chances >= 0.5, numbers > 0
        both = (given & true).sum(1)
        all_of_both = given.sum(1) + true.sum(1)
        return np.where(all_of_both > 0, 2 * both / np.maximum(all_of_both, 1), 1.0)

    def simplest(self, numbers: np.ndarray) -> Vectors:
        """Be sure of the labels that most texts have, or of the most frequent one."""
        share = numbers.mean(0)
        return (share >= min(0.5, share.max())).astype(np.float32)[None]

    def unlearned(self, numbers: np.ndarray) -> str | None:
        """Name a label that no text has, or None."""
        lost = np.flatnonzero(~numbers.any(0))
        return self.names[int(lost[0])] if len(lost) else None

    def fields(self) -> dict[str, Any]:
        """Give what is kept of it, plain JSON values."""
        return {**super().fields(), "separator": self.separator}


def _log_softmax(scores: Any) -> Floats:
    """Give the logarithms of probabilities, float64 (N, K)."""
    wide = np.asarray(scores, np.float64)
    shifted = wide - wide.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
