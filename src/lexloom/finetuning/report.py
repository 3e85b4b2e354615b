"""How good a classifier is, beside what is had for nothing: one answer for all, and tf-idf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lexloom.arrays import Counts, Ids, Vectors
from lexloom.evaluation.metrics.classification import (
    calibration_error,
    confusion,
    f1_of,
    macro_f1,
    precision_of,
    recall_of,
)
from lexloom.evaluation.metrics.correlation import pearson, spearman
from lexloom.evaluation.metrics.intervals import Estimate, mean, proportion
from lexloom.finetuning.labelled_parts import LabelledParts, Part
from lexloom.finetuning.targets.target import Target
from lexloom.finetuning.task_report import TaskReport
from lexloom.reporting.tables import Table

__all__ = ["Report", "report_alone", "report_on"]

_MOST_SHOWN = 20
_MOST_IN_FULL = 500
"""What each of more labels was taken for would be too much for JSON: the matrix has K² counts."""

_MOST_KEPT = 20_000
_LIKELIER_THAN_NOT = 0.5


@dataclass(frozen=True)
class Report(TaskReport):
    """What a classifier makes of texts that it has not learned from.

    What stands beside it, and whether texts were learned from, is None where nobody knows any more
    what was.

    Attributes
    ----------
    measure
        What the figures are: ``accuracy``; ``F1 of a text``, the mean over texts of the harmonic
        mean of the shares of right labels given and found; ``error``, the mean distance to the
        right number.
    figure
        Of this classifier, with its 95 % interval.
    tf_idf
        Of linear regression on counts of words and pairs of words.
    simplest
        Of what is had for nothing: always the same answer.
    gain
        How much better this classifier is than tf-idf, text by text, with its 95 % interval.
    others
        Further figures by name.
    labels
        The K labels; none for numbers, or of more than 20,000.
    counts
        Of one label: how often each (row) was taken for each (column). Of several, and of one of
        more than 500: for each how often it was given rightly, given wrongly and missed; of one
        label then the number of the label it was mostly taken for instead, and how often it was.
    """

    measure: str
    figure: Estimate
    tf_idf: Estimate | None
    simplest: float | None
    gain: Estimate | None
    others: Mapping[str, float]
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def figures(self) -> dict[str, Any]:
        """The figures of this classifier alone, by name."""
        return {"measure": self.measure, "figure": self.figure.value, **self.others}

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
        estimates = {
            name: Estimate(**values[name])
            for name in ("figure", "tf_idf", "gain")
            if values[name] is not None
        }
        rows = tuple(tuple(row) for row in values["counts"])
        return cls(**{**values, **estimates, "labels": tuple(values["labels"]), "counts": rows})

    @property
    def _of(self) -> str:
        return f"{self.measure} on "

    def _figures(self) -> Iterator[str]:
        yield f"  this model      {self.figure}"
        if self.gain is not None:
            yield f"  tf-idf          {self.tf_idf}; the model is {self.gain.as_gain()}"
            yield f"  one for all     {self.simplest:.3f}"
        if self.others:
            yield "  " + ", ".join(f"{name} {value:.3f}" for name, value in self.others.items())

    def _details(self) -> Iterator[str]:
        if 0 < len(self.labels) <= _MOST_SHOWN:
            yield from self.table().to_text().splitlines()

    def table(self) -> Table:
        """Give the figures of each label as a table; of one label what it was taken for most."""
        counts, is_one = np.array(self.counts, np.int64), self.measure == "accuracy"
        if is_one and counts.shape == (len(self.labels), len(self.labels)):
            rows = self._rows_of_matrix(counts)
        else:
            rows = [_row(*own, self.labels) for own in zip(self.labels, self.counts, strict=True)]
        columns = ("label", "texts", "precision", "recall", "F1", "mostly taken for")
        return Table(columns if is_one else columns[:-1], tuple(rows))

    def _rows_of_matrix(self, counts: Counts) -> list[tuple[Any, ...]]:
        """Give the figures of each label by how often each was taken for each."""
        figures = zip(precision_of(counts), recall_of(counts), f1_of(counts), strict=True)
        rows = []
        for number, (label, found) in enumerate(zip(self.labels, figures, strict=True)):
            wrong = counts[number].copy()
            wrong[number] = 0
            worst = int(wrong.argmax())
            taken = _taken(self.labels[worst], int(wrong[worst]))
            rows.append((label, int(counts[number].sum()), *map(float, found), taken))
        return rows


def _row(label: str, counts: Sequence[int], labels: Sequence[str]) -> tuple[Any, ...]:
    """Give the figures of one of several labels, or of many."""
    right, wrong, missed, *worst = counts
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    f1 = 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 0.0
    taken = (_taken(labels[worst[0]], worst[1]),) if worst else ()
    return (label, right + missed, precision, recall, f1, *taken)


def _taken(label: str, n: int) -> str:
    """Say what a label was mostly taken for; nothing where it never was."""
    return f"{label} ({n:,})" if n else ""


def report_on(parts: LabelledParts, chances: Vectors, tf_idf: Vectors) -> Report:
    """Judge what was answered about the texts kept for the end.

    Parameters
    ----------
    parts
        All texts and what is wanted of them.
    chances
        float32 (N, K), the classifier's about the texts of ``parts.judged``.
    tf_idf
        The same of the baseline.

    Returns
    -------
    Report
        The figures.
    """
    (name, part), target = parts.judged, parts.target
    worth, other = target.worth(chances, part.targets), target.worth(tf_idf, part.targets)
    simplest = np.repeat(target.simplest(parts.train.targets), len(part), axis=0)
    return replace(
        report_alone(part, target, chances),
        part=name,
        n_shared=parts.n_shared[name],
        tf_idf=_estimated(target, other),
        simplest=_estimated(target, target.worth(simplest, part.targets)).value,
        gain=mean(worth - other),
    )


def report_alone(part: Part, target: Target, chances: Vectors) -> Report:
    """Judge what was answered about texts, where what was learned from is not at hand.

    Parameters
    ----------
    part
        N texts, and what is wanted of them.
    target
        What that is.
    chances
        float32 (N, K), the classifier's.

    Returns
    -------
    Report
        The figures of the classifier, with nothing beside.
    """
    others, counts = _FURTHER[target.name](target, chances, part.targets)
    is_kept = len(target.names) <= _MOST_KEPT
    return Report(
        part="test",
        n=len(part),
        n_shared=None,
        measure=target.measure,
        figure=_estimated(target, target.worth(chances, part.targets)),
        tf_idf=None,
        simplest=None,
        gain=None,
        others=others,
        labels=target.names if is_kept else (),
        counts=tuple(map(tuple, counts.tolist())) if is_kept else (),
    )


def _estimated(target: Target, worth: np.ndarray) -> Estimate:
    """Estimate the mean of what answers are worth; that of right and wrong ones is a proportion."""
    values = -worth if target.is_lower_better else worth
    if np.isin(values, (0, 1)).all():
        return proportion(int(values.sum()), len(values))
    return mean(values)


Further = tuple[dict[str, float], np.ndarray]


def _of_one_label(target: Target, chances: Vectors, numbers: np.ndarray) -> Further:
    """Count what was taken for what, and how sure that was."""
    given, n_labels = chances.argmax(1), len(target.names)
    if n_labels <= _MOST_IN_FULL:
        counts = confusion(numbers, given, n_labels)
        f1 = macro_f1(counts)
    else:
        counts = _of_each(numbers, given, n_labels)
        f1 = _macro_f1(*counts.T[:3])
    return {"macro F1": f1, "calibration error": calibration_error(chances, numbers)}, counts


def _of_each(true: Ids, given: Ids, n_labels: int) -> Counts:
    """Count for each label how often it was right, given wrongly and missed, and for what most."""
    is_right = true == given
    own, taken = np.asarray(true[~is_right], np.int64), given[~is_right]
    cells, times = np.unique(own * n_labels + taken, return_counts=True)
    most = np.lexsort((-cells, times))  # the most frequent last, and of those the first label
    worst = np.zeros((n_labels, 2), np.int64)
    worst[cells[most] // n_labels] = np.stack([cells[most] % n_labels, times[most]], 1)
    counts = [np.bincount(some, minlength=n_labels) for some in (true[is_right], taken, own)]
    return np.column_stack([*counts, worst])


def _macro_f1(right: Counts, wrong: Counts, missed: Counts) -> float:
    """Average F1 over the labels that are there or were given."""
    both = 2 * right + wrong + missed
    return float((2 * right[both > 0] / both[both > 0]).mean()) if both.any() else 0.0


def _of_several_labels(target: Target, chances: Vectors, numbers: np.ndarray) -> Further:
    """Count for each label how often it was right, wrong and missed."""
    given, true = chances >= _LIKELIER_THAN_NOT, numbers > 0
    counts = np.stack([(given & true).sum(0), (given & ~true).sum(0), (~given & true).sum(0)], 1)
    right, wrong, missed = counts.sum(0)
    micro = 2 * right / max(2 * right + wrong + missed, 1)
    return {"micro F1": float(micro), "all right": float((given == true).all(1).mean())}, counts


def _of_numbers(target: Target, chances: Vectors, numbers: np.ndarray) -> Further:
    """Correlate what was answered with what is right."""
    found = {
        "Pearson's r": pearson(chances[:, 0], numbers),
        "Spearman's rho": spearman(chances[:, 0], numbers),
    }
    known = {name: value for name, value in found.items() if value is not None}
    return known, np.empty((0, 0), np.int64)


_FURTHER = {"label": _of_one_label, "labels": _of_several_labels, "number": _of_numbers}
