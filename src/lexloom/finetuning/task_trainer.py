"""How every task is learned: from examples in parts, on a model, in a run that can be gone on with.

What is a task's own (its examples, what learns, its report) its trainer fills in.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

import numpy as np

from lexloom import __version__
from lexloom.contextual.encoder_settings import Precision
from lexloom.errors import DamagedError
from lexloom.finetuning.parts import Parts
from lexloom.opening import identity_of
from lexloom.progress import Listener
from lexloom.settings import as_dict
from lexloom.training.folders import RUN, decided, fitted, refuse_existing, run_digest

if TYPE_CHECKING:
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["CHECKED", "ChoiceListener", "Lesson", "TaskTrainer", "Wishes"]

CHECKED = 4
"""So many examples are answered once more by what was kept, to see that nothing was lost."""

_MOST_APART = 1e-2
_LIBRARIES = {
    "torch": "torch", "transformers": "transformers", "tokenizers": "tokenizers", "peft": "peft",
    "sklearn": "scikit-learn",
}  # fmt: skip
"""Those that learn, by the module, and what they are installed as."""

_MOST_COUNTED = 500
"""The counts of more labels would fill a manifest that people read."""

ChoiceListener = Callable[[Mapping[str, Any]], None]

Given = TypeVar("Given")
TaskParts = TypeVar("TaskParts", bound=Parts[Any])
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lesson(Generic[TaskParts]):
    """What is learned from, and with.

    Attributes
    ----------
    parts
        All examples.
    model
        What is made good at the task.
    run
        What must not change while the run goes on.
    checkpoints
        Where to save, and what to go on from; None saves nothing.
    listener
        Told how far it is.
    on_choice
        Told what was decided before it began.
    """

    parts: TaskParts
    model: Any
    run: dict[str, Any]
    checkpoints: Checkpoints | None = None
    listener: Listener | None = None
    on_choice: ChoiceListener | None = None

    def decided(self, decide: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Decide what settings leave to the machine, once in a run, and tell it.

        Parameters
        ----------
        decide
            Measures; gives plain JSON values.

        Returns
        -------
        dict
            What was decided when the run began.

        Raises
        ------
        StorageError
            If it cannot be read or written.
        DamagedError
            If it is not what was written.
        """
        choices = decided(self.checkpoints, self.run, decide)
        if self.on_choice is not None:
            self.on_choice(choices)
        return choices


@dataclass(frozen=True)
class Wishes:
    """Where a result goes, and who is told: as `TaskTrainer.fit` takes it."""

    out: Path | None = None
    resume: bool = False
    force: bool = False
    on_progress: Listener | None = None
    on_choice: ChoiceListener | None = None


