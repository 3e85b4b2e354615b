"""Ask vectors an evaluation set, whichever kind it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from lexloom.evaluation.analogies import AnalogyResult, evaluate_analogies
from lexloom.evaluation.categories import CategoryResult, evaluate_categories
from lexloom.evaluation.sets import EvaluationSet, WordCategories, WordPairs, read_set
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.evaluation.similarity import SimilarityResult, evaluate_similarity

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["SetResult", "ask", "opened"]

SetResult: TypeAlias = SimilarityResult | AnalogyResult | CategoryResult


def opened(one: str | os.PathLike[str] | EvaluationSet) -> EvaluationSet:
    """Read a set from its file, or take one that is read already.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is no evaluation set; the line is named.
    """
    return read_set(one) if isinstance(one, str | os.PathLike) else one


def ask(
    vectors: WordVectors, one: EvaluationSet, settings: EvaluationSettings | None = None
) -> SetResult:
    """Ask vectors a set.

    Parameters
    ----------
    vectors
        The vectors.
    one
        The set.
    settings
        How it is asked.

    Returns
    -------
    SetResult
        What they know; its `figure` says how good they are, the higher the better.
    """
    if isinstance(one, WordPairs):
        return evaluate_similarity(vectors, one, settings)
    if isinstance(one, WordCategories):
        return evaluate_categories(vectors, one, settings)
    return evaluate_analogies(vectors, one, settings)
