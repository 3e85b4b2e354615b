"""The loop of every trainer: epochs of stretches, told, saved, and ended in good order."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lexloom.errors import DivergedError, SettingError
from lexloom.progress import JsonLines, Listener, Update, combine
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.history import Epoch, History, Tally
from lexloom.training.signals import Interrupted, Requests, listening
from lexloom.training.stopping import Best, regret

__all__ = ["Schedule", "Trainable", "run_epochs"]


class Trainable(Protocol):
    """What the loop asks of a model in training."""

    n_stretches: int
    stretch_units: int
    n_units: int
    unit: str

    def train(self, epoch: int, stretch: int) -> Tally:
        """Train on one stretch of the data of one epoch."""
        ...

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""
        ...

    def held_out_loss(self) -> float | None:
        """Give the mean loss of what is set aside, or None."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays a checkpoint keeps."""
        ...

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""
        ...


@dataclass(frozen=True)
class Schedule:
    """How long to train, when to stop and how often to save.

    Attributes
    ----------
    epochs
        Passes over the data.
    patience
        Stop after so many epochs that were no better than the best before, and go back to the best;
        None does neither.
    checkpoint_seconds
        Save after so much time, at the end of the stretch.
    checkpoint_epochs
        Save after so many epochs; None goes by time alone.
    judge
        Called after each epoch: the score of the model as it is, the higher the better.
    n_judged
        How many answers the score is the mean of, each 0 to 1; None where it is something else.
    on_epoch
        Told of each epoch.
    stage
        What an epoch is called to whoever listens, where it is no pass over the data.
    """

    epochs: int
    patience: int | None
    checkpoint_seconds: float
    checkpoint_epochs: int | None = None
    judge: Callable[[], float] | None = None
    n_judged: int | None = None
    on_epoch: Callable[[Epoch], None] | None = None
    stage: str = "epoch"


def run_epochs(
    model: Trainable, schedule: Schedule, checkpoints: Checkpoints | None, listener: Listener | None
) -> History:
    """Train until the schedule says that it is done.

    Parameters
    ----------
    model
        What is trained, in place.
    schedule
        How long.
    checkpoints
        Where to save and what to go on from; None keeps nothing.
    listener
        Told of every stretch.

    Returns
    -------
    History
        What came of it.

    Raises
    ------
    SettingError
        If there is patience, but nothing to judge an epoch by.
    DivergedError
        If a number stops being finite; it is never saved.
    StorageError
        If a checkpoint cannot be read or written; the one before stays.
    Interrupted
        If the user asked to stop; what was done is saved.
    """
    best = None if schedule.patience is None else Best(schedule.patience, schedule.n_judged)
    if best is not None and schedule.judge is None and model.held_out_loss() is None:
        raise SettingError(
            "patience needs something to judge an epoch by: no sentences are held out, and there "
            "is no score.",
            "Set a higher held_out, give more text, or pass score=, a function of the vectors.",
        )
    history = _begin(model, checkpoints, best)
    with _telling(checkpoints, listener) as tell, listening() as requests:
        loop = _Loop(model, schedule, checkpoints, history, best, tell)
        while history.epoch < schedule.epochs and not (best and best.is_stuck):
            loop.step()
            if requests.number is not None:
                loop.leave(requests)
    if best is not None:
        best.give_back(model)
    return history


def _begin(model: Trainable, checkpoints: Checkpoints | None, best: Best | None) -> History:
    """Go on from the last checkpoint, or begin."""
    saved = None if checkpoints is None else checkpoints.last()
    if saved is None:
        return History()
    values, arrays = saved
    history = History.from_dict(values)
    if best is not None:
        arrays = best.restore([regret(epoch) for epoch in history.epochs], arrays)
    model.restore(arrays)
    return history


@contextlib.contextmanager
def _telling(checkpoints: Checkpoints | None, listener: Listener | None) -> Iterator[Listener]:
    """Make one listener of the caller's and the run's own file."""
    if checkpoints is None:
        yield combine(listener)
        return
    with JsonLines(checkpoints.progress_path) as lines:
        yield combine(lines, listener)


