"""One number for vectors in training: how well they do on a set, the higher the better."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from lexloom.errors import SettingError
from lexloom.evaluation.asking import ask, opened
from lexloom.evaluation.sets import EvaluationSet
from lexloom.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["score_on"]

_SETTINGS = EvaluationSettings(resamples=100)
"""No interval is wanted: as few resamples as there may be."""


def score_on(
    path: str | os.PathLike[str] | EvaluationSet,
) -> Callable[[WordVectors], float]:
    """Make the judge that `fit` asks after each epoch.

    Parameters
    ----------
    path
        A file of word pairs, analogies or categories, or a set already read.

    Returns
    -------
    Callable
        Gives the figure of the set for some vectors: Spearman's correlation of pairs, the share of
        right analogies, the purity of clusters.
        The judge raises SettingError when the set has too few words of theirs to tell.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is no evaluation set; the line is named.
    """
    asked = opened(path)

    def judge(vectors: WordVectors) -> float:
        value = ask(vectors, asked, _SETTINGS).figure.value
        if value is None:
            raise SettingError(
                f"{asked.name} cannot judge: too few of its words are in the vocabulary.",
                "Give a larger set, or one in the corpus's language.",
            )
        return value

    return judge
