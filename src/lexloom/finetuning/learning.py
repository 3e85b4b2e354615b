"""What learns a task: gone on with epoch by epoch, while what is set aside gets better."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lexloom.progress import Listener
from lexloom.training.epochs import Schedule, run_epochs
from lexloom.training.history import Tally
from lexloom.training.stopping import best_epoch, regret

if TYPE_CHECKING:
    from lexloom.finetuning.learning_settings import LearningSettings
    from lexloom.finetuning.rewriting.rewriting_settings import RewritingSettings
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["Learning"]


class Learning(ABC):
    """Something that learns in epochs of stretches, as `training.epochs.Trainable`.

    Parameters
    ----------
    settings
        How to learn.
    n_epochs
        The most passes over what there is to learn from.
    """

    unit: str = "texts"
    n_stretches: int
    stretch_units: int
    n_units: int
    is_judged: ClassVar[bool] = True
    """Whether something is set aside to look at after each epoch."""
    n_judged: int | None = None
    """How many answers the quality is the mean of, each 0 to 1; None where it is something else."""

    def __init__(self, settings: LearningSettings | RewritingSettings, n_epochs: int) -> None:
        self._settings, self.n_epochs = settings, n_epochs
        self.patience = settings.patience

    @abstractmethod
    def train(self, epoch: int, stretch: int) -> Tally:
        """Learn from one stretch of an epoch."""

    @abstractmethod
    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""

    @abstractmethod
    def held_out_loss(self) -> float | None:
        """Give how surprising what is set aside is, if anything is."""

    @abstractmethod
    def quality(self) -> float:
        """Give how good the answers about what is set aside are, the higher the better."""

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays a checkpoint keeps."""

    @abstractmethod
    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""

    def run(self, checkpoints: Checkpoints | None, listener: Listener | None) -> dict[str, Any]:
        """Learn until what is set aside gets no better, and go back to the best.

        Parameters
        ----------
        checkpoints
            Where to save, and what to go on from.
        listener
            Told how far it is.

        Returns
        -------
        dict
            Figures of each epoch, and the seconds.

        Raises
        ------
        DivergedError
            If a number stops being finite.
        """
        schedule = Schedule(
            epochs=self.n_epochs,
            patience=self.patience if self.is_judged else None,
            checkpoint_seconds=60 * self._settings.checkpoint_minutes,
            judge=self.quality if self.is_judged else None,
            n_judged=self.n_judged,
        )
        history = run_epochs(self, schedule, checkpoints, listener)
        figures: dict[str, Any] = {"loss_per_epoch": [epoch.loss for epoch in history.epochs]}
        if self.is_judged:
            figures["dev_loss_per_epoch"] = [epoch.held_out_loss for epoch in history.epochs]
            figures["dev_quality_per_epoch"] = [epoch.score for epoch in history.epochs]
        if schedule.patience is not None:
            losses = [regret(epoch) for epoch in history.epochs]
            figures["best_epoch"] = 1 + best_epoch(losses, self.n_judged)
        return {**figures, "learning_rate": self.highest_rate, "seconds": history.seconds}

    @property
    def highest_rate(self) -> float:
        """The highest learning rate."""
        return self._settings.rate
