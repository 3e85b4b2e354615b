"""What tuning tries and what came of it: which settings, how much training, which score."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lexloom.static.fitting import Trainer

__all__ = ["AS_IT_IS", "Trial", "best_of", "candidates_of", "rungs_of", "survivors_of"]

AS_IT_IS = -1
"""The rung of the settings that tuning began with, trained as they say, to compare with."""

_EPOCHS = "epochs"
_N_RUNGS = 3
_KEPT = 3
_ENOUGH = 1_000_000
"""Words of a corpus: of fewer, a model costs hardly less and tells hardly anything."""


@dataclass(frozen=True)
class Trial:
    """One training, and how good it was.

    Attributes
    ----------
    number
        Counted from 1.
    rung
        How far up it stands, from 0, or `AS_IT_IS`.
    share
        The share of the documents it was trained on.
    changes
        The settings that it changed, by name.
    score
        On the development part, the higher the better; None where nothing came of it.
    seconds
        What it took, with judging.
    """

    number: int
    rung: int
    share: float
    changes: Mapping[str, Any]
    score: float | None
    seconds: float

    @property
    def order(self) -> float:
        """The score, with none below all."""
        return -math.inf if self.score is None else self.score

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Trial:
        """Make it anew from what `as_dict` gave."""
        return cls(**values)


def rungs_of(trainer: Trainer, n_words: int) -> list[tuple[float, dict[str, Any]]]:
    """Give the rungs: the share of the documents to train on, and the settings that differ.

    Who trains in epochs climbs by their number, on all documents; for others the documents grow in
    number, threefold each time, where the fewest are enough to tell anything.
    """
    epochs = trainer.tunable.get(_EPOCHS)
    if epochs is not None:
        return [(1.0, {_EPOCHS: number}) for number in epochs]
    shares = [float(_KEPT) ** -height for height in reversed(range(_N_RUNGS))]
    return [(share, {}) for share in shares if share == 1 or share * n_words >= _ENOUGH]


def candidates_of(trainer: Trainer, seed: int) -> list[dict[str, Any]]:
    """Give all settings worth trying, in an order drawn by the seed.

    Only what differs from the trainer's own settings is named. Those come first if there are epochs
    to try them with; else they are tried already, as they are.
    """
    grid = {name: values for name, values in trainer.tunable.items() if name != _EPOCHS}
    tried = [
        {
            name: value
            for name, value in zip(grid, values, strict=True)
            if value != getattr(trainer, name)
        }
        for values in itertools.product(*grid.values())
    ]
    order = np.random.default_rng(seed).permutation(len(tried))
    drawn = [tried[place] for place in order if tried[place]]
    return [{}, *drawn] if _EPOCHS in trainer.tunable else drawn


def survivors_of(trials: Sequence[Trial], rung: int) -> list[dict[str, Any]]:
    """Give the changes of the best third of a rung, the best first: they go one rung up."""
    here = sorted((trial for trial in trials if trial.rung == rung), key=lambda one: -one.order)
    return [
        {name: value for name, value in trial.changes.items() if name != _EPOCHS}
        for trial in here[: -(-len(here) // _KEPT)]
    ]


def best_of(trials: Sequence[Trial]) -> Trial:
    """Give the best of the highest rung that was reached, or of the settings tuning began with."""
    highest = max(trial.rung for trial in trials)
    return max(
        (trial for trial in trials if trial.rung in {highest, AS_IT_IS}),
        key=lambda trial: (trial.order, -trial.number),
    )
