"""One number for vectors in training: how well they do on a set, the higher the better."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from lexloom.errors import SettingError
from lexloom.evaluation.analogies import evaluate_analogies
from lexloom.evaluation.sets import AnalogyQuestions, WordPairs, read_set
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.evaluation.similarity import evaluate_similarity

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["score_on"]

_SETTINGS = EvaluationSettings(resamples=100)
"""No interval is wanted: as few resamples as there may be."""


def score_on(
    path: str | os.PathLike[str] | WordPairs | AnalogyQuestions,
) -> Callable[[WordVectors], float]:
    """Make the judge that `Word2Vec.fit` asks after each epoch.

    Parameters
    ----------
    path
        A file of word pairs or analogies, or a set already read.

    Returns
    -------
    Callable
        Gives Spearman's correlation of pairs, or the share of right analogies, of some vectors.
        The judge raises SettingError when the set has too few words of theirs to tell.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is no evaluation set; the line is named.
    """
    asked = path if isinstance(path, WordPairs | AnalogyQuestions) else read_set(path)

    def judge(vectors: WordVectors) -> float:
        if isinstance(asked, WordPairs):
            value = evaluate_similarity(vectors, asked, _SETTINGS).spearman.value
        else:
            value = evaluate_analogies(vectors, asked, _SETTINGS).total.accuracy.value
        if value is None:
            raise SettingError(
                f"{asked.name} cannot judge: too few of its words are in the vocabulary.",
                "Give a set in the corpus's language, or leave score out.",
            )
        return value

    return judge
