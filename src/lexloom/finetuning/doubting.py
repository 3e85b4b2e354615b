"""Labels that are most likely wrong: those that what was learned elsewhere finds least likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT, LabelledTexts
from lexloom.finetuning.classifier import FittedClassifier, TextModel
from lexloom.finetuning.examples import Examples, examples_of
from lexloom.finetuning.linear import learn_linear
from lexloom.finetuning.targets.kinds import known_numbers
from lexloom.finetuning.targets.labels import OneLabel

__all__ = ["Doubt", "find_doubts"]

_NO_FOLD = -1
_GIVEN = {"labels": "several labels", "number": "a number"}


@dataclass(frozen=True)
class Doubt:
    """A text whose label is doubtful.

    Attributes
    ----------
    row
        Its number among the records of the file, or among the texts, from 1.
    text, label
        The text, and the label it has, as it is written there.
    likelier
        The label that seems likelier, as the model calls it.
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
    encoding: str = "utf-8",
    seed: int = 1,
) -> list[Doubt]:
    """Find texts whose label another seems likelier than, the most doubtful first.

    A classifier is asked what it thinks. Of any other model the vectors are taken, and texts are
    parted into folds: what is thought of those of one fold is learned from all others, so that no
    text vouches for itself (Northcutt et al. 2021, *Confident Learning*). Those that come again
    are in one fold. A label that fewer different texts have than there are folds is taken for a
    slip: all its texts come first.

    Parameters
    ----------
    model
        A classifier that has not learned from these texts, or anything that gives texts vectors.
    examples
        N texts with one label each.
    folds
        Into how many parts to part them, a whole number of at least 2.
    text_field
        The field of the texts in a file, by name or number from 1.
    label_field
        The field of the labels.
    encoding
        How a file is coded.
    seed
        What the parting hangs on.

    Returns
    -------
    list of Doubt
        Some of the texts.

    Raises
    ------
    SettingError
        If `folds` is no such number, or a classifier gives no single label.
    FormatError
        If fewer than two labels have as many different texts as there are folds, where one that
        comes with several labels counts for the rarest; or the classifier does not know one; or a
        text has a list of labels.
    StorageError
        If a file cannot be read.
    MissingExtraError
        If scikit-learn is not installed.
    """
    texts = examples_of(examples, text_field, label_field, encoding=encoding)
    if isinstance(model, FittedClassifier):
        names, given, chances = _asked(model, texts)
    else:
        names, given, chances = _out_of_fold(model, texts, folds, seed)
    best = chances.argmax(1)
    own = chances[np.arange(len(texts)), given]
    places = np.flatnonzero(best != given)
    return [
        Doubt(texts.rows[at], texts.texts[at], texts.labels[at], names[best[at]], float(own[at]))
        for at in places[np.argsort(own[places], kind="stable")]
    ]


def _asked(
    classifier: FittedClassifier, texts: LabelledTexts
) -> tuple[tuple[str, ...], Ids, Vectors]:
    """Let a classifier say which label each text has, and how likely each label is."""
    target = classifier.target
    if not isinstance(target, OneLabel):
        raise SettingError(f"doubts are about one label, this gives {_GIVEN[target.name]}.")
    return target.names, known_numbers(target, texts), classifier.predict_proba(texts.texts)


def _out_of_fold(
    model: TextModel, texts: LabelledTexts, folds: int, seed: int
) -> tuple[tuple[str, ...], Ids, Vectors]:
    """Say which label each text has, and by what other folds teach how likely each label is.

    A label of fewer different texts than there are folds is not learned: each of its texts is asked
    about by all others, and its own label is never likely.
    """
    if not isinstance(folds, int | np.integer) or folds < 2:
        raise SettingError(f"folds must be a whole number of at least 2, got {folds!r:.60}.")
    target = OneLabel.learned({"train": texts}, ",")
    numbers = target.numbers(texts.labels)
    first = _first_of_each(texts.texts, numbers)
    counts = np.bincount(numbers[np.unique(first)], minlength=len(target.names))
    common = np.flatnonzero(counts >= folds)
    if len(common) < 2:
        name, most = target.names[int(counts.argsort()[-2])], int(np.sort(counts)[-2])
        raise FormatError(
            f"two labels at least need {folds} different texts of their own, one a fold; the "
            f"second, {name!r}, has {most}.",
            "Give fewer folds, or more texts.",
        )
    learned = OneLabel([target.names[number] for number in common])
    place_of = np.searchsorted(common, np.arange(len(target.names)))
    is_common = np.isin(numbers, common)
    fold_of = np.where(is_common, _folds(numbers, first, folds, seed), _NO_FOLD)
    vectors = model.embed_texts(texts.texts)
    chances = np.zeros((len(texts), len(target.names)), np.float32)
    for fold in np.unique(fold_of):
        others, own = np.flatnonzero(is_common & (fold_of != fold)), np.flatnonzero(fold_of == fold)
        none: tuple[Any, Any] = (vectors[:0], numbers[:0])
        seen = (vectors[others], place_of[numbers[others]])
        head = learn_linear(seen, none, learned, balanced=False)
        chances[np.ix_(own, common)] = learned.chances(head.scores(vectors[own]))
    return target.names, numbers, chances


def _first_of_each(texts: Sequence[str], numbers: np.ndarray) -> Ids:
    """Give for each text where it comes first with the rarest label it comes with: int32 (N)."""
    first_of: dict[str, int] = {}
    rarest_first: list[int] = np.argsort(np.bincount(numbers)[numbers], kind="stable").tolist()
    for place in rarest_first:
        first_of.setdefault(texts[place], place)
    return np.array([first_of[text] for text in texts], np.int32)


def _folds(numbers: np.ndarray, first: Ids, folds: int, seed: int) -> Ids:
    """Part texts into folds, each label evenly, and what comes again with its first: int32 (N)."""
    draw = np.random.Generator(np.random.Philox(key=[seed, folds]))
    found = np.empty(len(numbers), np.int32)
    different = np.unique(first)
    for number in np.unique(numbers):
        places = draw.permutation(different[numbers[different] == number])
        found[places] = np.arange(len(places)) % folds
    return found[first]
