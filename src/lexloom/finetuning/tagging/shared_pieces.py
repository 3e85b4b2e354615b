"""Which of the units that share a piece a vector speaks of.

A tokenizer that learned from running text makes one piece of two or three Chinese characters that
often stand together. They have one vector, and still the first of a name has another tag than the
second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors

__all__ = ["N_MARKS", "marks_of", "with_marks"]

N_MARKS = 3


def marks_of(places: Ids) -> Vectors:
    """Mark which unit of its piece each is.

    Parameters
    ----------
    places
        int (N), how many units before it share its first piece.

    Returns
    -------
    Vectors
        float32 (N, 3): 1 of all; 1 of the second; 1 of later ones.
    """
    return np.stack([places >= 0, places == 1, places > 1], axis=1).astype(np.float32)


def with_marks(vectors: Any, marks: Any) -> Any:
    """Put the vector of a unit, once for each mark, one behind the other.

    So a linear layer has weights by which all units are scored, and others for what is added for
    the second unit of a piece and for later ones.

    Parameters
    ----------
    vectors
        (N, D), an array of NumPy or of torch.
    marks
        (N, 3), of the same library.

    Returns
    -------
    array
        (N, 3 D): the vector where there is a mark, 0 where there is none.
    """
    wide = vectors[:, None] * marks[:, :, None]
    return wide.reshape(len(vectors), N_MARKS * vectors.shape[1])
