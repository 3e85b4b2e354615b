"""Text classifiers: labels learned on top of any model that gives texts vectors."""

from __future__ import annotations

import difflib
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexloom.arrays import Vectors
from lexloom.errors import SettingError
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.finetuning.bag_learning import FromNothing
from lexloom.finetuning.baseline import tf_idf_chances
from lexloom.finetuning.choosing import Choice, choose, is_few
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.examples import Examples, examples_of
from lexloom.finetuning.labelled_parts import LabelledParts, parted
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.methods import METHODS, by_bags, tell_idle
from lexloom.finetuning.repeating import RepeatedSettings, RepeatedTrainer
from lexloom.finetuning.report import report_on
from lexloom.finetuning.targets.target import TargetName
from lexloom.finetuning.task_trainer import CHECKED, Lesson
from lexloom.settings import settings

__all__ = ["TextClassifier"]


@settings
class TextClassifier(RepeatedSettings, RepeatedTrainer[Examples, LabelledParts, FittedClassifier]):
    """Learn to give texts labels, or a number, on top of a model.

    Examples are pairs of a text and its label, records, or a csv, tsv, jsonl or parquet file. Few
    texts (below 200, or with ``few-shot``) are all learned from: none is set aside, and without
    `test` there is no report.

    With ``fasttext`` as the model there is none: vectors of words and of pairs of words are learned
    with the labels (Joulin et al. 2017), in seconds.

    Attributes
    ----------
    minutes
        With ``auto``, about how long ``full`` may take to be chosen.
    target
        What is wanted of a text: one ``label``; its ``sentiment``, negative, neutral or positive,
        however that is spelled: as words, 0 and 1, or stars; any number of ``labels``; or a
        ``number``.
    separator
        What stands between several labels of a text, where they are no list.
    class_weights
        ``balanced`` lets each label weigh the same, however many texts have it.
    text_field
        The field of the texts of records, by name; of those of a file that has no line of names by
        number from 1.
    label_field
        The field of the labels.

    Examples
    --------
    >>> from lexloom import BagOfWords, Corpus
    >>> texts = ["good room", "bad room", "good food", "bad food"] * 20
    >>> corpus = Corpus.from_texts(texts, language="en", min_count=1)
    >>> BagOfWords().fit(corpus, out="reviews.bag", force=True).width
    4
    >>> examples = [(f"{text} {n}", text[:3]) for n, text in enumerate(texts)]
    >>> classifier = TextClassifier(model="reviews.bag").fit(examples)
    >>> classifier.predict(["good good room", "bad"])
    ['goo', 'bad']
    """

    family: ClassVar[str] = "text_classifier"
    usual_epochs: ClassVar[int] = 2

    may_differ: ClassVar[frozenset[str]] = LearningSettings.may_differ | {"minutes"}

    minutes: Annotated[float, Field(gt=0)] = 30.0
    target: TargetName = "label"
    separator: Annotated[str, Field(min_length=1)] = ","
    class_weights: Literal["none", "balanced"] = "none"
    text_field: str = TEXT
    label_field: str = LABEL

    def _opened(self) -> Any:
        """Open the model, unless there is none."""
        if self.model != FromNothing.name:
            near = difflib.get_close_matches(self.model.lower(), [FromNothing.name], 1, 0.8)
            if near and not Path(self.model).exists():
                raise SettingError(
                    f"there is no model {self.model!r}.", f"Did you mean {FromNothing.name}?"
                )
            return super()._opened()
        if self.method not in {"auto", "full"}:
            raise SettingError(
                f"method {self.method!r} needs a model, {FromNothing.name} begins with none.",
                f"Leave out the method, or write ./{FromNothing.name} for a folder of that name.",
            )
        return FromNothing()

    def _origin(self, model: Any) -> Any:
        """Tell a model from others."""
        return model.kind if isinstance(model, FromNothing) else super()._origin(model)

    def _parts(
        self, train: Examples, dev: Examples | None, test: Examples | None, model: Any
    ) -> LabelledParts:
        """Take all texts and labels, and look at them."""
        take = partial(
            examples_of, text_field=self.text_field, label_field=self.label_field,
            may_lack=self.target == "labels", encoding=self.encoding,
        )  # fmt: skip
        learned = take(train)
        others = [None if part is None else take(part) for part in (dev, test)]
        return parted(
            learned, *others, target=self.target, separator=self.separator,
            dev_share=0.0 if is_few(self, len(learned), model) else self.dev_share, seed=self.seed,
        )  # fmt: skip

    def _forecast(self, parts: LabelledParts, model: Any) -> dict[str, Any]:
        """Say how it would be learned."""
        return {**asdict(choose(self, parts, model)), "labels": list(parts.target.names)}

    def _label_counts(self, parts: LabelledParts) -> dict[str, int]:
        """Count the texts to learn from of each label."""
        counts = parts.target.counts(parts.train.targets)
        return dict(zip(parts.target.names, map(int, counts), strict=True))

    def _learned(self, lesson: Lesson[LabelledParts]) -> FittedClassifier:
        """Learn, and judge what was learned."""
        parts, model = lesson.parts, lesson.model
        choice = Choice(**lesson.decided(lambda: asdict(choose(self, parts, model))))
        chosen: TextClassifier = replace(self, method=choice.method)
        anew = isinstance(model, FromNothing)
        tell_idle(self, FromNothing.name if anew else choice.method)
        learn_by = by_bags if anew else METHODS[choice.method]
        learned = learn_by(chosen, lesson, choice)
        head = learned.head
        if len(parts.dev):
            scores = head.scores(learned.vectors["dev"])
            head = head.calibrated(scores, parts.dev.targets, parts.target)
        told = {name: getattr(choice, name) for name in ("method", "why", "precision")}
        made = FittedClassifier(
            learned.model, head, parts.target, metrics={**told, **learned.metrics},
            **self._made_from(lesson),
        )  # fmt: skip
        vectors = learned.vectors[parts.judged[0]]
        self._judge(made, parts, parts.target.chances(head.scores(vectors)))
        return made

    def _judge(
        self, made: FittedClassifier, parts: LabelledParts, chances: Vectors | None = None
    ) -> None:
        """Judge what was learned, by what it says of texts if that is known already."""
        _, judged = parts.judged
        if not len(judged):
            return
        if chances is None:
            chances = made.predict_proba(judged.texts)
        baseline = tf_idf_chances(parts, balanced=self.class_weights == "balanced")
        made.report = report_on(parts, chances, baseline)
        made.metrics |= made.report.figures

    def _answers(self, made: FittedClassifier, parts: LabelledParts) -> Any:
        """Score some texts."""
        return made.scores(parts.train.texts[:CHECKED])
