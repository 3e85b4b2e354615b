"""Do vectors find the same words alike as people do? Rank correlation over pairs of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.evaluation.lookup import Lookup
from lexloom.evaluation.metrics import intervals
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.sets import WordPairs
from lexloom.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["SimilarityResult", "evaluate_similarity"]


@dataclass(frozen=True)
class SimilarityResult:
    """How well cosines agree with people's scores.

    Attributes
    ----------
    name
        The set.
    n_pairs
        Pairs of the set.
    n_known
        Pairs whose two words have vectors.
    missing_words
        Words without a vector.
    lowered_words
        Words found in lower case only.
    composed_words
        Words that were made of n-grams.
    spearman, pearson
        Over the known pairs, -1 to 1, with 95 % intervals.
    spearman_all
        Over all pairs, one with a missing word counted as cosine 0.
    """

    name: str
    n_pairs: int
    n_known: int
    missing_words: tuple[str, ...]
    lowered_words: tuple[str, ...]
    composed_words: tuple[str, ...]
    spearman: Estimate
    pearson: Estimate
    spearman_all: Estimate

    @property
    def figure(self) -> Estimate:
        """The one figure that says how good the vectors are."""
        return self.spearman

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "set": self.name,
            "task": "similarity",
            "n_pairs": self.n_pairs,
            "n_known": self.n_known,
            "missing_words": list(self.missing_words),
            "lowered_words": list(self.lowered_words),
            "composed_words": list(self.composed_words),
            "spearman": self.spearman.as_dict(),
            "pearson": self.pearson.as_dict(),
            "spearman_all": self.spearman_all.as_dict(),
        }

    def rows(self) -> list[tuple[str, str, Estimate, int, int]]:
        """Give rows (set, measure, figure, n known, n in all) for a table."""
        rows = [
            (self.name, "Spearman", self.spearman, self.n_known, self.n_pairs),
            (self.name, "Pearson", self.pearson, self.n_known, self.n_pairs),
        ]
        if self.n_known < self.n_pairs:
            measure = "Spearman, missing as 0"
            rows.append((self.name, measure, self.spearman_all, self.n_known, self.n_pairs))
        return rows


def evaluate_similarity(
    vectors: WordVectors, pairs: WordPairs, settings: EvaluationSettings | None = None
) -> SimilarityResult:
    """Compare the cosines of pairs of words with people's scores.

    Parameters
    ----------
    vectors
        The vectors.
    pairs
        The pairs and their scores.
    settings
        How words are looked up and intervals drawn.

    Returns
    -------
    SimilarityResult
        Figures are None where fewer than 3 pairs are known or one side is constant.
    """
    settings = settings or EvaluationSettings()
    lookup = Lookup(vectors, settings)
    found, unit = lookup.find(word for pair in pairs.pairs for word in pair)
    known = found.reshape(-1, 2).all(axis=1)
    scores = np.array(pairs.scores, np.float64)
    cosines = np.einsum("nd,nd->n", unit[::2], unit[1::2], dtype=np.float64)
    draws = {"resamples": settings.resamples, "seed": settings.seed}
    return SimilarityResult(
        name=pairs.name,
        n_pairs=len(pairs.pairs),
        n_known=int(known.sum()),
        missing_words=tuple(lookup.missing),
        lowered_words=tuple(lookup.lowered),
        composed_words=tuple(lookup.composed),
        spearman=intervals.spearman(cosines[known], scores[known], **draws),
        pearson=intervals.pearson(cosines[known], scores[known], **draws),
        spearman_all=intervals.spearman(cosines, scores, **draws),
    )
