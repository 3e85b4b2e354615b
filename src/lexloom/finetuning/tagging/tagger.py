"""Taggers: one tag a word or character, learned on top of an encoder."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexloom.catalog import in_words
from lexloom.errors import SettingError
from lexloom.evaluation.labelled import TEXT
from lexloom.finetuning.repeating import RepeatedSettings, RepeatedTrainer
from lexloom.finetuning.tagging.tag_report import report_on_tags
from lexloom.finetuning.tagging.tag_scheme import TagScheme
from lexloom.finetuning.tagging.tagged_examples import FIELDS, are_characters, taken, with_dev
from lexloom.finetuning.tagging.tagged_sentences import Tagged, TaggedParts
from lexloom.finetuning.task_trainer import CHECKED, Lesson
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.tagging.fitted_tagger import FittedTagger

__all__ = ["Tagger"]


@settings
class Tagger(RepeatedSettings, RepeatedTrainer[Tagged, TaggedParts, "FittedTagger"]):
    """Learn to give each word or character of a sentence a tag: names, parts of speech, chunks.

    Examples are a file with a unit and its tag on each line and an empty line behind each sentence;
    a jsonl file of texts and the spans in them, or such records; or pairs of units and tags, or of
    a text and spans ``(start, end, kind)``.

    Attributes
    ----------
    method
        What learns: ``full``, all of the encoder and a layer on top, which ``auto`` is too;
        ``lora``, small matrices beside those of the encoder, and a layer (Hu et al. 2021);
        ``head``, the layer alone.
    unit_column
        The column of the units in a file, from 1; from -1 counted from the end.
    tag_column
        The column of the tags.
    text_field
        The field of the texts of records, by name; of those of a file that has no line of names by
        number from 1.
    span_field
        The field of their spans: a list, each ``[start, end, kind]`` or an object with ``start``,
        ``end`` and ``label``; the end is the character behind the last.
    """

    family: ClassVar[str] = "tagger"
    unit: ClassVar[str] = "sentences"
    usual_rate: ClassVar[float] = 1.5e-4

    method: Literal["auto", "head", "full", "lora"] = "auto"
    unit_column: Annotated[int, Field(ge=-100, le=100)] = 1
    tag_column: Annotated[int, Field(ge=-100, le=100)] = -1
    text_field: str = TEXT
    span_field: str = "spans"

    def _opened(self) -> Encoder:
        """Open the encoder."""
        from lexloom.contextual.encoder import Encoder

        model = super()._opened()
        if not isinstance(model, Encoder):
            raise SettingError(f"a tagger is learned on an encoder, got {in_words(model.kind)}.")
        return model

    def _parts(
        self, train: Tagged, dev: Tagged | None, test: Tagged | None, model: Encoder
    ) -> TaggedParts:
        """Take all sentences, and look at their tags."""
        given = {"train": train, "dev": dev, "test": test}
        fields = {name: getattr(self, name) for name in FIELDS}
        parts = taken({name: part for name, part in given.items() if part is not None}, **fields)
        return with_dev(parts, dev_share=self.dev_share, seed=self.seed)

    def _learned(self, lesson: Lesson[TaggedParts]) -> FittedTagger:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.tagging.fitted_tagger import FittedTagger
        from lexloom.finetuning.tagging.tag_learning import TagLearning
        from lexloom.finetuning.teaching import taught
        from lexloom.training.devices import precision_of

        parts, model = lesson.parts, lesson.model
        choices = lesson.decided(lambda: {"precision": precision_of(self.precision, self.device)})
        tags = sorted({tag for each in parts.train for tag in each.tags})
        scheme = TagScheme(tags)
        looked_at = (parts.train, parts.dev)
        learning, metrics = taught(
            TagLearning, self, lesson, looked_at, scheme, choices["precision"]
        )
        made = FittedTagger(
            model.tuned(replace(model.reading, layers="last", pieces="mean", width=None)),
            learning.network.head(), tags,
            by_character=are_characters(parts.train),
            metrics={"method": self.way, **metrics, **choices},
            **self._made_from(lesson),
        )  # fmt: skip
        self._judge(made, parts)
        return made

    def _label_counts(self, parts: TaggedParts) -> dict[str, int]:
        """Count the units to learn from of each tag."""
        return dict(sorted(Counter(tag for each in parts.train for tag in each.tags).items()))

    def _judge(self, made: FittedTagger, parts: TaggedParts) -> None:
        """Judge what was learned."""
        given = made.predict([each.units for each in parts.judged[1]])
        made.report = report_on_tags(parts, given, marks_spans=made.scheme.marks_spans)
        made.metrics |= {"measure": made.report.measure, "figure": made.report.figure.value}

    def _answers(self, made: FittedTagger, parts: TaggedParts) -> Any:
        """Tag some sentences."""
        return made.predict([each.units for each in parts.dev[:CHECKED]])
