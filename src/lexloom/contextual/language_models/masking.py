"""Which pieces a masked language model has to foretell: whole words, others in each pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets

__all__ = ["Masking"]

_MASKED, _RANDOM = 0.8, 0.1
_BITS_OF_PURPOSE = 8
_PURPOSE = 4


@dataclass(frozen=True)
class Masking:
    """How pieces are masked (Devlin et al. 2019, section 3.1), whole words together.

    Of the chosen pieces four in five become the mask, one in ten another piece, one stays. What is
    drawn for a sequence is a function of the seed, the pass over the text and its place in it.

    Attributes
    ----------
    share
        The share of words that are chosen.
    mask_id
        The piece that stands for what is to be foretold.
    ordinary_ids
        int32, the pieces that may stand in for another one.
    is_special
        bool (V), pieces that are never chosen.
    seed
        What the choice hangs on.
    whole_words
        Choose the pieces of a word together; else each by itself.
    """

    share: float
    mask_id: int
    ordinary_ids: Ids
    is_special: Bools
    seed: int
    whole_words: bool = True

    def choose(
        self, ids: Ids, begins: Bools, number_of_pass: int, rows: Offsets
    ) -> tuple[Ids, Bools]:
        """Choose pieces of sequences, and hide them.

        Parameters
        ----------
        ids
            int32 (B, T), the sequences.
        begins
            bool (B, T), which pieces begin a word.
        number_of_pass
            How often the text has been read before.
        rows
            int64 (B), the place of each sequence in the text.

        Returns
        -------
        tuple
            int32 (B, T) the sequences as the model reads them, and bool (B, T) which pieces it
            has to foretell.
        """
        n_columns = ids.shape[1]
        drawn = np.stack([self._drawn(number_of_pass, int(row), n_columns) for row in rows])
        columns = np.arange(n_columns)
        if self.whole_words:
            # Each piece goes by what was drawn for the first piece of its word.
            first = np.maximum.accumulate(np.where(begins, columns, 0), axis=1)
            of_word = np.take_along_axis(drawn[:, 0], first, 1)
        else:
            of_word = drawn[:, 0]
        chosen = (of_word < self.share) & ~self.is_special[ids]
        others = self.ordinary_ids[(drawn[:, 2] * len(self.ordinary_ids)).astype(np.int64)]
        hidden = np.where(drawn[:, 1] < _MASKED, np.int32(self.mask_id), others)
        stays = drawn[:, 1] >= _MASKED + _RANDOM
        return np.where(chosen & ~stays, hidden, ids), chosen

    def _drawn(self, number_of_pass: int, row: int, n_columns: int) -> np.ndarray:
        """Draw three numbers for each place of a sequence: float64 (3, T)."""
        key = [self.seed, (number_of_pass << _BITS_OF_PURPOSE) + _PURPOSE]
        bits = np.random.Philox(key=key, counter=[0, 0, row, n_columns])
        return np.random.Generator(bits).random((3, n_columns))
