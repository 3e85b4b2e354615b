"""The steps of tuning: which settings are tried on how much text, and what came of it so far."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom import catalog
from lexloom.comparison.judging import Judge
from lexloom.comparison.trials import (
    AS_IT_IS,
    Trial,
    best_of,
    candidates_of,
    rungs_of,
    survivors_of,
)
from lexloom.errors import DivergedError, FormatError, SettingError
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.progress import Listener
from lexloom.reporting.tables import Cell, Table
from lexloom.static.fitting import Trainer
from lexloom.text.corpus import Corpus
from lexloom.training.checkpoints import Checkpoints

if TYPE_CHECKING:
    from lexloom.comparison.tuning import Tuning

__all__ = ["Search", "TuningResult", "said"]

_TRIALS = "trials"


@dataclass(frozen=True)
class TuningResult:
    """What tuning found.

    Attributes
    ----------
    family
        The trainer.
    judged_on, measure
        What it was judged by, and how.
    n_development, n_test
        Rows to tune by, and rows looked at once, at the end.
    trials
        All that was tried, in order.
    best
        The trial whose model was kept.
    tuned, untuned
        On the test rows: the model that was kept, and that of the settings tuning began with.
    """

    family: str
    judged_on: str
    measure: str
    n_development: int
    n_test: int
    trials: tuple[Trial, ...]
    best: Trial
    tuned: Estimate
    untuned: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TuningResult:
        """Make it anew from what `as_dict` gave."""
        found = {
            **values,
            "trials": tuple(map(Trial.from_dict, values["trials"])),
            "best": Trial.from_dict(values["best"]),
            "tuned": Estimate(**values["tuned"]),
            "untuned": Estimate(**values["untuned"]),
        }
        return cls(**found)

    def table(self) -> Table:
        """Give one row a trial, in order."""
        rows: list[tuple[Cell, ...]] = [
            (
                trial.number,
                "as it is" if trial.rung == AS_IT_IS else str(trial.rung + 1),
                f"{trial.share:.0%}",
                said(trial.changes),
                trial.score,
                f"{trial.seconds:.1f}",
                "kept" if trial == self.best else "",
            )
            for trial in self.trials
        ]
        columns = ("trial", "rung", "documents", "changes", "score", "seconds", "")
        return Table(columns, tuple(rows))


def said(changes: Mapping[str, Any]) -> str:
    """Say what a trial changed, on one line."""
    return ", ".join(f"{name} {value}" for name, value in changes.items()) or "nothing"


class Search:
    """What has been tried, and what comes next; every finished trial is kept at once."""

    def __init__(
        self,
        trainer: Trainer,
        corpus: Corpus,
        judge: Judge,
        tuning: Tuning,
        checkpoints: Checkpoints,
        on_trial: Callable[[Trial], None] | None = None,
        on_progress: Listener | None = None,
    ) -> None:
        self._trainer, self._judge, self._tuning = trainer, judge, tuning
        self._checkpoints = checkpoints
        self._on_trial, self._on_progress = on_trial, on_progress
        self._parts = {1.0: corpus}
        saved = checkpoints.last()
        found = [] if saved is None else saved[0][_TRIALS]
        self.trials = [Trial.from_dict(values) for values in found]
        self._save()

    def run(self) -> tuple[Any, TuningResult]:
        """Try settings until the time is over; give the best model and what was found."""
        budget = self._tuning.budget_seconds
        rungs = rungs_of(self._trainer, self._parts[1.0].n_words)
        self._try(AS_IT_IS, 1.0, {})
        wanted = candidates_of(self._trainer, self._tuning.seed)[: self._tuning.most_trials]
        for rung, (share, more) in enumerate(rungs):
            for changes in wanted:
                if self._is_over(rung, budget * (rung + 1) / len(rungs)):
                    break
                self._try(rung, share, {**changes, **more})
            wanted = survivors_of(self.trials, rung)
        best = best_of(self.trials)
        if best.share < 1:  # what is kept has learned from everything
            self._try(len(rungs) - 1, 1.0, best.changes)
            best = best_of(self.trials)
        model, untuned = (catalog.load(self._place(trial)) for trial in (best, self.trials[0]))
        return model, TuningResult(
            family=self._trainer.family,
            judged_on=self._judge.name,
            measure=self._judge.measure,
            n_development=self._judge.n_development,
            n_test=self._judge.n_test,
            trials=tuple(self.trials),
            best=best,
            tuned=self._judge.test(model),
            untuned=self._judge.test(untuned),
        )

    def _is_over(self, rung: int, end_seconds: float) -> bool:
        """Say whether the time is over: that of all, or of a rung that has had a trial.

        The first trial, as it is, does not count: kernels are compiled in it.
        """
        spent = sum(trial.seconds for trial in self.trials if trial.rung != AS_IT_IS)
        begun = any(trial.rung == rung for trial in self.trials)
        return spent >= self._tuning.budget_seconds or (begun and spent >= end_seconds)

    def _try(self, rung: int, share: float, changes: Mapping[str, Any]) -> None:
        """Train and judge, unless that was done already."""
        if any(one.share == share and one.changes == changes for one in self.trials):
            return
        began = time.monotonic()
        trial = Trial(len(self.trials) + 1, rung, share, changes, None, 0.0)
        try:
            model = dataclasses.replace(self._trainer, **changes).fit(  # type: ignore[type-var]  # settings are dataclasses
                self._part(share), out=self._place(trial), resume=True,
                on_progress=self._on_progress,
            )  # fmt: skip
            trial = dataclasses.replace(trial, score=self._judge.score(model))
        except (DivergedError, FormatError, SettingError):
            # The corpus is good enough for the settings tuning began with: these ask too much.
            if rung == AS_IT_IS:
                raise
        trial = dataclasses.replace(trial, seconds=time.monotonic() - began)
        self.trials.append(trial)
        self._save()
        if self._on_trial is not None:
            self._on_trial(trial)

    def _part(self, share: float) -> Corpus:
        """Give a share of the documents, the same ones each time."""
        if share not in self._parts:
            self._parts[share] = self._parts[1.0].split(share, seed=self._tuning.seed)[0]
        return self._parts[share]

    def _place(self, trial: Trial) -> Path:
        """Say where the model of a trial lies."""
        return self._checkpoints.folder / f"trial-{trial.number:04}"

    def _save(self) -> None:
        """Write down what was tried, and remove models that cannot be wanted any more."""
        values = {_TRIALS: [trial.as_dict() for trial in self.trials]}
        self._checkpoints.save(len(self.trials), values, {})
        if not self.trials:
            return
        kept = {self._place(trial).name for trial in (self.trials[0], best_of(self.trials))}
        kept.add(f"trial-{len(self.trials) + 1:04}")
        for place in self._checkpoints.folder.glob("trial-*"):
            if place.name.partition(".")[0] not in kept:
                shutil.rmtree(place, ignore_errors=True)
