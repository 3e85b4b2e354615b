"""How far, how fast, how long still: one callback.

A long step calls its listener with an `Update` now and then. What a listener makes of it (a bar on
a terminal, lines elsewhere, a JSONL file) is its own affair.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from lexloom.errors import StorageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Bar", "JsonLines", "Lines", "Listener", "Update", "combine", "described", "duration"]

LINE_SECONDS = 10.0


@dataclass(frozen=True)
class Update:
    """How far a step has come.

    Attributes
    ----------
    task
        What is being done: ``"reading"``, ``"training"``.
    done
        Units done so far.
    total
        Units in all, or None when nobody knows yet.
    unit
        What is counted: ``"words"``, ``"bytes"``.
    elapsed_seconds
        Time since the step began, by a clock that never goes back.
    figures
        Named numbers worth watching: ``{"loss": 2.31, "learning_rate": 0.021}``.
    """

    task: str
    done: int
    total: int | None
    unit: str
    elapsed_seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Units a second since the step began."""
        return self.done / self.elapsed_seconds if self.elapsed_seconds > 0 else 0.0

    @property
    def left_seconds(self) -> float | None:
        """Seconds still to go at this rate, or None while that is unknown."""
        if self.total is None or self.rate == 0:
            return None
        return max(self.total - self.done, 0) / self.rate

    @property
    def is_last(self) -> bool:
        """Whether the step is done."""
        return self.total is not None and self.done >= self.total


Listener = Callable[[Update], None]


def combine(*listeners: Listener | None) -> Listener:
    """Make one listener of several; None among them is left out."""
    present = [listener for listener in listeners if listener is not None]

    def tell_all(update: Update) -> None:
        for listener in present:
            listener(update)

    return tell_all


class Lines:
    """Write a plain line now and then: for logs, pipes and terminals without control characters.

    Parameters
    ----------
    stream
        Where the lines go.
    every_seconds
        Least time between two lines of one task, in seconds; its last line is always written.
    """

    def __init__(self, stream: TextIO, *, every_seconds: float = LINE_SECONDS) -> None:
        self._stream = stream
        self._every_seconds = every_seconds
        self._task = ""
        self._told_seconds = 0.0

    def __call__(self, update: Update) -> None:
        """Write a line if one is due."""
        if update.task != self._task:
            self._task, self._told_seconds = update.task, 0.0
        is_due = update.elapsed_seconds - self._told_seconds >= self._every_seconds
        if is_due or update.is_last:
            self._told_seconds = update.elapsed_seconds
            self._stream.write(described(update) + "\n")
            self._stream.flush()


class Bar:
    """Draw a bar on a terminal, one for each task; a context that leaves the terminal clean.

    Parameters
    ----------
    console
        The rich console of that terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=console,
            # Lines that are meant for this terminal appear above the bar; those for a pipe pass by.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def __call__(self, update: Update) -> None:
        """Move the bar of the task."""
        told = described(update, with_task=False)
        if update.task not in self._tasks:
            self._tasks[update.task] = self._progress.add_task(update.task, told=told)
        self._progress.update(
            self._tasks[update.task], total=update.total, completed=update.done, told=told
        )


class JsonLines:
    """Append every update to a file, one JSON object a line with the fields of `Update`.

    Parameters
    ----------
    path
        The file; what it holds already is kept.

    Raises
    ------
    StorageError
        If the file cannot be opened or written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        try:
            self._file = self._path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            raise StorageError(f"cannot be opened: {error.strerror}.", path=path) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __call__(self, update: Update) -> None:
        """Append one line."""
        values = asdict(update)
        # JSON has no word for what is not finite.
        values["figures"] = {
            name: value if math.isfinite(value) else None for name, value in update.figures.items()
        }
        try:
            self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            # What waits in the buffer would fail once more when the file is closed.
            with contextlib.suppress(OSError):
                self._file.close()
            raise StorageError(
                f"cannot be written: {error.strerror}.", path=self._path, errno=error.errno
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def described(update: Update, *, with_task: bool = True) -> str:
    """Say an update in one line: ``training 42 %  1.93 M words/s  loss 2.31  0:12 left``."""
    amount = (
        f"{100 * update.done / update.total:.0f} %"
        if update.total
        else f"{update.done:,} {update.unit}"
    )
    left = update.left_seconds
    parts = [
        f"{update.task} {amount}" if with_task else amount,
        f"{_scaled(update.rate)} {update.unit}/s" if update.rate else "",
        *(f"{name.replace('_', ' ')} {value:.4g}" for name, value in update.figures.items()),
        f"in {duration(update.elapsed_seconds)}"
        if update.is_last
        else ("" if left is None else f"{duration(left)} left"),
    ]
    return "  ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """Say a time as ``0:07``, ``12:40`` or ``3:05:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _scaled(number: float) -> str:
    """Say a number in three digits: ``1.93 M``."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return f"{number / factor:.3g} {letter}"
    return f"{number:.3g}"
