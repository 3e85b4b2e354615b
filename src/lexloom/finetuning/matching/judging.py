"""Looking at what vectors make of texts that belong together, by what is known of these."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from lexloom.arrays import Bools, Floats
from lexloom.evaluation.metrics import intervals
from lexloom.evaluation.metrics.correlation import pearson, spearman
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.metrics.matching import average_precision, best_threshold
from lexloom.finetuning.matching.known_pairs import KnownPairs
from lexloom.finetuning.matching.match_parts import halves_of
from lexloom.finetuning.matching.text_pairs import TextPairs
from lexloom.vectors.index import unit_rows

__all__ = ["Judge", "judge_of", "most_alike"]

_PAIRS_ASKED = 1_000
_QUERIES_AT_ONCE = 512
_CELLS_AT_ONCE = 1 << 22
"""Of many candidates fewer queries are compared at once: memory stays the same."""
_RANKS = (5, 10)


class Judge(ABC):
    """Looks at the pairs of one part.

    Parameters
    ----------
    pairs
        N pairs.
    """

    measure: ClassVar[str]
    needs_line: ClassVar[bool] = False

    def __init__(self, pairs: TextPairs) -> None:
        self.pairs = KnownPairs(pairs)

    def __len__(self) -> int:
        """N."""
        return len(self.pairs.left)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts whose vectors are asked for, each once."""
        return self.pairs.texts

    def answers(self, vectors: Any) -> Floats:
        """Tell what vectors make of the pairs.

        Parameters
        ----------
        vectors
            float32, of `texts`, dense or sparse; sparse ones are one long already.

        Returns
        -------
        Floats
            float64 (N): the cosine of each pair, or whatever else the others take.
        """
        unit = _unit(vectors)
        one, other = unit[self.pairs.left], unit[self.pairs.right]
        if isinstance(unit, np.ndarray):
            return np.einsum("nd,nd->n", one, other, dtype=np.float64)
        return np.asarray(one.multiply(other).sum(1), np.float64).ravel()

    def line(self, answers: Floats) -> float:
        """Give the cosine from which on texts are taken to belong together, where it counts."""
        return 0.0

    @abstractmethod
    def quality(self, answers: Floats) -> float:
        """Give what should be high."""

    @abstractmethod
    def figure(self, answers: Floats, line: float) -> Estimate:
        """Give the figure, with its interval."""

    @abstractmethod
    def gain(self, answers: Floats, line: float, before: Floats, line_before: float) -> Estimate:
        """Give how much better answers are than those before, pair by pair, with its interval."""

    @abstractmethod
    def others(self, answers: Floats) -> dict[str, float]:
        """Give further figures by name."""


class _Scores(Judge):
    """Looks whether cosines put pairs in the order that numbers do."""

    measure = "Spearman's rho"

    def __init__(self, pairs: TextPairs) -> None:
        super().__init__(pairs)
        self._scores = np.array(pairs.values, np.float64)

    def quality(self, answers: Floats) -> float:
        return spearman(answers, self._scores) or 0.0

    def figure(self, answers: Floats, line: float) -> Estimate:
        return intervals.spearman(answers, self._scores)

    def gain(self, answers: Floats, line: float, before: Floats, line_before: float) -> Estimate:
        return intervals.spearman_gain(answers, before, self._scores)

    def others(self, answers: Floats) -> dict[str, float]:
        return {"Pearson's r": pearson(answers, self._scores) or 0.0}


class _Labels(Judge):
    """Looks whether cosines tell pairs that belong together from others."""

    measure = "accuracy"
    needs_line = True

    def __init__(self, pairs: TextPairs, alike: str) -> None:
        super().__init__(pairs)
        self._is_alike = np.array([label == alike for label in pairs.values], bool)

    def line(self, answers: Floats) -> float:
        return best_threshold(answers, self._is_alike)

    def _is_right(self, answers: Floats, line: float) -> Bools:
        """Tell which answers are right."""
        return (answers >= line) == self._is_alike

    def quality(self, answers: Floats) -> float:
        return average_precision(answers, self._is_alike)

    def figure(self, answers: Floats, line: float) -> Estimate:
        return intervals.proportion(int(self._is_right(answers, line).sum()), len(answers))

    def gain(self, answers: Floats, line: float, before: Floats, line_before: float) -> Estimate:
        now, then = self._is_right(answers, line), self._is_right(before, line_before)
        return intervals.mean(now.astype(float) - then)

    def others(self, answers: Floats) -> dict[str, float]:
        return {"average precision": self.quality(answers)}


class _Finding(Judge):
    """Looks whether the other text of each pair is found among all others."""

    measure = "recall@1"

    def answers(self, vectors: Any) -> Floats:
        """Give the rank of each pair's other text, 1 for the first; of equals the last."""
        unit, pairs = _unit(vectors), self.pairs
        candidates, place = np.unique(pairs.right, return_inverse=True)
        sought, ranks = unit[candidates], np.empty(len(pairs.left))
        n_rows = min(_QUERIES_AT_ONCE, max(1, _CELLS_AT_ONCE // len(candidates)))
        for start in range(0, len(ranks), n_rows):
            some = slice(start, start + n_rows)
            cosines = unit[pairs.left[some]] @ sought.T
            cosines = cosines if isinstance(cosines, np.ndarray) else cosines.toarray()
            own = np.take_along_axis(cosines, place[some, None], 1)
            is_wrong = ~pairs.belong(pairs.left[some], candidates)
            ranks[some] = 1 + ((cosines >= own) & is_wrong).sum(1)
        return ranks

    def quality(self, answers: Floats) -> float:
        return float((1 / answers).mean())

    def figure(self, answers: Floats, line: float) -> Estimate:
        return intervals.proportion(int((answers == 1).sum()), len(answers))

    def gain(self, answers: Floats, line: float, before: Floats, line_before: float) -> Estimate:
        return intervals.mean((answers == 1).astype(float) - (before == 1))

    def others(self, answers: Floats) -> dict[str, float]:
        recalls = {f"recall@{rank}": float((answers <= rank).mean()) for rank in _RANKS}
        return {**recalls, "MRR": self.quality(answers)}


class _Halves(_Finding):
    """Looks whether the second half of each text is found by its first."""

    measure = "recall@1 of halves"

    def __init__(self, pairs: TextPairs) -> None:
        super().__init__(halves_of(pairs))


def judge_of(pairs: TextPairs, alike: str) -> Judge:
    """Choose what looks at the pairs of a part.

    Parameters
    ----------
    pairs
        The part.
    alike
        The label of pairs that belong together, where pairs have labels.

    Returns
    -------
    Judge
        For their kind.
    """
    if pairs.kind == "labels":
        return _Labels(pairs, alike)
    return {"scores": _Scores, "pairs": _Finding, "texts": _Halves}[pairs.kind](pairs)


def most_alike(pairs: TextPairs, embed: Callable[[Sequence[str]], Any]) -> str:
    """Find the label of the pairs that vectors take for most alike.

    Parameters
    ----------
    pairs
        With labels; of many some are asked about.
    embed
        Gives texts vectors.

    Returns
    -------
    str
        The label with the highest mean cosine.
    """
    some = pairs.take(range(0, len(pairs), -(-len(pairs) // _PAIRS_ASKED)))
    judge, labels = _Labels(some, ""), np.array(some.values)
    cosines = judge.answers(embed(judge.texts))
    return max(sorted(set(some.values)), key=lambda label: cosines[labels == label].mean())


def _unit(vectors: Any) -> Any:
    """Make dense vectors one long."""
    return unit_rows(vectors) if isinstance(vectors, np.ndarray) else vectors
