"""How much of a text another one has: ROUGE, for any way to cut texts into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Rouge", "rouge_l", "rouge_n"]


@dataclass(frozen=True)
class Rouge:
    """How far two texts agree.

    Attributes
    ----------
    precision
        The share of the text's units that the reference has, 0 to 1.
    recall
        The share of the reference's units that the text has, 0 to 1.
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean, 0 to 1."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def rouge_n(text: Sequence[Hashable], reference: Sequence[Hashable], n: int) -> Rouge:
    """Compare runs of n words (Lin 2004, *ROUGE*, section 2).

    Parameters
    ----------
    text
        The words of a summary.
    reference
        The words of what a person wrote.
    n
        How long the runs are, at least 1.

    Returns
    -------
    Rouge
        All 0 where one of them has no such run.
    """
    runs, wanted = (
        Counter(tuple(words[place : place + n]) for place in range(len(words) - n + 1))
        for words in (text, reference)
    )
    return _rouge((runs & wanted).total(), runs.total(), wanted.total())


def rouge_l(text: Sequence[Hashable], reference: Sequence[Hashable]) -> Rouge:
    """Compare the longest run of words that both have in order, with gaps (Lin 2004, section 3).

    Parameters
    ----------
    text
        The words of a summary.
    reference
        The words of what a person wrote.

    Returns
    -------
    Rouge
        All 0 where one of them is empty.
    """
    return _rouge(_longest_common(text, reference), len(text), len(reference))


def _rouge(n_shared: int, n_words: int, n_wanted: int) -> Rouge:
    """Divide counts; 0 of nothing is 0."""
    return Rouge(n_shared / n_words if n_words else 0.0, n_shared / n_wanted if n_wanted else 0.0)


def _longest_common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Give the length of the longest common subsequence, a row at a time.

    With L(i, j) that of the first i and j words, L(i, ·) is the running maximum of L(i-1, j), and
    of L(i-1, j-1) + 1 where word i is word j.
    """
    ids: dict[Hashable, int] = {}
    first, second = (
        np.fromiter((ids.setdefault(word, len(ids)) for word in words), np.int64, len(words))
        for words in (one, other)
    )
    lengths = np.zeros(len(second) + 1, np.int64)
    for word in first:
        longer = np.where(second == word, lengths[:-1] + 1, 0)
        lengths[1:] = np.maximum.accumulate(np.maximum(lengths[1:], longer))
    return int(lengths[-1])
