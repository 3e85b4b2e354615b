"""Text classifiers: labels learned on top of any model that gives texts vectors."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom import __version__
from lexloom.errors import DamagedError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.finetuning.bag_learning import FromNothing
from lexloom.finetuning.baseline import tf_idf_chances
from lexloom.finetuning.choosing import Choice, choose, is_few
from lexloom.finetuning.classifier import FittedClassifier, TextModel
from lexloom.finetuning.examples import Examples, Parts, examples_of, parted
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.methods import METHODS, Learned, by_bags
from lexloom.finetuning.report import report_on
from lexloom.finetuning.targets.target import TargetName
from lexloom.opening import identity_of
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.folders import RUN, decided, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["TextClassifier"]

_TEXTS_CHECKED, _MOST_APART = 8, 1e-2


@settings
class TextClassifier(LearningSettings):
    """Learn to give texts labels, or a number, on top of a model.

    With ``fasttext`` as the model there is none: vectors of words and of pairs of words are learned
    with the labels (Joulin et al. 2017), in seconds.

    Attributes
    ----------
    target
        What is wanted of a text: one ``label``; its ``sentiment``, negative, neutral or positive,
        however that is spelled: as words, 0 and 1, or stars; any number of ``labels``; or a
        ``number``.
    separator
        What stands between several labels of a text, where they are no list.
    class_weights
        ``balanced`` lets each label weigh the same, however many texts have it.
    text_field
        The field of the texts in a file, by name or number from 1.
    label_field
        The field of the labels in a file.

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

    target: TargetName = "label"
    separator: Annotated[str, Field(min_length=1)] = ","
    class_weights: Literal["none", "balanced"] = "none"
    text_field: str = TEXT
    label_field: str = LABEL

    def fit(
        self,
        train: Examples,
        dev: Examples | None = None,
        *,
        test: Examples | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
        on_choice: Callable[[Choice], None] | None = None,
    ) -> FittedClassifier:
        """Learn labels from texts that have them.

        Parameters
        ----------
        train
            What to learn from: pairs of a text and its label, or a csv, tsv, jsonl or parquet file.
        dev
            What to look at while learning; by default a share of `train` is set aside, of few
            texts nothing.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so;
            without either there is none.
        out
            A folder to write the classifier into, with the model it stands on.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.
        on_choice
            Told how it will be learned, why, and about how long that takes.

        Returns
        -------
        FittedClassifier
            What gives texts labels, with its report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If there are fewer than two labels, a label of `dev` or `test` is not among those of
            `train`, what should be a number is none, a file has no such fields, or `model` is none.
        StorageError
            If a file cannot be read, or `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        MissingExtraError
            If scikit-learn, or what the model needs, is not installed.
        """
        model = self.opened()
        parts, few = self._parts(train, dev, test, model)
        run = self._identity(parts, model)

        def learn(checkpoints: Checkpoints | None) -> FittedClassifier:
            made = decided(checkpoints, run, lambda: asdict(choose(self, parts, model, few=few)))
            choice = Choice(**made)
            if on_choice is not None:
                on_choice(choice)
            chosen: TextClassifier = replace(self, method=choice.method)
            learn_by = by_bags if isinstance(model, FromNothing) else METHODS[choice.method]
            learned = learn_by(chosen, parts, model, choice, on_progress, checkpoints)
            return self._made(parts, run, choice, learned)

        classifier = fitted(learn, run, out, resume=resume, force=force)
        if out is not None:
            _check_kept(classifier, out, parts)
        return classifier

    def rehearse(
        self, train: Examples, dev: Examples | None = None, test: Examples | None = None
    ) -> tuple[Parts, Choice]:
        """Look at everything that `fit` would, and say how it would learn.

        Parameters
        ----------
        train
            What to learn from.
        dev
            What to look at while learning.
        test
            What to be judged by at the end.

        Returns
        -------
        tuple
            All texts and labels, and the way of learning.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        model = self.opened()
        parts, few = self._parts(train, dev, test, model)
        return parts, choose(self, parts, model, few=few)

    def opened(self) -> Any:
        """Open the model, unless there is none.

        Returns
        -------
        Any
            As of `LearningSettings`, or `FromNothing`.

        Raises
        ------
        SettingError
            If there is a method, and no model.
        StorageError, FormatError, MissingExtraError
            As of `LearningSettings`.
        """
        if self.model != FromNothing.name:
            return super().opened()
        if self.method not in {"auto", "full"}:
            raise SettingError(
                f"method {self.method!r} needs a model, {FromNothing.name} begins with none.",
                f"Leave out the method, or write ./{FromNothing.name} for a folder of that name.",
            )
        return FromNothing()

    def _parts(
        self, train: Examples, dev: Examples | None, test: Examples | None, model: TextModel
    ) -> tuple[Parts, bool]:
        """Take all texts and labels, and look at them; say whether they are few."""
        fields = (self.text_field, self.label_field)
        learned = examples_of(train, *fields)
        others = [None if part is None else examples_of(part, *fields) for part in (dev, test)]
        few = is_few(self, len(learned), model)
        parts = parted(
            learned, *others, target=self.target, separator=self.separator,
            dev_share=0.0 if few else self.dev_share, seed=self.seed,
        )  # fmt: skip
        return parts, few

    def _identity(self, parts: Parts, model: TextModel) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        return {
            "trainer": self.family,
            "lexloom": __version__,
            **same,
            "model": model.kind if isinstance(model, FromNothing) else identity_of(model),
            "texts": parts.digest(),
        }

    def _made(
        self, parts: Parts, run: dict[str, Any], choice: Choice, learned: Learned
    ) -> FittedClassifier:
        """Calibrate and judge what was learned, where there is something to do so by."""
        head, report = learned.head, None
        if len(parts.dev):
            scores = head.scores(learned.vectors["dev"])
            head = head.calibrated(scores, parts.dev.targets, parts.target)
        name, judged = parts.judged
        if len(judged):
            chances = parts.target.chances(head.scores(learned.vectors[name]))
            baseline = tf_idf_chances(parts, balanced=self.class_weights == "balanced")
            report = report_on(parts, chances, baseline)
        return FittedClassifier(
            learned.model, head, parts.target,
            settings={"trainer": self.family, **as_dict(self)},
            lineage=self._lineage(parts, run),
            metrics={
                "method": choice.method,
                "why": choice.why,
                "precision": choice.precision,
                **({} if report is None else report.figures),
                **learned.metrics,
            },
            report=report,
        )  # fmt: skip

    def _lineage(self, parts: Parts, run: dict[str, Any]) -> dict[str, Any]:
        """Say what the result was made from."""
        return {
            RUN: run_digest(run),
            "model": run["model"],
            "texts": run["texts"],
            "n_texts": {name: len(part) for name, part in parts.named.items()},
        }


def _check_kept(made: FittedClassifier, out: str | os.PathLike[str], parts: Parts) -> None:
    """Make sure that what was kept answers as what was made."""
    some = parts.train.texts[:_TEXTS_CHECKED]
    kept = FittedClassifier.load(out, verify="structure")
    apart = float(np.abs(kept.scores(some) - made.scores(some)).max())
    if apart > _MOST_APART:
        raise DamagedError(
            f"was kept, but answers otherwise than what was learned: scores are {apart:.3g} apart.",
            "This is a defect of lexloom.",
            path=out,
        )