class TaskTrainer(ABC, Generic[Given, TaskParts, Result]):
    """Makes a model good at a task. A task's trainer is settings that know how to learn."""

    family: ClassVar[str]
    unit: ClassVar[str] = "texts"
    """What an example is."""
    may_differ: ClassVar[frozenset[str]]
    """Settings that a run may be gone on with, though they changed."""

    def fit(
        self,
        train: Given,
        dev: Given | None = None,
        *,
        test: Given | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
        on_choice: ChoiceListener | None = None,
    ) -> Result:
        """Learn from examples.

        Parameters
        ----------
        train
            What to learn from: a file, or examples; the class says of what form.
        dev
            What to look at while learning; by default a share of `train` is set aside.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so.
        out
            A folder to write the result into, with the model it stands on.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.
        on_choice
            Told what was left to the machine and is decided now: the method and why, about how many
            seconds it takes, the precision; by name, as far as the task leaves it open.

        Returns
        -------
        Result
            The model, good at the task, with its report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together, or the model is of another kind.
        FormatError
            If there is too little to learn from, parts do not go together, or a file has no such
            fields.
        StorageError
            If a file cannot be read, or `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        DivergedError
            If a number stops being finite; nothing is written then.
        MissingExtraError
            If what the task or the model needs is not installed.
        """
        place = None if out is None else Path(out)
        if place is not None and not resume:
            refuse_existing(place, force=force)
        parts, model = self._looked_at(train, dev, test)
        return self._fit(parts, model, Wishes(place, resume, force, on_progress, on_choice))

    def rehearse(
        self, train: Given, dev: Given | None = None, test: Given | None = None
    ) -> dict[str, Any]:
        """Look at everything that `fit` would, and say what learning would take.

        Parameters
        ----------
        train
            What to learn from.
        dev
            What to look at while learning.
        test
            What to be judged by at the end.

        Returns
        -------
        dict
            How many examples each part has, and what the task can foretell, as plain JSON values.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        parts, model = self._looked_at(train, dev, test)
        return {f"n_{self.unit}": self._sizes(parts), **self._forecast(parts, model)}

    def _fit(self, parts: TaskParts, model: Any, wishes: Wishes) -> Result:
        """Learn from examples that were looked at."""
        run = self._identity(parts, model)

        def learn(checkpoints: Checkpoints | None) -> Any:
            lesson = Lesson(parts, model, run, checkpoints, wishes.on_progress, wishes.on_choice)
            return self._learned(lesson)

        made = fitted(learn, run, wishes.out, resume=wishes.resume, force=wishes.force)
        if wishes.out is not None:
            self._check_kept(made, wishes.out, parts)
        return made

    @abstractmethod
    def _opened(self) -> Any:
        """Open the model, and make sure that it can learn the task."""

    @abstractmethod
    def _parts(self, train: Given, dev: Given | None, test: Given | None, model: Any) -> TaskParts:
        """Take all examples, look at them, and set some aside."""

    @abstractmethod
    def _learned(self, lesson: Lesson[TaskParts]) -> Result:
        """Learn, and judge what was learned."""

    @abstractmethod
    def _answers(self, made: Any, parts: TaskParts) -> Any:
        """Let what was made answer some examples: an array, or what can be compared."""

    def _forecast(self, parts: TaskParts, model: Any) -> dict[str, Any]:
        """Say what can be said of a run before it begins."""
        return {}

    def _label_counts(self, parts: TaskParts) -> dict[str, int]:
        """Count how many examples to learn from have each label, where they have such."""
        return {}

    def _origin(self, model: Any) -> Any:
        """Tell a model from others."""
        return identity_of(model)

    def _reopened(self, made: Any, out: str | os.PathLike[str]) -> Any:
        """Open what was kept as what was made is, computing where and in what it does."""
        model, same = getattr(made, "model", made), {}
        if model.kind == "encoder" and model.precision in get_args(Precision):
            same = {"device": model.network.device, "precision": model.precision}
        return type(made).load(out, verify="structure", **same)

    def _looked_at(
        self, train: Given, dev: Given | None, test: Given | None
    ) -> tuple[TaskParts, Any]:
        """Open the model and take all examples."""
        model = self._opened()
        return self._parts(train, dev, test, model), model

    def _settings(self) -> dict[str, Any]:
        """Give the settings as they come back from JSON."""
        named = as_dict(self).items()
        return {name: list(own) if isinstance(own, tuple) else own for name, own in named}

    def _identity(self, parts: TaskParts, model: Any) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {n: value for n, value in self._settings().items() if n not in self.may_differ}
        return {
            "trainer": self.family,
            "lexloom": __version__,
            **same,
            "model": self._origin(model),
            self.unit: parts.digest(),
        }

    def _made_from(self, lesson: Lesson[TaskParts]) -> dict[str, Any]:
        """Say how a result was made, and what from."""
        run, counts = lesson.run, self._label_counts(lesson.parts)
        return {
            "settings": self._described(),
            "lineage": {
                RUN: run_digest(run),
                "model": run["model"],
                self.unit: run[self.unit],
                f"n_{self.unit}": self._sizes(lesson.parts),
                "libraries": _libraries(),
                **({"labels": counts} if 0 < len(counts) <= _MOST_COUNTED else {}),
            },
        }

    def _described(self) -> dict[str, Any]:
        """Give the settings, and whose they are."""
        return {"trainer": self.family, **self._settings()}

    def _sizes(self, parts: TaskParts) -> dict[str, int]:
        """Count the examples of each part."""
        return {name: len(part) for name, part in parts.named.items()}

    def _check_kept(self, made: Any, out: str | os.PathLike[str], parts: TaskParts) -> None:
        """Make sure that what was kept answers as what was made."""
        own, kept = (self._answers(each, parts) for each in (made, self._reopened(made, out)))
        if isinstance(own, np.ndarray):
            most = _MOST_APART * max(1.0, np.abs(own).max(initial=0.0))
            is_same = bool(np.abs(kept - own).max(initial=0.0) <= most)
        else:
            is_same = bool(kept == own)
        if not is_same:
            raise DamagedError(
                "was kept, but answers otherwise than what was learned.",
                "This is a defect of lexloom.",
                path=out,
            )


def _libraries() -> dict[str, str]:
    """Give the versions of the libraries that a run learned with."""
    used = (name for module, name in _LIBRARIES.items() if module in sys.modules)
    return {name: importlib.metadata.version(name) for name in used}
