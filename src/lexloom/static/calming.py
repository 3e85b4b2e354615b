"""What keeps training calm: frequent words less often, and few steps from the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lexloom.kernels.passages import Pieces
    from lexloom.static.word2vec import Word2Vec

__all__ = ["calm_blocks", "chances_to_keep", "coupling_of"]

_LARGEST_STEP = 0.6
_LEAST_BLOCK = 4


def chances_to_keep(counts: np.ndarray, sample: float) -> np.ndarray:
    """Give the chance that a word survives sub-sampling, as word2vec has it: float32 (V).

    With z = f / sample the chance is min(1, (sqrt(z) + 1) / z), f the share of the word.
    """
    if sample == 0.0:
        return np.ones(len(counts), np.float32)
    ratio = counts / counts.sum() / sample
    return np.minimum(1.0, (np.sqrt(ratio) + 1.0) / ratio).astype(np.float32)


def coupling_of(shares: np.ndarray, pieces: Pieces | None) -> np.ndarray:
    """Give the share of all steps that moves the vector of each word: float64 (V).

    That is the word's own share of the text or, where words are made of rows, the mean over its
    rows of the share of the words that have them.
    """
    if pieces is None:
        return shares
    begins = pieces.begins[: len(shares) + 1]
    rows, n_rows = pieces.rows[: begins[-1]], np.diff(begins)
    share_of_row = np.bincount(rows, np.repeat(shares, n_rows))
    sums = np.concatenate([[0.0], np.cumsum(share_of_row[rows])])
    return np.diff(sums[begins]) / np.maximum(n_rows, 1)


def calm_blocks(settings: Word2Vec, coupling: np.ndarray) -> tuple[int, int]:
    """Give the centre words of a block, and the blocks of a round, for words coupled like this.

    All pairs of a round see the same model, so the changes of a row add up. Where few words make
    up the text (a toy, or no sub-sampling), fewer centre words are taken at a time: the rate times
    the pairs that move the vector of one word stays below `_LARGEST_STEP`, above which training
    swings up instead of settling.
    """
    block, slots = settings.blocks
    pairs = settings.window + 1.0 if settings.dynamic_window else 2.0 * settings.window
    if settings.objective == "cbow" and settings.cbow_gradient == "exact":
        pairs = 1.0
    most = _LARGEST_STEP / (settings.first_rate * pairs * coupling.max())
    block = min(block, max(int(most) // _LEAST_BLOCK * _LEAST_BLOCK, _LEAST_BLOCK))
    return block, min(slots, max(int(most) // block, 1))
