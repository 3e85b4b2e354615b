"""A vector for each word and run of words, whose mean is the vector of a text."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Vectors
from lexloom.errors import FormatError, ShapeError
from lexloom.static.bag_of_words_model import BagOfWordsModel
from lexloom.vectors.pooling import Text

__all__ = ["BagVectors", "shares_of"]

_VECTORS = "vectors.safetensors"
_LAYOUT = {"matrix": (np.float32, 2)}


class BagVectors(BagOfWordsModel):
    """Gives a text the mean of the vectors of its words and runs of words.

    Parameters
    ----------
    matrix
        float32 (V, D), the vector of each feature.
    **bag
        As of `BagOfWordsModel`: what finds the V features of a text, and counts them.

    Raises
    ------
    ShapeError
        If there are not as many vectors as features.
    """

    kind = "bag_vectors"

    def __init__(self, matrix: Vectors, **bag: Any) -> None:
        super().__init__(**bag)
        self.matrix = matrix
        if matrix.ndim != 2 or len(matrix) != len(self.documents):
            raise ShapeError(
                f"{len(self.documents):,} features need as many vectors, got {matrix.shape}."
            )

    @classmethod
    def of(cls, bag: BagOfWordsModel, matrix: Vectors) -> BagVectors:
        """Give the features of a bag of words vectors.

        Parameters
        ----------
        bag
            Finds V features.
        matrix
            float32 (V, D).

        Returns
        -------
        BagVectors
            With both.
        """
        return cls(
            matrix, vocabulary=bag.vocabulary, features=bag._features, documents=bag.documents,
            settings=bag.settings, metrics=bag.metrics, segmentation=bag.segmentation,
            phrases=bag.phrases, lineage=bag.lineage,
        )  # fmt: skip

    @property
    def width(self) -> int:
        """D, the numbers of a vector."""
        return self.matrix.shape[1]

    def __repr__(self) -> str:
        return f"BagVectors({len(self.matrix):,} features × {self.width})"

    def embed_texts(self, texts: Iterable[Text]) -> Vectors:
        """Give one vector for each of N texts.

        Parameters
        ----------
        texts
            Raw texts, or lists of words.

        Returns
        -------
        Vectors
            float32 (N, D); a text without features has zeros.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts.
        """
        return np.asarray(shares_of(super().embed_texts(texts)) @ self.matrix, np.float32)

    def digest(self) -> str:
        """Sum up its features and their vectors in a SHA-256, to know it again."""
        found = hashlib.sha256(super().digest().encode())
        found.update(np.ascontiguousarray(self.matrix).data)
        return found.hexdigest()

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files of the artefact into one that is being made.

        Parameters
        ----------
        draft
            The artefact.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        super().write_into(draft)
        draft.write_tensors(_VECTORS, {"matrix": self.matrix})

    @staticmethod
    def _read(opened: artefact.Artefact, path: str | os.PathLike[str]) -> dict[str, Any]:
        """Read what a model is made of, by name."""
        bag = BagOfWordsModel._read(opened, path)
        matrix = opened.tensors(_VECTORS, _LAYOUT)["matrix"]
        if len(matrix) != len(bag["documents"]):
            raise FormatError("its features and vectors do not fit together.", path=path)
        return {**bag, "matrix": matrix}


def shares_of(counts: Any) -> Any:
    """Give how much of each text each feature is.

    Parameters
    ----------
    counts
        float32 (N, V), sparse in rows.

    Returns
    -------
    scipy.sparse.csr_matrix
        Of the same shape; each row that is not empty sums to 1.
    """
    found = counts.copy()
    sums = np.asarray(counts.sum(1)).ravel()
    found.data /= np.repeat(sums, np.diff(counts.indptr))
    return found
