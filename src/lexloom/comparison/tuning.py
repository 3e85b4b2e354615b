"""Tune a trainer on one's own data: try many settings a little, and the best of them in full."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lexloom import artefact
from lexloom.comparison.judging import Judge
from lexloom.comparison.knowing import refuse_the_unknown
from lexloom.comparison.searching import Search, TuningResult
from lexloom.errors import LexloomError, SettingError
from lexloom.settings import as_dict, settings
from lexloom.static.fitting import Trainer
from lexloom.text.corpus import Corpus
from lexloom.training.checking import check_corpus
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.folders import RUN, run_digest, train_into
from lexloom.training.signals import Interrupted

__all__ = ["Tuning", "tune"]

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_TUNING = "tuning"


@settings
class Tuning:
    """How long to search, and how.

    Attributes
    ----------
    budget
        The time to spend on trials, such as ``90s``, ``10min`` or ``2h``, besides that of the
        settings as they are; the last one may end later.
    most_trials
        Try so many settings in the first rung at most; by default time alone limits them.
    seed
        Which settings are tried, in which order, and which rows they are judged by.
    """

    budget: Annotated[str, Field(pattern="^[0-9]+([.][0-9]+)?(s|min|h)$")] = "10min"
    most_trials: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    @property
    def budget_seconds(self) -> float:
        """The budget in seconds."""
        number = self.budget.rstrip("hmins")
        return float(number) * _SECONDS[self.budget[len(number) :]]


def tune(
    trainer: Trainer,
    corpus: Corpus,
    judge: Judge,
    out: str | os.PathLike[str],
    tuning: Tuning | None = None,
    *,
    resume: bool = False,
    force: bool = False,
    **listening: Callable[[Any], None] | None,
) -> TuningResult:
    """Find better settings for a corpus by what they are wanted for, and keep the best model.

    Successive halving (Jamieson and Talwalkar 2016): many settings are trained a little, the best
    third of them three times as much, and so on. Each rung has its share of the time. The settings
    of `trainer` are trained as they are first, to compare with; what is tried stands in its
    `tunable`.

    Parameters
    ----------
    trainer
        Where tuning begins; settings that are not tried stay as they are.
    corpus
        What to learn from.
    judge
        What to judge by; see `judge_on`.
    out
        A folder for the best model, whose metrics keep all trials. While it is made,
        ``OUT.training`` beside it keeps what was tried.
    tuning
        How long, and how.
    resume
        Go on with what was interrupted; finished trials are not repeated.
    force
        Replace what `out` holds.
    **listening
        ``on_known``, told before anything is trained how much of what judges the corpus knows
        (`Known`); ``on_trial``, told of each `Trial` when it is done; ``on_progress``, told how far
        each training is.

    Returns
    -------
    TuningResult
        What was tried, and what it came to on rows that nothing was tuned by.

    Raises
    ------
    SettingError
        If the trainer declares nothing to tune, or cannot be judged so; or if the corpus knows
        nothing of what judges.
    StorageError
        If `out` exists already or cannot be written.
    BusyError
        If another process writes `out`.
    Interrupted
        After Ctrl-C, SIGTERM or SIGHUP, when what was done is saved.
    """
    tuning = tuning or Tuning()
    if not isinstance(trainer, Trainer):
        raise SettingError(
            f"trainer must be one, such as Word2Vec(), got {trainer!r}.", "Pass a trainer's object."
        )
    check_corpus(corpus)
    if not trainer.tunable:
        raise SettingError(f"{trainer.family} declares no settings to tune.")
    known = refuse_the_unknown(judge, corpus)
    if (tell := listening.pop("on_known", None)) is not None:
        tell(known)
    own = {
        name: value for name, value in as_dict(trainer).items() if name not in trainer.may_differ
    }
    run = {
        "tuning": trainer.family,
        "settings": own,
        "corpus": corpus.digest,
        "corpus_words": corpus.n_words,
        "judge": judge.digest,
        "seed": tuning.seed,
    }

    def learn(checkpoints: Checkpoints) -> _Tuned:
        search = Search(trainer, corpus, judge, tuning, checkpoints, **listening)
        try:
            return _Tuned(*search.run(), run_digest(run))
        except LexloomError:
            # What is refused at once leaves nothing to go on with.
            if not search.trials:
                checkpoints.remove()
            raise
        except KeyboardInterrupt as error:
            number = getattr(error, "exit_code", 130) - 128
            raise Interrupted(
                f"{checkpoints.folder} holds {len(search.trials):,} finished trials: the same "
                "command with --resume (resume=True) goes on.",
                number,
            ) from error

    train_into(Path(out), run, learn, resume=resume, force=force)
    return TuningResult.from_dict(artefact.read_manifest(out).metrics[_TUNING])


class _Tuned(artefact.Kept):
    """The best model, with what tuning found."""

    def __init__(self, model: artefact.Kept, found: TuningResult, run: str) -> None:
        self.kind = model.kind
        self._model, self._found, self._run = model, found, run

    def kept_settings(self) -> dict[str, Any]:
        """Give what the manifest of the model keeps."""
        return self._model.kept_settings()

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files of the model, and into its metrics what tuning found."""
        self._model.write_into(draft)
        draft.metrics[_TUNING] = self._found.as_dict()
        draft.lineage[RUN] = self._run
