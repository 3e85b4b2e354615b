"""Taggers: one tag a word or character, learned on top of an encoder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom.catalog import in_words
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import TEXT
from lexloom.finetuning.parts import Parts, count_shared, drawn_aside
from lexloom.finetuning.repeating import RepeatedSettings, RepeatedTrainer
from lexloom.finetuning.tagging.marked_texts import (
    holds_marked,
    marked_rows,
    read_marked,
    sentences_of_marked,
)
from lexloom.finetuning.tagging.tag_report import report_on_tags
from lexloom.finetuning.tagging.tag_scheme import TagScheme, opened
from lexloom.finetuning.tagging.tagged_sentences import (
    Tagged,
    TaggedParts,
    TaggedSentence,
    pairs_of_two,
    sentences_of,
)
from lexloom.finetuning.task_trainer import CHECKED, Lesson
from lexloom.oddities import tell_oddity
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.tagging.fitted_tagger import FittedTagger

__all__ = ["Tagger"]

_SHOWN = 5
_SHORT_UNITS = 0.9


@settings
class Tagger(RepeatedSettings, RepeatedTrainer[Tagged, TaggedParts, "FittedTagger"]):
    """Learn to give each word or character of a sentence a tag: names, parts of speech, chunks.

    Examples are a file with a unit and its tag on each line and an empty line behind each sentence;
    a jsonl file of texts and the spans in them; or pairs of units and tags, or of a text and spans
    ``(start, end, kind)``.

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
        The field of the texts in a jsonl file, by name or number from 1.
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
        parts = {"train": self._sentences(train, None)}
        by_character = _by_character(parts["train"])
        for name, part in (("dev", dev), ("test", test)):
            if part is not None:
                parts[name] = self._sentences(part, by_character)
        parts = _all_opened(parts)
        _check_tags(parts)
        if dev is None:
            sentences = parts["train"]
            is_aside = drawn_aside([each.units for each in sentences], self.dev_share, self.seed)
            for name, wanted in (("train", False), ("dev", True)):
                rows = np.flatnonzero(is_aside == wanted)
                parts[name] = [sentences[row] for row in rows]
            left = {tag for each in parts["train"] for tag in each.tags}
            if lost := sorted({tag for each in sentences for tag in each.tags} - left):
                raise FormatError(
                    f"no sentence is left to learn {lost[0]!r} from.", "Give more, or dev."
                )
            if not parts["dev"]:
                raise FormatError(
                    f"nothing is left to choose by: {len(parts['train']):,} sentences, all the "
                    "same, are too few to set some aside.",
                    "Give more, or dev= (--dev).",
                )
        known = {each.units for each in parts["train"]}
        others = {name: part for name, part in parts.items() if name != "train"}
        n_shared = count_shared(
            {name: [each.units in known for each in part] for name, part in others.items()},
            self.unit,
        )
        return Parts(**parts, n_shared=n_shared)

    def _sentences(self, given: Tagged, by_character: bool | None) -> list[TaggedSentence]:
        """Take sentences: of columns, of texts with spans, or as they are."""
        if isinstance(given, str | os.PathLike):
            if holds_marked(Path(given)):
                return read_marked(
                    Path(given), self.text_field, self.span_field,
                    by_character=by_character, encoding=self.encoding,
                )  # fmt: skip
            return sentences_of(given, self.unit_column, self.tag_column, encoding=self.encoding)
        rows = pairs_of_two(given)
        if rows and isinstance(rows[0], tuple) and isinstance(rows[0][0], str):
            return sentences_of_marked(marked_rows(rows), by_character=by_character)
        return sentences_of(rows)

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
            by_character=_by_character(parts.train),
            metrics={"method": self.way, **metrics, **choices},
            **self._made_from(lesson),
        )  # fmt: skip
        self._judge(made, parts)
        return made

    def _judge(self, made: FittedTagger, parts: TaggedParts) -> None:
        """Judge what was learned."""
        given = made.predict([each.units for each in parts.judged[1]])
        made.report = report_on_tags(parts, given, marks_spans=made.scheme.marks_spans)
        made.metrics |= {"measure": made.report.measure, "figure": made.report.figure.value}

    def _answers(self, made: FittedTagger, parts: TaggedParts) -> Any:
        """Tag some sentences."""
        return made.predict([each.units for each in parts.dev[:CHECKED]])


def _all_opened(parts: dict[str, list[TaggedSentence]]) -> dict[str, list[TaggedSentence]]:
    """Let all spans begin with ``B-``, and say how many did not."""
    tags = {tag for part in parts.values() for each in part for tag in each.tags}
    if not TagScheme(sorted(tags)).marks_spans:
        return parts
    made = {
        name: [replace(each, tags=opened(each.tags)) for each in part]
        for name, part in parts.items()
    }
    n_changed = sum(
        one != other
        for name, part in parts.items()
        for each, own in zip(part, made[name], strict=True)
        for one, other in zip(each.tags, own.tags, strict=True)
    )
    if n_changed:
        tell_oddity(f"{n_changed:,} spans begin with 'I-': they are read as begun with 'B-'.")
    return made


def _by_character(sentences: Sequence[TaggedSentence]) -> bool:
    """Say whether units are characters."""
    units = {unit for each in sentences for unit in each.units}
    return sum(len(unit) == 1 for unit in units) > _SHORT_UNITS * len(units)


def _check_tags(parts: Mapping[str, Sequence[TaggedSentence]]) -> None:
    """Refuse parts that are empty, and tags that cannot be learned."""
    counts = Counter(tag for each in parts["train"] for tag in each.tags)
    if len(counts) < 2:
        raise FormatError(f"a tagger needs at least two tags to learn, got {len(counts)}.")
    for name, part in parts.items():
        strange = Counter(tag for each in part for tag in each.tags if tag not in counts)
        if strange:
            told = ", ".join(f"{tag!r} ({n:,})" for tag, n in strange.most_common(_SHOWN))
            known = ", ".join(f"{tag!r} ({n:,})" for tag, n in counts.most_common(_SHOWN))
            raise FormatError(f"{name} has tags that train has not: {told}; it has {known}.")
        if not part:
            raise FormatError(f"{name} has no sentences.")