class _Loop:
    """The steps of `run_epochs`."""

    def __init__(
        self,
        model: Trainable,
        schedule: Schedule,
        checkpoints: Checkpoints | None,
        history: History,
        best: Best | None,
        tell: Listener,
    ) -> None:
        self._model = model
        self._schedule = schedule
        self._checkpoints = checkpoints
        self._history = history
        self._best = best
        self._tell = tell
        self._saved_at = time.monotonic()
        self._is_saved = False

    def step(self) -> None:
        """Train one stretch, and end the epoch with its last."""
        history, model = self._history, self._model
        began = time.monotonic()
        history.tally = history.tally + model.train(history.epoch, history.stretch)
        history.seconds += time.monotonic() - began
        history.stretch += 1
        self._is_saved = False
        if history.stretch == model.n_stretches:
            self._end_epoch()
        self._report()
        if self._is_due():
            self._save()

    def _is_due(self) -> bool:
        """Say whether it is time for a checkpoint."""
        history, schedule = self._history, self._schedule
        every = schedule.checkpoint_epochs
        if every is not None and history.stretch == 0 and history.epoch % every == 0:
            return True
        return time.monotonic() - self._saved_at >= schedule.checkpoint_seconds

    def leave(self, requests: Requests) -> None:
        """Save and end, because somebody asked to."""
        assert requests.number is not None
        if self._checkpoints is None:
            raise Interrupted("Nothing was saved: training ran without out=.", requests.number)
        self._save()
        raise Interrupted(
            f"{self._checkpoints.folder} holds what was done: the same command with --resume "
            "(resume=True) goes on.",
            requests.number,
        )

    def _report(self) -> None:
        """Tell how far it is."""
        history, model = self._history, self._model
        if history.stretch:
            epoch, stretch, loss = history.epoch, history.stretch, history.tally.mean
        else:  # an epoch has just ended
            last = history.epochs[-1]
            epoch, stretch, loss = last.number - 1, model.n_stretches, last.loss
        done = min(stretch * model.stretch_units, model.n_units)
        figures = {
            self._schedule.stage: float(epoch + 1),
            "loss": loss,
            "learning_rate": model.rate(epoch, stretch),
        }
        if history.epochs and history.epochs[-1].held_out_loss is not None:
            figures["held_out_loss"] = history.epochs[-1].held_out_loss
        self._tell(
            Update(
                task="training",
                done=epoch * model.n_units + done,
                total=self._schedule.epochs * model.n_units,
                unit=model.unit,
                elapsed_seconds=history.seconds,
                figures=figures,
            )
        )

    def _end_epoch(self) -> None:
        """Look at the model, note what the epoch came to, and decide whether to go on."""
        history, schedule = self._history, self._schedule
        score = None if schedule.judge is None else schedule.judge()
        if score is not None and not math.isfinite(score):
            raise SettingError(f"score must give a finite number, got {score}.")
        epoch = Epoch(
            number=history.epoch + 1,
            loss=history.tally.mean,
            n_pairs=history.tally.n_pairs,
            held_out_loss=self._model.held_out_loss(),
            score=score,
        )
        history.epochs.append(epoch)
        history.epoch += 1
        history.stretch = 0
        history.tally = Tally()
        if self._best is not None:
            self._best.look(regret(epoch), self._model)
        if schedule.on_epoch is not None:
            schedule.on_epoch(epoch)

    def _save(self) -> None:
        """Write a checkpoint of where the run stands."""
        if self._checkpoints is None or self._is_saved:
            return
        history, arrays = self._history, self._model.arrays()
        step = history.epoch * self._model.n_stretches + history.stretch
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise DivergedError(
                f"a vector was not finite after step {step:,} (epoch {history.epoch + 1}).",
                "Lower learning_rate, or look at the vectors training began with.",
            )
        if self._best is not None:
            arrays = {**arrays, **self._best.arrays()}
        self._checkpoints.save(step, history.as_dict(), arrays)
        self._saved_at = time.monotonic()
        self._is_saved = True
