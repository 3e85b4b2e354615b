"""`fit` in epochs, which can be judged, stopped and gone on with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lexloom.errors import SettingError
from lexloom.progress import Listener
from lexloom.static.fitting import Trainer
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES, DEFAULT_WIDTH, WORDS_PER_SECOND
from lexloom.training.checking import check_corpus
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.epochs import Schedule, Trainable, run_epochs
from lexloom.training.folders import fitted
from lexloom.training.history import Epoch, History
from lexloom.training.stopping import best_epoch, regret
from lexloom.vectors.storing import digest
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Begun", "IteratingTrainer", "Model"]

FLOAT_BYTES = 4


class Begun(Protocol):
    """What training begins with and changes in place."""

    def copy(self) -> Any:
        """Copy what training goes on to change."""
        ...


class Model(Trainable, Protocol):
    """A model in training, which holds threads or files until it is closed."""

    def close(self) -> None:
        """Let them go."""
        ...


class IteratingTrainer(Trainer):
    """Settings that `fit` in epochs; a family says how it begins, what trains, what comes of it.

    Attributes
    ----------
    slowness
        About how many times as long a word takes as with Word2Vec, for what `--dry-run` tells.
    """

    slowness: ClassVar[float] = 1.0

    may_differ: ClassVar[frozenset[str]] = Trainer.may_differ | {
        "checkpoint_minutes", "checkpoint_epochs",
    }  # fmt: skip

    width: int
    epochs: int
    patience: int | None
    checkpoint_minutes: float
    checkpoint_epochs: int | None

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Any:
        """Make what training begins with: a `Begun`."""
        raise NotImplementedError

    def model(
        self, corpus: Corpus, begun: Any, folder: Path | None, listener: Listener | None
    ) -> Model:
        """Make what trains `begun`; large files of its own may lie in `folder`.

        The listener is told how far it is, where that takes long.
        """
        raise NotImplementedError

    def vectors(self, begun: Any, parts: dict[str, Any]) -> WordVectors:
        """Make word vectors of what was trained; `parts` are arguments of `WordVectors` by name."""
        raise NotImplementedError

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of training on so many words, of so many types."""
        seconds = n_words * self.epochs * self.width / (WORDS_PER_SECOND * DEFAULT_WIDTH)
        return seconds * self.slowness, BASE_BYTES + self.taken_bytes(n_words, n_types)

    def taken_bytes(self, n_words: int, n_types: int) -> int:
        """Estimate the bytes of what is trained: here two matrices."""
        return 2 * n_types * self.width * FLOAT_BYTES

    def fit(  # pyright: ignore[reportIncompatibleMethodOverride]  # who trains in epochs is asked more
        self,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        start: WordVectors | None = None,
        frozen: Sequence[str] = (),
        on_progress: Listener | None = None,
        on_epoch: Callable[[Epoch], None] | None = None,
        score: Callable[[WordVectors], float] | None = None,
    ) -> WordVectors:
        """Learn the vectors of a corpus.

        Parameters
        ----------
        corpus
            What to learn from.
        out
            A folder to write the vectors into. While it is made, ``OUT.training`` beside it keeps
            checkpoints and `progress.jsonl`.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        start
            Vectors to begin with. Their words are all kept; words that only the corpus has are
            added.
        frozen
            Words whose vectors of `start` stay as they are.
        on_progress
            Told how far training is.
        on_epoch
            Told of each epoch.
        score
            Given the vectors after each epoch; its answer, the higher the better, is noted and,
            with `patience`, decides when to stop.

        Returns
        -------
        WordVectors
            The vectors, with the losses of all epochs in their metrics.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If the corpus has nothing to learn from: not two words, or not beside each other.
        DivergedError
            If a number stops being finite; nothing is written then.
        StorageError
            If `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        Interrupted
            After Ctrl-C, SIGTERM or SIGHUP, when what was done is saved.
        """
        check_corpus(corpus)
        self.check_corpus(corpus)
        _check_arguments(start, on_epoch=on_epoch, score=score)
        self.check()
        given = None if start is None else digest(start)
        run = {**self._identity(corpus), "start": given, "frozen": sorted(frozen)}

        def learn(checkpoints: Checkpoints | None) -> WordVectors:
            begun = self.begin(corpus, start, frozen)
            parts = self._parts(corpus, run)
            if given is not None:
                parts["lineage"]["start"] = {"digest": given, "n_frozen": len(frozen)}

            def judge() -> float:
                assert score is not None
                value = score(self.vectors(begun.copy(), parts))
                if not isinstance(value, Real):
                    raise SettingError(f"score must give a number, got {value!r}.")
                return float(value)

            schedule = Schedule(
                epochs=self.epochs,
                patience=self.patience,
                checkpoint_seconds=60 * self.checkpoint_minutes,
                checkpoint_epochs=self.checkpoint_epochs,
                judge=None if score is None else judge,
                on_epoch=on_epoch,
            )
            folder = None if checkpoints is None else checkpoints.folder
            with contextlib.closing(self.model(corpus, begun, folder, on_progress)) as model:
                history = run_epochs(model, schedule, checkpoints, on_progress)
            return self.vectors(begun, {**parts, "metrics": self._metrics(history, corpus.n_words)})

        return fitted(learn, run, out, resume=resume, force=force)

    def _metrics(self, history: History, n_words: int) -> dict[str, Any]:
        """Sum up a run for the manifest."""
        epochs = history.epochs
        seconds = history.seconds
        best = {}
        if self.patience is not None:
            best = {"best_epoch": 1 + best_epoch([regret(epoch) for epoch in epochs])}
        return {
            "loss_per_epoch": [epoch.loss for epoch in epochs],
            "held_out_loss_per_epoch": [epoch.held_out_loss for epoch in epochs],
            "score_per_epoch": [epoch.score for epoch in epochs],
            "epochs": len(epochs),
            **best,
            "n_pairs": sum(epoch.n_pairs for epoch in epochs),
            "seconds": seconds,
            "words_per_second": n_words * len(epochs) / seconds if seconds else 0.0,
        }


def _check_arguments(start: object, **functions: object) -> None:
    """Refuse arguments of `fit` that are not what they should be."""
    if start is not None and not isinstance(start, WordVectors):
        raise SettingError(f"start must be WordVectors, got {type(start).__name__}.")
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise SettingError(f"{name} must be a function, got {function!r}.")
