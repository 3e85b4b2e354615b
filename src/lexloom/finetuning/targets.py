"""What is wanted of a text: one of several labels, any of them, or a number."""

from __future__ import annotations

import difflib
import json
import math
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from lexloom.arrays import Floats, Ids, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LabelledTexts

__all__ = ["TARGETS", "Number", "OneLabel", "SeveralLabels", "Target", "TargetName", "target_of"]

TargetName = Literal["label", "labels", "number"]
Parts = Mapping[str, LabelledTexts]

_SHOWN = 5
_MOST_STRATA = 10


class Target(ABC):
    """What is wanted of a text, and how near an answer is to it.

    Parameters
    ----------
    names
        What each score of a text is of.
    """

    name: ClassVar[TargetName]
    measure: ClassVar[str]
    simplest_answer: ClassVar[str]
    is_lower_better: ClassVar[bool] = False

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    @classmethod
    @abstractmethod
    def learned(cls, parts: Parts, separator: str) -> Target:
        """Find out what is wanted from the labels of texts, and refuse those that cannot be."""

    @abstractmethod
    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give the labels of N texts as numbers: (N) or (N, K)."""

    @abstractmethod
    def strata(self, numbers: np.ndarray) -> Ids:
        """Part texts into groups of which a share is set aside each: int (N)."""

    @abstractmethod
    def chances(self, scores: Vectors) -> Vectors:
        """Turn scores into probabilities, or into numbers as they were given: (N, K)."""

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


class OneLabel(Target):
    """One of K labels."""

    name = "label"
    measure = "accuracy"
    simplest_answer = "always the most frequent label"

    @classmethod
    def learned(cls, parts: Parts, separator: str) -> OneLabel:
        """Put the labels of the texts to learn from in order.

        Raises
        ------
        FormatError
            If there are fewer than two, or another part has others.
        """
        return cls(_known_labels({name: part.labels for name, part in parts.items()}))

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give int32 (N)."""
        place_of = {label: place for place, label in enumerate(self.names)}
        return np.array([place_of[label] for label in labels], np.int32)

    def strata(self, numbers: np.ndarray) -> Ids:
        """Part them by label."""
        return numbers

    def chances(self, scores: Vectors) -> Vectors:
        """Give what sums to 1 for each text."""
        return np.exp(_log_softmax(scores)).astype(np.float32)

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
        counts = np.bincount(numbers, minlength=len(self.names))
        return np.eye(len(self.names), dtype=np.float32)[[counts.argmax()]]

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
    simplest_answer = "always the most frequent labels"

    def __init__(self, names: Sequence[str], separator: str = ",") -> None:
        super().__init__(names)
        self.separator = separator

    @classmethod
    def learned(cls, parts: Parts, separator: str) -> SeveralLabels:
        """Put the labels of the texts to learn from in order.

        Raises
        ------
        FormatError
            If there are fewer than two, or another part has others.
        """
        split = {
            name: [label for labels in part.labels for label in _split(labels, separator)]
            for name, part in parts.items()
        }
        return cls(_known_labels(split), separator)

    def numbers(self, labels: Iterable[str]) -> np.ndarray:
        """Give float32 (N, K), 1 where a text has a label."""
        place_of = {label: place for place, label in enumerate(self.names)}
        rows = [_split(written, self.separator) for written in labels]
        found = np.zeros((len(rows), len(self.names)), np.float32)
        for row, own in enumerate(rows):
            found[row, [place_of[label] for label in own]] = 1
        return found

    def strata(self, numbers: np.ndarray) -> Ids:
        """Part them by the rarest label that each has."""
        frequency = numbers.sum(0)
        rarest = np.where(numbers > 0, frequency, np.inf).argmin(1)
        return np.where(numbers.any(1), rarest, len(self.names)).astype(np.int32)

    def chances(self, scores: Vectors) -> Vectors:
        """Give the probability of each label by itself."""
        return np.exp(-np.logaddexp(0, -scores.astype(np.float64))).astype(np.float32)

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
    simplest_answer = "always the median"
    is_lower_better = True

    def __init__(
        self, names: Sequence[str] = (), mean: float = 0.0, deviation: float = 1.0
    ) -> None:
        super().__init__(names)
        self.mean, self.deviation = mean, deviation

    @classmethod
    def learned(cls, parts: Parts, separator: str) -> Number:
        """Measure the numbers of the texts to learn from.

        Raises
        ------
        FormatError
            If one is none, or all are the same.
        """
        for name, part in parts.items():
            for place, label in enumerate(part.labels, 1):
                if not math.isfinite(_number(label)):
                    raise FormatError(f"{name}, text {place:,}: {label!r:.60} is no finite number.")
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

    def chances(self, scores: Vectors) -> Vectors:
        """Give the numbers as they were given: float32 (N, 1)."""
        return (scores * self.deviation + self.mean).astype(np.float32)

    def surprise(self, scores: Floats, numbers: np.ndarray) -> float:
        """Give the mean squared error, in deviations."""
        return float(((scores[:, 0] - numbers) ** 2).mean())

    def answers(self, chances: Vectors, least: float | None) -> list[float]:
        """Give the numbers."""
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


