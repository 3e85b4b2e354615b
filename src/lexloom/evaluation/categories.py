"""Do words of one category lie together? The purity of as many clusters as there are categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.evaluation.lookup import Lookup
from lexloom.evaluation.metrics import intervals
from lexloom.evaluation.metrics.clustering import clusters, pure
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.sets import WordCategories
from lexloom.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["CategoryResult", "evaluate_categories"]


@dataclass(frozen=True)
class CategoryResult:
    """How well clusters of vectors agree with people's categories.

    Attributes
    ----------
    name
        The set.
    n_words
        Words of the set.
    n_known
        Those that have vectors.
    n_categories
        The categories of the known words, and the clusters.
    missing_words
        Words without a vector.
    lowered_words
        Words found in lower case only.
    composed_words
        Words that were made of n-grams.
    purity
        The share of known words that are of the most frequent category of their cluster, with its
        95 % interval.
    """

    name: str
    n_words: int
    n_known: int
    n_categories: int
    missing_words: tuple[str, ...]
    lowered_words: tuple[str, ...]
    composed_words: tuple[str, ...]
    purity: Estimate

    @property
    def figure(self) -> Estimate:
        """The one figure that says how good the vectors are."""
        return self.purity

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "set": self.name,
            "task": "categories",
            "n_words": self.n_words,
            "n_known": self.n_known,
            "n_categories": self.n_categories,
            "missing_words": list(self.missing_words),
            "lowered_words": list(self.lowered_words),
            "composed_words": list(self.composed_words),
            "purity": self.purity.as_dict(),
        }

    def rows(self) -> list[tuple[str, str, Estimate, int, int]]:
        """Give rows (set, measure, figure, n known, n in all) for a table."""
        measure = f"purity of {self.n_categories}"
        return [(self.name, measure, self.purity, self.n_known, self.n_words)]


def evaluate_categories(
    vectors: WordVectors, categories: WordCategories, settings: EvaluationSettings | None = None
) -> CategoryResult:
    """Cluster the words of a set and compare the clusters with its categories.

    Parameters
    ----------
    vectors
        The vectors.
    categories
        The words and their categories.
    settings
        How words are looked up, clusters begun and intervals drawn.

    Returns
    -------
    CategoryResult
        Without a figure where words of fewer than 2 categories are known.
    """
    settings = settings or EvaluationSettings()
    lookup = Lookup(vectors, settings)
    known, unit = lookup.find(categories.words)
    names, classes = np.unique(np.array(categories.categories)[known], return_inverse=True)
    purity = Estimate(None)
    if len(names) > 1:
        groups = clusters(unit[known], len(names), seed=settings.seed)
        purity = intervals.proportion(
            pure(groups, classes),
            int(known.sum()),
            resamples=settings.resamples,
            seed=settings.seed,
        )
    return CategoryResult(
        name=categories.name,
        n_words=len(known),
        n_known=int(known.sum()),
        n_categories=len(names),
        missing_words=tuple(lookup.missing),
        lowered_words=tuple(lookup.lowered),
        composed_words=tuple(lookup.composed),
        purity=purity,
    )
