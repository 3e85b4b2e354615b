"""The last step of a classifier: from the vector of a text to the score of each label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import ShapeError
from lexloom.finetuning.targets.target import Target

__all__ = ["Head"]

_COLDEST, _HOTTEST = 1e-3, 1e3


@dataclass(frozen=True)
class Head:
    """A linear layer, and how sure its scores are.

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
            float32 (N, K), divided by the temperature: the higher the likelier.
        """
        return np.asarray((vectors @ self.weights.T + self.bias) / self.temperature, np.float32)

    def calibrated(self, scores: Vectors, numbers: np.ndarray, target: Target) -> Head:
        """Choose the temperature under which labels of texts not learned from surprise least.

        Parameters
        ----------
        scores
            float32 (N, K), of at least one text, by this head.
        numbers
            What is wanted of them.
        target
            What that is; a number has no temperature.

        Returns
        -------
        Head
            The same, with that temperature.
        """
        if target.is_lower_better:
            return self
        from scipy.optimize import minimize_scalar

        wide = scores.astype(np.float64)

        def surprise(logarithm: float) -> float:
            return target.surprise(wide / np.exp(logarithm), numbers)

        bounds = (np.log(_COLDEST), np.log(_HOTTEST))
        found: Any = minimize_scalar(surprise, bounds=bounds, method="bounded")
        return replace(self, temperature=self.temperature * float(np.exp(found.x)))
