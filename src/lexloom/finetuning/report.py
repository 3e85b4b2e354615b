"""How good a classifier is, beside what is had for nothing: always the same label, and tf-idf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.evaluation.metrics.classification import (
    calibration_error,
    confusion,
    f1_of,
    macro_f1,
    precision_of,
    recall_of,
)
from lexloom.evaluation.metrics.intervals import Estimate, mean, proportion
from lexloom.finetuning.examples import Parts
from lexloom.reporting.tables import Table

__all__ = ["Report", "report_on"]

_MOST_SHOWN = 20


@dataclass(frozen=True)
class Report:
    """What a classifier makes of texts that it has not learned from.

    Attributes
    ----------
    part
        ``test``, or ``dev``: then the texts were looked at while learning, and flatter.
    n
        How many texts.
    n_shared
        How many of them are among those learned from too.
    accuracy
        The share of right labels, with its 95 % interval.
    macro_f1
        The mean of the labels' F1.
    calibration_error
        How far the probabilities are from the shares of right answers, 0 to 1.
    majority
        The accuracy of always giving the most frequent label of the texts learned from.
    tf_idf
        The accuracy of logistic regression on counts of words and pairs of words.
    gain
        How much more texts this classifier labels right than that, with its 95 % interval.
    labels
        The labels.
    counts
        How often each label (row) was taken for each (column).
    """

    part: str
    n: int
    n_shared: int
    accuracy: Estimate
    macro_f1: float
    calibration_error: float
    majority: float
    tf_idf: Estimate
    gain: Estimate
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """Take back what `as_dict` gave.

        Parameters
        ----------
        values
            As read from JSON.

        Returns
        -------
        Report
            The same.
        """
        estimates = {name: Estimate(**values[name]) for name in ("accuracy", "tf_idf", "gain")}
        rows = tuple(tuple(row) for row in values["counts"])
        return cls(**{**values, **estimates, "labels": tuple(values["labels"]), "counts": rows})

    def lines(self) -> Iterator[str]:
        """Lay it out for a person."""
        flattering = "" if self.part == "test" else ", which were looked at while learning"
        yield f"on {self.n:,} texts of {self.part}{flattering}:"
        yield f"  accuracy     {self.accuracy}, macro F1 {self.macro_f1:.3f}"
        yield f"  tf-idf       {self.tf_idf}; this is {self.gain} more"
        yield f"  majority     {self.majority:.3f}"
        yield f"  probabilities are {self.calibration_error:.3f} off"
        if self.n_shared:
            yield f"  {self.n_shared:,} of these texts are among those learned from"
        if len(self.labels) <= _MOST_SHOWN:
            yield from self.table().to_text().splitlines()

    def table(self) -> Table:
        """Give the figures of each label, and what it was taken for most, as a table."""
        counts = np.array(self.counts, np.int64)
        figures = zip(precision_of(counts), recall_of(counts), f1_of(counts), strict=True)
        rows = []
        for number, (label, found) in enumerate(zip(self.labels, figures, strict=True)):
            wrong = counts[number].copy()
            wrong[number] = 0
            worst = int(wrong.argmax())
            taken = f"{self.labels[worst]} ({wrong[worst]:,})" if wrong[worst] else ""
            rows.append((label, int(counts[number].sum()), *map(float, found), taken))
        columns = ("label", "texts", "precision", "recall", "F1", "mostly taken for")
        return Table(columns, tuple(rows))


def report_on(parts: Parts, probabilities: Vectors, tf_idf: Ids) -> Report:
    """Judge what was answered about the texts kept for the end.

    Parameters
    ----------
    parts
        All texts and labels.
    probabilities
        float32 (N, K), the classifier's about the texts of ``parts.judged``.
    tf_idf
        int32 (N), the labels that the baseline gave them.

    Returns
    -------
    Report
        The figures.
    """
    name, part = parts.judged
    given = probabilities.argmax(1)
    is_right, was_right = given == part.targets, tf_idf == part.targets
    counts = confusion(part.targets, given, len(parts.labels))
    frequent = np.bincount(parts.train.targets, minlength=len(parts.labels)).argmax()
    return Report(
        part=name,
        n=len(part),
        n_shared=parts.n_shared[name],
        accuracy=proportion(int(is_right.sum()), len(part)),
        macro_f1=macro_f1(counts),
        calibration_error=calibration_error(probabilities, part.targets),
        majority=float((part.targets == frequent).mean()),
        tf_idf=proportion(int(was_right.sum()), len(part)),
        gain=mean(np.subtract(is_right, was_right, dtype=np.float64)),
        labels=parts.labels,
        counts=tuple(map(tuple, counts.tolist())),
    )
