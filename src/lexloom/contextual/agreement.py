"""How near two encoders are, word by word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lexloom.embedder import Embedder
from lexloom.errors import SettingError, ShapeError

__all__ = ["Agreement", "agreement"]

_TINY = 1e-12


@dataclass(frozen=True)
class Agreement:
    """How near the vectors of two encoders are.

    Attributes
    ----------
    n_words
        The words compared.
    mean
        The mean cosine of a word's two vectors.
    least
        The least of them.
    """

    n_words: int
    mean: float
    least: float


def agreement(one: Embedder, other: Embedder, texts: Iterable[str]) -> Agreement:
    """Compare two encoders of the same words, as one and what was compiled of it.

    Parameters
    ----------
    one
        An encoder.
    other
        Another that cuts texts into the same words.
    texts
        The texts to compare them on, with at least one word.

    Returns
    -------
    Agreement
        The cosines of the two vectors of each word.

    Raises
    ------
    SettingError
        If `texts` is one text.
    ShapeError
        If they give different words, or none.
    """
    if isinstance(texts, str):
        raise SettingError("texts must be a list of texts, got one str.", "Pass [text].")
    given = list(texts)
    cosines = []
    for left, right in zip(one.embed_words(given), other.embed_words(given), strict=True):
        if left.spans != right.spans:
            raise ShapeError(f"the encoders cut different words: {left.words!r:.60}.")
        lengths = np.linalg.norm(left.vectors, axis=1) * np.linalg.norm(right.vectors, axis=1)
        cosines.append((left.vectors * right.vectors).sum(1) / np.maximum(lengths, _TINY))
    found = np.concatenate([np.empty(0, np.float32), *cosines])
    if not len(found):
        raise ShapeError("there is no word to compare in the texts.")
    return Agreement(len(found), float(found.mean()), float(found.min()))
