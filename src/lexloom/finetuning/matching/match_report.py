"""How well an encoder tells what belongs together, beside the untouched one and tf-idf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lexloom.arrays import Floats
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.classifier import TextModel
from lexloom.finetuning.fitted import reading_of
from lexloom.finetuning.matching.judging import Judge, judge_of, most_alike
from lexloom.finetuning.matching.match_parts import pairs_to_look_at
from lexloom.finetuning.matching.text_pairs import Pairs, pairs_of
from lexloom.finetuning.matching.word_overlap import word_overlap
from lexloom.finetuning.task_report import TaskReport
from lexloom.reporting.tables import Table

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder

__all__ = ["MatchReport", "evaluate_matches", "report_of", "report_on_matches"]

_READING: Mapping[str, Any] = {
    "text_field": TEXT, "other_field": "other", "score_field": "score", "label_field": LABEL,
    "data": "auto", "encoding": "utf-8",
}  # fmt: skip
Vectors = Mapping[str, Any]
"""Those of the texts of ``judged``, and of ``dev`` where a line is to be drawn by it."""


@dataclass(frozen=True)
class MatchReport(TaskReport):
    """What an encoder makes of pairs that it has not learned from.

    Attributes
    ----------
    measure
        What the figures are. ``Spearman's rho`` of cosines and scores. ``accuracy`` of taking texts
        to belong together from that cosine on which is best for ``dev``. ``recall@1``, how often
        the other text of a pair is the nearest of all others; ``of halves``: of texts that nobody
        said anything of, the second half by the first.
    figure
        Of this encoder, with its 95 % interval.
    untouched
        Of the encoder as it was before; None where that is not at hand.
    gain
        How much better it became, pair by pair, with its 95 % interval; None likewise.
    tf_idf
        Of cosines of counts of words.
    others
        Further figures by name.
    widths
        For each width that was taught: so many of the first numbers, the figure, and that of the
        encoder as it was.
    """

    unit: ClassVar[str] = "pairs"

    measure: str
    figure: Estimate
    untouched: Estimate | None
    gain: Estimate | None
    tf_idf: Estimate
    others: Mapping[str, float]
    widths: tuple[tuple[int, float | None, float | None], ...]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MatchReport:
        """Take back what `as_dict` gave.

        Parameters
        ----------
        values
            As read from JSON.

        Returns
        -------
        MatchReport
            The same.
        """
        names = ("figure", "untouched", "gain", "tf_idf")
        estimates = {name: Estimate(**values[name]) for name in names if values[name] is not None}
        widths = tuple(tuple(row) for row in values["widths"])
        return cls(**{**values, **estimates, "widths": widths})

    @property
    def _of(self) -> str:
        return f"{self.measure} on "

    def _figures(self) -> Iterator[str]:
        yield f"  this encoder    {self.figure}"
        if self.gain is not None:
            yield f"  untouched       {self.untouched}; it became {self.gain.as_gain()}"
        yield f"  tf-idf          {self.tf_idf}"
        if self.others:
            yield "  " + ", ".join(f"{name} {value:.3f}" for name, value in self.others.items())

    def _details(self) -> Iterator[str]:
        if self.widths:
            yield from self.table().to_text().splitlines()

    def table(self) -> Table:
        """Give the figure at each width as a table."""
        return Table(("width", self.measure, "untouched"), self.widths)


def report_of(encoder: Encoder) -> MatchReport | None:
    """Take the report out of an encoder that `Matcher` made.

    Parameters
    ----------
    encoder
        As it was made, or opened again.

    Returns
    -------
    MatchReport or None
        None of any other encoder.
    """
    written = encoder.metrics.get("report")
    return None if written is None else MatchReport.from_dict(written)


def evaluate_matches(encoder: TextModel, pairs: Pairs, **reading: Any) -> MatchReport:
    """Judge what an encoder makes of pairs of texts, whether or not it was taught any.

    Parameters
    ----------
    encoder
        Anything that gives texts vectors.
    pairs
        As `Matcher` takes them.
    **reading
        `text_field`, `other_field`, `score_field`, `label_field` and `encoding`, by default those
        that it was taught with, if it was; and `data`, what they are, by default as they look.

    Returns
    -------
    MatchReport
        Its figures beside those of tf-idf. Of labels the average precision, for the one that means
        together where it was taught, else the one that it finds most alike: no line was drawn by
        other pairs.

    Raises
    ------
    SettingError
        If they are no pairs, or there is no such setting.
    FormatError
        If a file has no such fields, or there are too few pairs.
    StorageError
        If a file cannot be read.
    """
    taught = getattr(encoder, "lineage", {}).get("learned", {})
    said = reading_of(_READING, {**taught, "data": "auto"}, reading)
    fields = {name: said[f"{name}_field"] for name in ("text", "other", "score", "label")}
    taken = pairs_of(pairs, said["data"], fields, encoding=said["encoding"])
    given = pairs_to_look_at(taken)
    alike = str(getattr(encoder, "metrics", {}).get("alike", ""))
    if given.kind == "labels" and alike not in given.values:
        alike = most_alike(given, encoder.embed_texts)
    judge = judge_of(given, alike)

    def figure(model: TextModel) -> tuple[Floats, Estimate]:
        answers = judge.answers(model.embed_texts(judge.texts))
        if judge.needs_line:
            return answers, Estimate(judge.quality(answers), None, None)
        return answers, judge.figure(answers, 0.0)

    answers, own = figure(encoder)
    return MatchReport(
        part="test",
        n=len(judge),
        n_shared=None,
        measure=f"average precision of {alike}" if judge.needs_line else judge.measure,
        figure=own,
        untouched=None,
        gain=None,
        tf_idf=figure(word_overlap(given))[1],
        others={} if judge.needs_line else judge.others(answers),
        widths=(),
    )


def report_on_matches(
    judges: Mapping[str, Judge], after: Vectors, before: Vectors, tf_idf: Vectors, **said: Any
) -> MatchReport:
    """Judge what an encoder makes of the pairs kept for the end.

    Parameters
    ----------
    judges
        What looks at ``judged``, and at ``dev``.
    after
        What the encoder gives the texts of each.
    before
        What it gave them before it learned.
    tf_idf
        What counts of words give.
    **said
        `part`, `n_shared`, and as `widths` how many of the first numbers were taught.

    Returns
    -------
    MatchReport
        The figures.
    """
    judge = judges["judged"]

    def looked(vectors: Vectors, width: int | None = None) -> tuple[Any, float]:
        cut = {n: own if width is None else own[:, :width] for n, own in vectors.items()}
        line = judges["dev"].line(judges["dev"].answers(cut["dev"])) if judge.needs_line else 0.0
        return judge.answers(cut["judged"]), line

    now, then = looked(after), looked(before)
    widths = [
        (n, judge.figure(*looked(after, n)).value, judge.figure(*looked(before, n)).value)
        for n in said.pop("widths")
    ]
    return MatchReport(
        n=len(judge),
        measure=judge.measure,
        figure=judge.figure(*now),
        untouched=judge.figure(*then),
        gain=judge.gain(*now, *then),
        tf_idf=judge.figure(*looked(tf_idf)),
        others=judge.others(now[0]),
        widths=tuple(widths),
        **said,
    )
