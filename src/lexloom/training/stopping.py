"""When to end early, and with what: no progress for a while; the model as it was at its best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from lexloom.training.history import Epoch

__all__ = ["Best", "best_epoch", "is_stuck", "regret"]

_PREFIX = "best."


class Kept(Protocol):
    """A model whose arrays can be taken and given back."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays, as they are."""
        ...

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take such arrays back."""
        ...


def regret(epoch: Epoch) -> float:
    """Give what early stopping wants low: minus the score, or else the held-out loss."""
    if epoch.score is not None:
        return -epoch.score
    assert epoch.held_out_loss is not None
    return epoch.held_out_loss


def best_epoch(losses: Sequence[float], n_judged: int | None = None) -> int:
    """Give the epoch with the lowest loss, counted from 0; the first of equals.

    Of few answers a share says little: of epochs that are as good as the best until then, within
    its standard error, the last is taken, which has learned most.

    Parameters
    ----------
    losses
        One of each epoch.
    n_judged
        How many answers, each 0 to 1, minus the loss is the mean of; None where it is something
        else.

    Returns
    -------
    int
        The epoch.
    """
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        share = min(max(-lowest, 0.0), 1.0)
        error = 0.0 if n_judged is None else math.sqrt(share * (1 - share) / n_judged)
        if loss < lowest + error:
            best = epoch
        lowest = min(loss, lowest)
    return best


def is_stuck(losses: Sequence[float], patience: int) -> bool:
    """Say whether the lowest loss is at least `patience` epochs old."""
    return bool(losses) and len(losses) - 1 - best_epoch(losses) >= patience


class Best:
    """The model as it was after its best epoch, and how long that is ago.

    Parameters
    ----------
    patience
        How many epochs without a better one are too many.
    n_judged
        As of `best_epoch`.
    """

    def __init__(self, patience: int, n_judged: int | None = None) -> None:
        self._patience, self._n_judged = patience, n_judged
        self._losses: list[float] = []
        self._arrays: dict[str, np.ndarray] = {}

    @property
    def is_stuck(self) -> bool:
        """Whether training should end."""
        return is_stuck(self._losses, self._patience)

    def look(self, loss: float, model: Kept) -> None:
        """Note the loss after an epoch, and keep the model if it is the best."""
        self._losses.append(loss)
        if best_epoch(self._losses, self._n_judged) == len(self._losses) - 1:
            self._arrays = {name: array.copy() for name, array in model.arrays().items()}

    def give_back(self, model: Kept) -> None:
        """Set the model, in place, to what it was after the best epoch."""
        if self._arrays:
            model.restore(self._arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give what a checkpoint must keep besides the model."""
        return {f"{_PREFIX}{name}": array for name, array in self._arrays.items()}

    def restore(
        self, losses: Sequence[float], arrays: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Take the losses and arrays of a checkpoint back; give the arrays of the model itself."""
        self._losses = list(losses)
        self._arrays = {
            name.removeprefix(_PREFIX): np.array(array)
            for name, array in arrays.items()
            if name.startswith(_PREFIX)
        }
        return {name: array for name, array in arrays.items() if not name.startswith(_PREFIX)}
