"""Learning more than once: with other learning rates to choose by, and other random numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from lexloom import artefact, catalog
from lexloom.errors import DivergedError, SettingError
from lexloom.evaluation.metrics.intervals import mean_of_runs
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.parts import Parts
from lexloom.finetuning.task_trainer import TaskTrainer, Wishes
from lexloom.oddities import tell_oddity
from lexloom.settings import settings
from lexloom.training.folders import RUN, is_done, refuse_existing, run_digest

__all__ = ["RepeatedSettings", "RepeatedTrainer"]

_TIMES_RATE = (1 / 3, 3.0)
_NOT_SEARCHED = {"linear": "has none", "few-shot": "sets no texts aside to choose one by"}
_RUN = "run.sha256"
_QUALITY = "dev_quality_per_epoch"

Given = TypeVar("Given")
TaskParts = TypeVar("TaskParts", bound=Parts[Any])
Result = TypeVar("Result")


@settings
class RepeatedSettings(LearningSettings):
    """What learning more than once is told.

    Attributes
    ----------
    search
        Learn with a third and with three times the learning rate too, and keep what is best on the
        texts to choose by.
    seeds
        Learn so many times, from `seed` and the numbers behind it, and give the mean of the
        figures; what `seed` gave is kept.
    """

    search: bool = False
    seeds: Annotated[int, Field(ge=1, le=100)] = 1

    def __post_init__(self) -> None:
        if self.search and self.method in _NOT_SEARCHED:
            raise SettingError(
                f"search tries learning rates, and method {self.method!r} "
                f"{_NOT_SEARCHED[self.method]}.",
                "Leave out search, or pass another method.",
            )
        if self.seeds > 1 and self.method == "linear":
            raise SettingError(
                "method 'linear' learns the same from every seed.", "Leave out seeds."
            )


@dataclass(frozen=True)
class Try:
    """One of several times that something was learned.

    Attributes
    ----------
    learning_rate
        The highest; None where nothing went down.
    seed
        What random choices hung on.
    dev
        How good it was on the texts to choose by; None where it did not look at any, or a number
        stopped being finite.
    figure
        How good it is on the texts to be judged by; None where it was not judged.
    """

    learning_rate: float | None
    seed: int
    dev: float | None
    figure: float | None = None


class RepeatedTrainer(TaskTrainer[Given, TaskParts, Result], Generic[Given, TaskParts, Result]):
    """A trainer of `RepeatedSettings`, that can judge what it learned once more."""

    search: bool
    seeds: int
    seed: int
    learning_rate: float | None

    @abstractmethod
    def _judge(self, made: Any, parts: TaskParts) -> None:
        """Judge what was learned: its report, and the figures among its metrics."""

    def _fit(self, parts: TaskParts, model: Any, wishes: Wishes) -> Result:
        """Learn once, or as often as was asked for."""
        if not self.search and self.seeds == 1:
            return super()._fit(parts, model, wishes)
        run, out = self._identity(parts, model), wishes.out
        if out is None:
            return self._best(parts, run, wishes)
        place = out.with_name(f"{out.name}.tries")
        with artefact.lock(place):
            if wishes.resume and not wishes.force and is_done(out, run):
                artefact.drop(place)
                return catalog.load(out)
            refuse_existing(out, force=wishes.force)
            _prepare(place, run_digest(run), wishes)
            made = self._best(parts, run, replace(wishes, out=place, resume=True))
            made.save(out, force=wishes.force)
            self._check_kept(made, out, parts)
            artefact.drop(place)
        return made

    def _best(self, parts: TaskParts, run: Mapping[str, Any], wishes: Wishes) -> Any:
        """Choose a learning rate without the texts to be judged by, then learn from each seed."""
        made, searched = self._searched(parts, wishes)
        self._judge(made, parts)
        figure, rate = made.metrics.get("figure"), made.settings["learning_rate"]
        same = made.metrics["method"] == "linear"
        if same and self.seeds > 1:
            tell_oddity("method 'linear' learns the same from every seed: it learned once.")
        tries = [replace(each, figure=figure if each is searched[0] else None) for each in searched]
        for seed in () if same else range(self.seed + 1, self.seed + self.seeds):
            other = self._tried(rate, seed, parts, wishes)
            self._judge(other, parts)
            tries.append(replace(_try_of(other), figure=other.metrics.get("figure")))
        made.describe(self._described())
        made.lineage |= {
            RUN: run_digest(run),
            self.unit: run[self.unit],
            f"n_{self.unit}": self._sizes(parts),
        }
        made.metrics["tries"] = [asdict(each) for each in tries]
        figures = [each.figure for each in tries if each.figure is not None]
        if len(figures) > 1:
            made.metrics["mean_of_seeds"] = mean_of_runs(figures).as_dict()
        return made

    def _searched(self, parts: TaskParts, wishes: Wishes) -> tuple[Any, list[Try]]:
        """Learn with each learning rate; give the best, and all tries with its own first."""
        best = self._tried(self.learning_rate, self.seed, parts, wishes)
        tries = [_try_of(best)]
        if self.search and _QUALITY not in best.metrics:
            method = best.metrics["method"]
            why = _NOT_SEARCHED.get(method, "looked at no texts to choose one by")
            tell_oddity(f"search tries learning rates, and method {method!r} {why}.")
            return best, tries
        usual = best.metrics.get("learning_rate", 0.0)
        for rate in (min(times * usual, 1.0) for times in _TIMES_RATE if self.search):
            try:
                made = self._tried(rate, self.seed, parts, wishes)
            except DivergedError as error:
                tell_oddity(f"learning rate {rate:.3g}: {error}")
                tries.append(Try(rate, self.seed, None))
                continue
            tries.append(_try_of(made))
            if (tries[-1].dev or 0.0) > (tries[0].dev or 0.0):
                best, tries = made, [tries[-1], *tries[:-1]]
        return best, tries

    def _tried(self, rate: float | None, seed: int, parts: TaskParts, wishes: Wishes) -> Any:
        """Learn once, without the texts to be judged by at the end."""
        own: Any = self
        one = replace(own, search=False, seeds=1, learning_rate=rate, seed=seed)
        name = f"{'usual' if rate is None else f'{rate:.3g}'}-{seed}"

        def tell(choice: Mapping[str, Any]) -> None:
            if wishes.on_choice is not None:
                wishes.on_choice({"learning rate": rate or "the usual", "seed": seed, **choice})

        out = None if wishes.out is None else wishes.out / name
        asked = replace(wishes, out=out, on_choice=tell, force=False)
        return one._fit(replace(parts, test=None), one._opened(), asked)


def _try_of(made: Any) -> Try:
    """Say what was tried."""
    found: list[float] = made.metrics.get(_QUALITY) or []
    dev = found[made.metrics.get("best_epoch", 0) - 1] if found else None
    return Try(made.metrics.get("learning_rate"), made.settings["seed"], dev)


def _prepare(place: Path, run: str, wishes: Wishes) -> None:
    """Make the folder of the tries of a run, or refuse those of another."""
    named = place / _RUN
    artefact.claim(place)
    if named.exists() and not wishes.resume:
        if not wishes.force:
            raise SettingError(
                f"{place} holds an unfinished run.",
                "Pass resume=True (--resume) to go on, or force=True (--force) to begin anew.",
            )
        artefact.drop(place)
        artefact.claim(place)
    if named.exists() and named.read_text(encoding="utf-8") != run:
        raise SettingError(
            f"{place} holds an unfinished run of other settings or data.",
            "Give the same, or begin anew with force=True (--force).",
        )
    with artefact.replace_file(named, force=True) as file:
        file.write(run.encode())
