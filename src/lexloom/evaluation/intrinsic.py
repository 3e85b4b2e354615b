"""Evaluate vectors on any number of sets, and put it all in one table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from lexloom.evaluation.analogies import AnalogyResult, evaluate_analogies
from lexloom.evaluation.asking import SetResult, ask, opened
from lexloom.evaluation.categories import CategoryResult, evaluate_categories
from lexloom.evaluation.self_check import SelfCheckResult, run_self_checks
from lexloom.evaluation.sets import (
    AnalogyQuestions,
    EvaluationSet,
    WordCategories,
    WordPairs,
    read_set,
)
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.evaluation.similarity import SimilarityResult, evaluate_similarity
from lexloom.reporting.tables import Table
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = [
    "AnalogyQuestions",
    "Evaluation",
    "EvaluationSettings",
    "WordCategories",
    "WordPairs",
    "evaluate",
    "evaluate_analogies",
    "evaluate_categories",
    "evaluate_similarity",
    "read_set",
]

Result: TypeAlias = SetResult | SelfCheckResult
MISSING_SHOWN = 8


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes
    ----------
    results
        One for each set, in the order they were given.
    n_words
        V, the words of the vectors.
    width
        D, the numbers of one vector.
    settings
        How the sets were asked.
    """

    results: tuple[Result, ...]
    n_words: int
    width: int
    settings: EvaluationSettings

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain values, for JSON; ``note`` where nothing could be asked."""
        plain = {
            "n_words": self.n_words,
            "width": self.width,
            "settings": as_dict(self.settings),
            "results": [result.as_dict() for result in self.results],
        }
        return plain | {"note": self.why_empty} if self.why_empty else plain

    @property
    def why_empty(self) -> str:
        """Why the built-in check could ask nothing; empty where it could, or was not wanted."""
        checks = [result for result in self.results if isinstance(result, SelfCheckResult)]
        if not checks or any(check.could_ask for check in checks):
            return ""
        n_words = sum(check.n_words for check in checks)
        n_known = n_words - sum(len(check.missing_words) for check in checks)
        what = f"none of the {n_words:,} built-in Chinese and English words is known"
        if n_known:
            what = f"of the {n_words:,} built-in Chinese and English words {n_known:,} "
            what += "is known, too few to ask" if n_known == 1 else "are known, too few to ask"
        return f"{what}; give --set FILE (sets=FILE in Python)"

    def table(self) -> Table:
        """Give one row a figure: set, measure, value, its interval, how much was known.

        Where nothing could be asked, there is no row, and one column whose name says why.
        """
        if self.why_empty:
            return Table((self.why_empty,), ())
        rows = tuple(
            (name, measure, figure.value, _interval(figure.low, figure.high), n_known, n)
            for result in self.results
            for name, measure, figure, n_known, n in result.rows()
        )
        return Table(("set", "measure", "value", "95 % interval", "known", "of"), rows)

    def notes(self) -> tuple[str, ...]:
        """State in sentences what was missing and what was found in lower case only."""
        notes = []
        for result in () if self.why_empty else self.results:
            may_compose = isinstance(result, SimilarityResult | CategoryResult)
            for words, what in (
                (result.missing_words, "without a vector"),
                (result.lowered_words, "found in lower case only"),
                (result.composed_words if may_compose else (), "made of n-grams"),
            ):
                if words:
                    shown = ", ".join(words[:MISSING_SHOWN])
                    more = ", …" if len(words) > MISSING_SHOWN else ""
                    plural = "words" if len(words) > 1 else "word"
                    notes.append(f"{result.name}: {len(words):,} {plural} {what}: {shown}{more}")
            if isinstance(result, AnalogyResult) and result.n_impossible:
                notes.append(
                    f"{result.name}: {result.n_impossible:,} questions have an answer among their "
                    "own words, which never counts as right"
                )
        return tuple(notes)


def evaluate(
    vectors: WordVectors,
    sets: Iterable[str | os.PathLike[str] | EvaluationSet] = (),
    settings: EvaluationSettings | None = None,
) -> Evaluation:
    """Evaluate vectors on pairs, analogies and categories; without any set, on the built-in check.

    Parameters
    ----------
    vectors
        The vectors.
    sets
        Files of any usual layout, or sets already read; see `lexloom.evaluation.sets`.
    settings
        How words are looked up, analogies answered and intervals drawn.

    Returns
    -------
    Evaluation
        Every figure with its 95 % interval, and what was missing.

    Raises
    ------
    StorageError
        If a file cannot be read.
    FormatError
        If a file is no evaluation set; the line is named.
    """
    settings = settings or EvaluationSettings()
    is_one = isinstance(sets, str | os.PathLike | EvaluationSet)
    given = [sets] if is_one else sets
    results = tuple(ask(vectors, opened(each), settings) for each in given)
    return Evaluation(
        results or run_self_checks(vectors, settings), len(vectors), vectors.width, settings
    )


def _interval(low: float | None, high: float | None) -> str:
    """Write an interval, or nothing where there is none."""
    return "" if low is None or high is None else f"{low:.3f} … {high:.3f}"
