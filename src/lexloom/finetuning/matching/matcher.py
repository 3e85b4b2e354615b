"""Encoders that tell better which texts belong together: similar ones, answers, translations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexloom.catalog import in_words
from lexloom.errors import SettingError
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.finetuning.card import cards
from lexloom.finetuning.embedding import embed_parts
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.matching.judging import Judge, judge_of, most_alike
from lexloom.finetuning.matching.match_parts import MatchParts, match_parts
from lexloom.finetuning.matching.text_pairs import DataName, Pairs, pairs_of
from lexloom.finetuning.task_trainer import CHECKED, Lesson, TaskTrainer
from lexloom.progress import Listener
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder

__all__ = ["Matcher"]


@settings
class Matcher(LearningSettings, TaskTrainer[Pairs, MatchParts, "Encoder"]):
    """Teach an encoder which texts belong together; what comes of it is an encoder.

    Examples are a csv, tsv, jsonl or parquet file, or one with a text on each line; or texts, pairs
    of texts, pairs with a number or label behind them, or records. Where one learns from texts
    alone, those to choose and to be judged by may be of another kind. `match_report.report_of`
    gives the report of the encoder.

    Attributes
    ----------
    method
        What learns: ``full``, all of the encoder, which ``auto`` is too; or ``lora``, small
        matrices beside those of the encoder (Hu et al. 2021).
    data
        What there is to learn from. ``scores``: pairs with a number, how alike they are.
        ``labels``: pairs with a label, as *entailment* or *yes*. ``pairs``: texts that belong
        together; each learns to find its other text among those of its batch. ``texts``: each by
        itself learns to find itself among those of its batch, while different numbers are left out
        (Gao et al. 2021, *SimCSE*). ``auto`` tells it by the fields found.
    widths
        Teach the first numbers of the vectors to be vectors themselves: so many of them, and so
        many (Kusupati et al. 2022, *Matryoshka*). The encoder gives the most.
    temperature
        What cosines are divided by, before the nearest of a batch is chosen: the lower, the more
        the nearest wrong ones count.
    score_range
        The lowest and the highest possible score; by default those of the pairs to learn from.
        They become the cosines 0 and 1; or -1 and 1 where the lowest is below 0.
    alike
        The label of pairs that belong together; by default that of the pairs which the untouched
        encoder finds most alike.
    text_field
        The field of the texts of records, by name; of those of a file that has no line of names by
        number from 1.
    other_field
        The field of the texts that belong to them.
    score_field
        The field of the numbers.
    label_field
        The field of the labels.
    """

    family: ClassVar[str] = "matcher"
    usual_rate: ClassVar[float] = 1e-4
    unit: ClassVar[str] = "pairs"

    method: Literal["auto", "full", "lora"] = "auto"
    data: DataName = "auto"
    widths: tuple[Annotated[int, Field(ge=1, le=1 << 16)], ...] = ()
    temperature: Annotated[float, Field(gt=0, le=1)] = 0.05
    score_range: tuple[float, float] | None = None
    alike: str | None = None
    text_field: str = TEXT
    other_field: str = "other"
    score_field: str = "score"
    label_field: str = LABEL
    batch: Annotated[int, Field(ge=2, le=1 << 16)] = 64
    batch_pieces: Annotated[int, Field(ge=1, le=1 << 20)] = 8192

    def _opened(self) -> Encoder:
        """Open the encoder."""
        from lexloom.contextual.encoder import Encoder
        from lexloom.finetuning.teaching import COMPILED

        model = super()._opened()
        if not isinstance(model, Encoder):
            raise SettingError(f"a matcher teaches an encoder, got {in_words(model.kind)}.")
        width = model.exact_network(COMPILED).width
        if max(self.widths, default=1) > width:
            raise SettingError(
                f"widths must be at most {width:,}, that of the encoder, got {max(self.widths):,}."
            )
        return model

    def range_of(self, scores: Sequence[float]) -> tuple[float, float]:
        """Give the lowest and the highest score there may be.

        Parameters
        ----------
        scores
            Those to learn from.

        Returns
        -------
        tuple
            Two numbers.

        Raises
        ------
        SettingError
            If a score is outside the range that was told.
        """
        found = min(scores), max(scores)
        low, high = self.score_range or found
        if not low <= found[0] <= found[1] <= high or low == high:
            raise SettingError(
                f"score_range must hold all scores of train, which go from {found[0]:g} to "
                f"{found[1]:g}, got {low:g} to {high:g}."
            )
        return low, high

    def _parts(
        self, train: Pairs, dev: Pairs | None, test: Pairs | None, model: Encoder
    ) -> MatchParts:
        """Take all pairs, and look at them."""
        names = ("text", "other", "score", "label")
        fields = {name: getattr(self, f"{name}_field") for name in names}
        given = {"train": pairs_of(train, self.data, fields, encoding=self.encoding)}
        # What is learned from texts alone may be looked at by pairs of which more is known.
        data = "auto" if self.data == "texts" else self.data
        for name, part in (("dev", dev), ("test", test)):
            if part is not None:
                given[name] = pairs_of(part, data, fields, encoding=self.encoding)
        parts = match_parts(given, batch=self.batch, dev_share=self.dev_share, seed=self.seed)
        self._check(parts)
        return parts

    def _check(self, parts: MatchParts) -> None:
        """Refuse settings that do not go with the pairs."""
        if parts.train.kind == "scores":
            self.range_of(parts.train.values)
        elif self.score_range is not None:
            raise SettingError(f"score_range is for scores, train has {parts.train.kind}.")
        if parts.train.kind == "texts" and self.dropout == 0:
            raise SettingError(
                "dropout must be above 0 to learn from texts alone: without it both times a text "
                "is read are the same."
            )
        if self.alike is not None and self.alike not in parts.labels:
            known = ", ".join(map(repr, parts.labels)) or "none"
            raise SettingError(f"alike must be one of the labels, {known}, got {self.alike!r}.")

    def _learned(self, lesson: Lesson[MatchParts]) -> Encoder:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.matching.match_learning import MatchLearning
        from lexloom.finetuning.matching.match_report import report_on_matches
        from lexloom.finetuning.matching.word_overlap import word_overlap
        from lexloom.finetuning.teaching import taught

        parts, model = lesson.parts, lesson.model
        choices = lesson.decided(lambda: self._choices(parts, model))
        name, judged = parts.judged
        dev = judge_of(parts.dev, choices["alike"])
        judge = dev if name == "dev" else judge_of(judged, choices["alike"])
        judges = {"judged": judge, "dev": dev}
        before = self._vectors(judges, model, lesson.listener)
        told = (parts, dev, choices["alike"], choices["precision"])
        _, metrics = taught(MatchLearning, self, lesson, *told)
        made = self._tuned(lesson)
        report = report_on_matches(
            judges,
            self._vectors(judges, made, lesson.listener),
            before,
            self._vectors(judges, word_overlap(parts.train), None),
            part=name, n_shared=parts.n_shared[name], widths=self.widths,
        )  # fmt: skip
        made.metrics = {
            "method": self.way,
            "data": parts.train.kind,
            **{name: value for name, value in choices.items() if name != "alike" or parts.labels},
            **self._range(parts),
            "measure": report.measure,
            "figure": report.figure.value,
            **metrics,
            "report": report.as_dict(),
        }
        made.notes = cards(made, report)
        return made

    def _label_counts(self, parts: MatchParts) -> dict[str, int]:
        """Count the pairs to learn from of each label, where they have such."""
        return dict(sorted(Counter(parts.train.values).items())) if parts.labels else {}

    def _choices(self, parts: MatchParts, model: Encoder) -> dict[str, Any]:
        """Choose what hangs on the machine, and which label means that texts belong together."""
        from lexloom.training.devices import precision_of

        alike = self.alike
        if alike is None and parts.labels:
            labelled = parts.train if parts.train.kind == "labels" else parts.dev
            alike = most_alike(labelled, model.embed_texts)
        return {"precision": precision_of(self.precision, self.device), "alike": alike or ""}

    def _tuned(self, lesson: Lesson[MatchParts]) -> Encoder:
        """Give the encoder as it is now, with how it is read from now on and how it was made."""
        model, made_from = lesson.model, self._made_from(lesson)
        width = max(self.widths, default=None)
        reading = replace(model.reading, layers="last", width=width, normalize=True)
        return model.tuned(reading, **made_from["lineage"], learned=made_from["settings"])

    def _range(self, parts: MatchParts) -> dict[str, Any]:
        """Say between what scores lie, where there are scores."""
        if parts.train.kind != "scores":
            return {}
        return {"score_range": list(self.range_of(parts.train.values))}

    def _forecast(self, parts: MatchParts, model: Encoder) -> dict[str, Any]:
        """Say what kind of pairs they are."""
        return {"data": parts.train.kind, "labels": list(parts.labels)}

    def _vectors(
        self, judges: dict[str, Judge], model: Any, listener: Listener | None
    ) -> dict[str, Any]:
        """Embed what judges look at: the texts to be judged by, and of `dev` if it draws a line."""
        from lexloom.training.devices import torch_threads

        judged, dev = judges["judged"], judges["dev"]
        asked = {"judged": judged.texts}
        if judged.needs_line and dev is not judged:
            asked["dev"] = dev.texts
        with torch_threads(self.threads):
            found = embed_parts(model, asked, listener)
        return found if dev is not judged else {**found, "dev": found["judged"]}

    def _answers(self, made: Encoder, parts: MatchParts) -> Any:
        """Embed some texts."""
        return made.embed_texts(parts.dev.texts[:CHECKED])
