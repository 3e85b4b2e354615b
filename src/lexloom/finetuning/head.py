"""The last step of a classifier: from the vector of a text to the probability of each label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import ShapeError

__all__ = ["Head"]

_COLDEST, _HOTTEST = 1e-3, 1e3


@dataclass(frozen=True)
class Head:
    """A linear layer, its scores softened into probabilities.

    Attributes
    ----------
    weights
        float32 (labels, D).
    bias
        float32 (labels).
    temperature
        What scores are divided by before they become probabilities, above 0: more than 1 makes
        them less sure (Guo et al. 2017).

    Raises
    ------
    ShapeError
        If weights and bias do not fit together, or hold what is no finite number.
    """

    weights: Vectors
    bias: Vectors
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        shape = self.weights.shape
        if len(shape) != 2 or self.bias.shape != shape[:1]:
            raise ShapeError(
                f"weights must be (labels, D) and bias (labels), got {shape} and {self.bias.shape}."
            )
        if not np.isfinite(self.weights).all() or not np.isfinite(self.bias).all():
            raise ShapeError("weights and bias must be finite numbers.")
        if not 0 < self.temperature < np.inf:
            raise ShapeError(f"temperature must be above 0 and finite, got {self.temperature}.")

    def scores(self, vectors: Any) -> Vectors:
        """Score each label for each text.

        Parameters
        ----------
        vectors
            float32 (N, D), dense or sparse.

        Returns
        -------
        Vectors
            float32 (N, labels), the higher the likelier.
        """
        return np.asarray(vectors @ self.weights.T + self.bias, np.float32)

    def probabilities(self, scores: Vectors) -> Vectors:
        """Turn scores into probabilities.

        Parameters
        ----------
        scores
            float32 (N, labels).

        Returns
        -------
        Vectors
            float32 (N, labels), each row sums to 1.
        """
        return np.exp(_log_softmax(scores / self.temperature)).astype(np.float32)

    def calibrated(self, scores: Vectors, true: Ids) -> Head:
        """Choose the temperature under which labels of texts not learned from are least surprising.

        As if one more text than there are had any of the other labels (Platt 1999): of few texts
        that are all right nobody is to become all sure.

        Parameters
        ----------
        scores
            float32 (N, labels), of at least one text.
        true
            int (N), their labels.

        Returns
        -------
        Head
            The same, with that temperature.
        """
        from scipy.optimize import minimize_scalar

        wide = scores.astype(np.float64)
        n_texts, n_labels = wide.shape
        other = 1 / ((n_texts + 2) * (n_labels - 1))
        wanted = np.full(wide.shape, other)
        wanted[np.arange(n_texts), true] = 1 - other * (n_labels - 1)

        def surprise(logarithm: float) -> float:
            return -float((wanted * _log_softmax(wide / np.exp(logarithm))).sum(1).mean())

        bounds = (np.log(_COLDEST), np.log(_HOTTEST))
        found: Any = minimize_scalar(surprise, bounds=bounds, method="bounded")
        return replace(self, temperature=float(np.exp(found.x)))


def _log_softmax(scores: Any) -> Any:
    """Give the logarithms of probabilities, float64 (N, labels)."""
    shifted = scores.astype(np.float64) - scores.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