TARGETS: Mapping[str, type[Target]] = {
    kind.name: kind for kind in (OneLabel, SeveralLabels, Number)
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


def _is_sound(made: Target) -> bool:
    """Look at what came from a file."""
    if isinstance(made, Number):
        numbers = (made.mean, made.deviation)
        return not made.names and all(
            isinstance(n, float | int) and math.isfinite(n) for n in numbers
        )
    separator = getattr(made, "separator", ",")
    return isinstance(separator, str) and all(isinstance(name, str) for name in made.names)


def _known_labels(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Put the labels of the texts to learn from in order; the other parts may have no others."""
    counts = Counter(labels["train"])
    if len(counts) < 2:
        shown = ", ".join(f"{label!r} ({n:,} texts)" for label, n in counts.items()) or "no text"
        raise FormatError(f"a classifier needs at least two labels to learn, got {shown}.")
    for name, own in labels.items():
        strange = Counter(label for label in own if label not in counts)
        if strange:
            raise FormatError(
                f"{name} has labels that no text of train has: {_told(strange, counts)}. Those of "
                f"train are {_listed(counts)}."
            )
    rare = [label for label, n in counts.items() if n == 1]
    if rare:
        told = ", ".join(repr(label) for label in rare[:_SHOWN])
        warnings.warn(
            f"{len(rare):,} of {len(counts):,} labels have a single text: {told}. A slip?",
            stacklevel=5,
        )
    return tuple(sorted(counts))


def _told(strange: Counter[str], known: Counter[str]) -> str:
    """List labels that nobody knows, each with the one that may have been meant."""
    told = []
    for label, n in strange.most_common(_SHOWN):
        near = difflib.get_close_matches(label, known, 1)
        told.append(f"{label!r} ({n:,} texts" + (f"; {near[0]!r}?)" if near else ")"))
    return ", ".join(told) + (" …" if len(strange) > _SHOWN else "")


def _listed(counts: Counter[str]) -> str:
    """List labels with how many texts have each."""
    shown = ", ".join(f"{label!r} ({n:,})" for label, n in counts.most_common(_SHOWN))
    return shown + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")


def _split(written: str, separator: str) -> list[str]:
    """Part labels that are written in one: a JSON list, or with something between them."""
    if written.startswith("["):
        try:
            listed = json.loads(written)
        except ValueError:
            listed = None
        if isinstance(listed, list) and all(isinstance(label, str) for label in listed):
            return listed
    return [label.strip() for label in written.split(separator) if label.strip()]


def _number(written: str) -> float:
    """Read a number; NaN where there is none."""
    try:
        return float(written)
    except ValueError:
        return math.nan


def _log_softmax(scores: Any) -> Floats:
    """Give the logarithms of probabilities, float64 (N, K)."""
    wide = np.asarray(scores, np.float64)
    shifted = wide - wide.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
