"""Labels that are most likely wrong: those that what was learned elsewhere finds least likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT, LabelledTexts
from lexloom.finetuning.classifier import FittedClassifier, TextModel
from lexloom.finetuning.examples import Examples, examples_of
from lexloom.finetuning.linear import learn_linear
from lexloom.finetuning.targets.labels import OneLabel

__all__ = ["Doubt", "find_doubts"]


@dataclass(frozen=True)
class Doubt:
    """A text whose label is doubtful.

    Attributes
    ----------
    row
        Its number among the texts, from 1.
    text, label
        The text, and the label it has.
    likelier
        The label that seems likelier.
    chance
        How likely the label it has is, 0 to 1.
    """

    row: int
    text: str
    label: str
    likelier: str
    chance: float


def find_doubts(
    model: TextModel | FittedClassifier,
    examples: Examples,
    *,
    folds: int = 5,
    text_field: str = TEXT,
    label_field: str = LABEL,
    seed: int = 1,
) -> list[Doubt]:
    """Find texts whose label another seems likelier than, the most doubtful first.

    A classifier is asked what it thinks. Of any other model the vectors are taken, and texts are
    parted into folds: what is thought of those of one fold is learned from all others, so that no
    text vouches for itself (Northcutt et al. 2021, *Confident Learning*).

    Parameters
    ----------
    model
        A classifier that has not learned from these texts, or anything that gives texts vectors.
    examples
        N texts with one label each.
    folds
        Into how many parts to part them, at least 2.
    text_field
        The field of the texts in a file, by name or number from 1.
    label_field
        The field of the labels.
    seed
        What the parting hangs on.

    Returns
    -------
    list of Doubt
        Some of the texts.

    Raises
    ------
    SettingError
        If there are fewer than two folds, or a classifier gives no single label.
    FormatError
        If a label has fewer texts than there are folds, or the classifier does not know it.
    StorageError
        If a file cannot be read.
    MissingExtraError
        If scikit-learn is not installed.
    """
    texts = examples_of(examples, text_field, label_field)
    if isinstance(model, FittedClassifier):
        names, chances = model.labels, _asked(model, texts)
    else:
        names, chances = _out_of_fold(model, texts, folds, seed)
    number_of = {name: number for number, name in enumerate(names)}
    given = np.array([number_of[label] for label in texts.labels], np.int64)
    best = chances.argmax(1)
    own = chances[np.arange(len(texts)), given]
    rows = np.flatnonzero(best != given)
    return [
        Doubt(int(row) + 1, texts.texts[row], texts.labels[row], names[best[row]], float(own[row]))
        for row in rows[np.argsort(own[rows], kind="stable")]
    ]


def _asked(classifier: FittedClassifier, texts: LabelledTexts) -> Vectors:
    """Let a classifier say how likely each label is."""
    if not isinstance(classifier.target, OneLabel):
        raise SettingError(f"doubts are about one label, this gives a {classifier.target.name}.")
    strange = sorted(set(texts.labels) - set(classifier.labels))
    if strange:
        known = ", ".join(map(repr, classifier.labels))
        raise FormatError(f"the classifier does not know the label {strange[0]!r}, but {known}.")
    return classifier.predict_proba(texts.texts)


def _out_of_fold(
    model: TextModel, texts: LabelledTexts, folds: int, seed: int
) -> tuple[tuple[str, ...], Vectors]:
    """Say of each text how likely each label is, by what the other folds teach."""
    if folds < 2:
        raise SettingError(f"folds must be at least 2, got {folds}.")
    target = OneLabel.learned({"train": texts}, ",")
    numbers = target.numbers(texts.labels)
    counts = np.bincount(numbers)
    if counts.min() < folds:
        name = target.names[int(counts.argmin())]
        raise FormatError(
            f"each label needs at least {folds} texts, one a fold; {name!r} has {counts.min()}.",
            "Give fewer folds, or leave out that label.",
        )
    vectors, fold_of = model.embed_texts(texts.texts), _folds(numbers, folds, seed)
    chances = np.empty((len(texts), len(target.names)), np.float32)
    for fold in range(folds):
        others, own = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        none: tuple[Any, Any] = (vectors[:0], numbers[:0])
        head = learn_linear((vectors[others], numbers[others]), none, target, balanced=False)
        chances[own] = target.chances(head.scores(vectors[own]))
    return target.names, chances


def _folds(numbers: np.ndarray, folds: int, seed: int) -> Ids:
    """Part texts into folds, each label evenly: int32 (N)."""
    draw = np.random.Generator(np.random.Philox(key=[seed, folds]))
    found = np.empty(len(numbers), np.int32)
    for number in np.unique(numbers):
        rows = draw.permutation(np.flatnonzero(numbers == number))
        found[rows] = np.arange(len(rows)) % folds
    return found
