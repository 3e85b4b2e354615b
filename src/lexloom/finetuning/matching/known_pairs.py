"""Texts by number, each once, and which of them are known to belong together."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Bools, Offsets
from lexloom.finetuning.matching.text_pairs import TextPairs

__all__ = ["KnownPairs"]


class KnownPairs:
    """Pairs of texts as numbers.

    Parameters
    ----------
    pairs
        N pairs.

    Attributes
    ----------
    texts
        Each text once.
    left, right
        int64 (N), the numbers of both texts of each pair.
    """

    def __init__(self, pairs: TextPairs) -> None:
        numbers: dict[str, int] = {}
        self.left, self.right = (
            np.array([numbers.setdefault(text, len(numbers)) for text in own], np.int64)
            for own in (pairs.texts, pairs.others)
        )
        self.texts = tuple(numbers)
        self._known = np.unique(self._code(self.left, self.right))

    def _code(self, left: Offsets, right: Offsets) -> Offsets:
        """Write two numbers as one."""
        return left * len(self.texts) + right

    def belong(self, left: Offsets, right: Offsets) -> Bools:
        """Tell which texts nobody may call strangers: known pairs, and a text and itself.

        Parameters
        ----------
        left
            int64 (B), numbers of texts.
        right
            int64 (C).

        Returns
        -------
        Bools
            bool (B, C).
        """
        codes = self._code(left[:, None], right)
        places = np.minimum(np.searchsorted(self._known, codes), len(self._known) - 1)
        return (self._known[places] == codes) | (left[:, None] == right)
