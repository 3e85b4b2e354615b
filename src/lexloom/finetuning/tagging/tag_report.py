"""How good a tagger is, beside giving each unit the tag it has most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from lexloom.evaluation.metrics.intervals import Estimate, ratio
from lexloom.evaluation.metrics.spans import count_spans
from lexloom.finetuning.tagging.tagged_sentences import TaggedParts, TaggedSentence
from lexloom.finetuning.task_report import TaskReport
from lexloom.reporting.tables import Table

__all__ = ["TagReport", "report_on_tags", "tag_report_alone"]

Tags = Sequence[Sequence[str]]


@dataclass(frozen=True)
class TagReport(TaskReport):
    """What a tagger makes of sentences that it has not learned from.

    Attributes
    ----------
    measure
        ``F1 of spans``, or ``right tags`` where tags mark no spans.
    figure
        Of this tagger, with its 95 % interval, by drawing sentences again.
    simplest
        Of giving each unit the tag that it has most often among those learned from, and others the
        most frequent tag; None where these are not at hand.
    right_tags
        The share of right tags.
    kinds
        For each kind of span its name, how many there are, precision, recall and F1.
    """

    unit: ClassVar[str] = "sentences"

    measure: str
    figure: Estimate
    simplest: float | None
    right_tags: float
    kinds: tuple[tuple[str, int, float, float, float], ...]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TagReport:
        """Take back what `as_dict` gave.

        Parameters
        ----------
        values
            As read from JSON.

        Returns
        -------
        TagReport
            The same.
        """
        kinds = tuple(tuple(row) for row in values["kinds"])
        return cls(**{**values, "figure": Estimate(**values["figure"]), "kinds": kinds})

    @property
    def _of(self) -> str:
        return f"{self.measure} on "

    def _figures(self) -> Iterator[str]:
        yield f"  this model      {self.figure}; right tags {self.right_tags:.3f}"
        if self.simplest is not None:
            yield f"  one for each    {self.simplest:.3f}: the most frequent tag of each unit"

    def _details(self) -> Iterator[str]:
        if self.kinds:
            yield from self.table().to_text().splitlines()

    def table(self) -> Table:
        """Give the figures of each kind of span as a table."""
        return Table(("kind", "spans", "precision", "recall", "F1"), self.kinds)


def report_on_tags(parts: TaggedParts, given: Tags, *, marks_spans: bool) -> TagReport:
    """Judge the tags that were given to sentences.

    Parameters
    ----------
    parts
        All sentences, with their tags.
    given
        The tags that those of ``parts.judged`` were given.
    marks_spans
        Whether tags mark spans.

    Returns
    -------
    TagReport
        The figures.
    """
    name, judged = parts.judged
    compare = _spans if marks_spans else _right
    simplest = compare([each.tags for each in judged], _most_frequent(parts.train, judged))
    return replace(
        tag_report_alone(judged, given, marks_spans=marks_spans),
        part=name,
        n_shared=parts.n_shared[name],
        simplest=_divided(simplest),
    )


def tag_report_alone(
    judged: Sequence[TaggedSentence], given: Tags, *, marks_spans: bool
) -> TagReport:
    """Judge the tags that were given to sentences, where what was learned from is not at hand.

    Parameters
    ----------
    judged
        Sentences with their tags.
    given
        The tags that they were given.
    marks_spans
        Whether tags mark spans.

    Returns
    -------
    TagReport
        The figures of the tagger, with nothing beside.
    """
    true = [sentence.tags for sentence in judged]
    rows = _spans(true, given) if marks_spans else _right(true, given)
    counts = count_spans(true, given) if marks_spans else {}
    kinds = tuple(
        (kind, found.n_true, found.precision, found.recall, found.f1)
        for kind, found in counts.items()
        if kind
    )
    return TagReport(
        part="test",
        n=len(judged),
        n_shared=None,
        measure="F1 of spans" if marks_spans else "right tags",
        figure=ratio(*rows),
        simplest=None,
        right_tags=_divided(_right(true, given)),
        kinds=kinds,
    )


def _spans(true: Tags, given: Tags) -> tuple[np.ndarray, np.ndarray]:
    """Give for each sentence 2 · right and given + true spans, whose sums divide to F1."""
    found = [count_spans([one], [other])[""] for one, other in zip(true, given, strict=True)]
    return (
        np.array([2 * each.n_right for each in found], np.float64),
        np.array([each.n_given + each.n_true for each in found], np.float64),
    )


def _right(true: Tags, given: Tags) -> tuple[np.ndarray, np.ndarray]:
    """Give for each sentence how many tags are right, and how many there are."""
    right = [sum(map(str.__eq__, one, other)) for one, other in zip(true, given, strict=True)]
    return np.array(right, np.float64), np.array([len(row) for row in true], np.float64)


def _divided(rows: tuple[np.ndarray, np.ndarray]) -> float:
    """Divide sums; 0 of nothing is 0."""
    return float(rows[0].sum() / max(rows[1].sum(), 1))


def _most_frequent(train: Sequence[TaggedSentence], judged: Sequence[TaggedSentence]) -> Tags:
    """Give each unit the tag it has most often."""
    pairs = Counter(
        pair for sentence in train for pair in zip(sentence.units, sentence.tags, strict=True)
    )
    all_tags = Counter[str]()
    best: dict[str, str] = {}
    for (unit, tag), n in pairs.most_common():
        best.setdefault(unit, tag)
        all_tags[tag] += n
    other = all_tags.most_common(1)[0][0]
    return [[best.get(unit, other) for unit in sentence.units] for sentence in judged]
