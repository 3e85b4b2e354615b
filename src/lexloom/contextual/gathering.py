"""Sum up vectors of words step by step, in a run that can be stopped and goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lexloom.arrays import Ids, Vectors
from lexloom.errors import DamagedError
from lexloom.progress import JsonLines, Listener, Update, combine
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.signals import Interrupted, Requests, listening

__all__ = ["Gathered", "Step", "gather"]

_STEP, _SUMS, _TIMES = "step", "sums", "times"


class Step(NamedTuple):
    """A part of the reading.

    n_words: how many words it reads. read: gives int32 (T), words, and float32 (T, D), their
    vectors.
    """

    n_words: int
    read: Callable[[], tuple[Ids, Vectors]]


class Gathered:
    """The sums of the vectors of V words.

    Parameters
    ----------
    n_words
        V.
    width
        D.
    """

    def __init__(self, n_words: int, width: int) -> None:
        self.sums = np.zeros((n_words, width), np.float32)
        self.times = np.zeros(n_words, np.int64)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors to those of their words.

        Parameters
        ----------
        ids
            int32 (T), a word may come several times.
        vectors
            float32 (T, D).

        Raises
        ------
        DamagedError
            If one is not finite.
        """
        if not np.isfinite(vectors).all():
            raise DamagedError("the encoder gave what is no finite number.")
        if not len(ids):
            return
        order = np.argsort(ids, kind="stable")
        words, begins, times = np.unique(ids[order], return_index=True, return_counts=True)
        self.sums[words] += np.add.reduceat(vectors[order], begins)
        self.times[words] += times

    def means(self) -> tuple[Vectors, Ids]:
        """Give the mean vectors of the words that have any: float32 (N, D), and int32 (N)."""
        ids = np.flatnonzero(self.times).astype(np.int32)
        return self.sums[ids] / self.times[ids, None].astype(np.float32), ids


def gather(
    steps: Sequence[Step],
    gathered: Gathered,
    checkpoints: Checkpoints | None,
    checkpoint_seconds: float,
    listener: Listener | None,
) -> None:
    """Take all steps, from where a run before was interrupted.

    Parameters
    ----------
    steps
        What to read.
    gathered
        Sums, changed in place.
    checkpoints
        Where to save and what to go on from; None keeps nothing.
    checkpoint_seconds
        Save after so much time, at the end of a step.
    listener
        Told of every step.

    Raises
    ------
    DamagedError
        If a vector is not finite.
    StorageError
        If a checkpoint cannot be read or written.
    Interrupted
        If the user asked to stop; what was done is saved.
    """
    first = _restore(gathered, checkpoints)
    done, total = sum(step.n_words for step in steps[:first]), sum(step.n_words for step in steps)
    began = saved = time.monotonic()
    before = done
    with contextlib.ExitStack() as stack:
        requests = stack.enter_context(listening())
        tell = combine(listener)
        if checkpoints is not None:
            lines = stack.enter_context(JsonLines(checkpoints.progress_path))
            tell = combine(lines, listener)
        for number, step in enumerate(steps[first:], start=first + 1):
            gathered.add(*step.read())
            done += step.n_words
            elapsed = time.monotonic() - began
            # A run that goes on is timed as if it had been as quick before.
            tell(Update("reading", done, total, "words", elapsed * done / (done - before)))
            if requests.number is not None and number < len(steps):
                _leave(requests, gathered, number, checkpoints)
            if checkpoints is not None and time.monotonic() - saved >= checkpoint_seconds:
                _save(gathered, number, checkpoints)
                saved = time.monotonic()


def _restore(gathered: Gathered, checkpoints: Checkpoints | None) -> int:
    """Take back what a run before had; give how many steps that was."""
    saved = None if checkpoints is None else checkpoints.last()
    if saved is None:
        return 0
    values, arrays = saved
    gathered.sums[:], gathered.times[:] = arrays[_SUMS], arrays[_TIMES]
    return int(values[_STEP])


def _save(gathered: Gathered, number: int, checkpoints: Checkpoints) -> None:
    """Save what there is after so many steps."""
    checkpoints.save(number, {_STEP: number}, {_SUMS: gathered.sums, _TIMES: gathered.times})


def _leave(
    requests: Requests, gathered: Gathered, number: int, checkpoints: Checkpoints | None
) -> None:
    """Save and end, because somebody asked to."""
    assert requests.number is not None
    if checkpoints is None:
        raise Interrupted("Nothing was saved: distilling ran without out=.", requests.number)
    _save(gathered, number, checkpoints)
    raise Interrupted(
        f"{checkpoints.folder} holds what was done: the same command with --resume "
        "(resume=True) goes on.",
        requests.number,
    )
