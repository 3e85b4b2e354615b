"""`fit`, as all trainers have it that go over their corpus in epochs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lexloom.errors import SettingError
from lexloom.progress import Listener
from lexloom.settings import as_dict
from lexloom.static.checking import check_corpus
from lexloom.static.starting import digest
from lexloom.text.corpus import Corpus
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.epochs import Schedule, Trainable, run_epochs
from lexloom.training.folders import RUN, run_digest, train_into
from lexloom.training.history import History
from lexloom.training.stopping import best_epoch, regret
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Begun", "IteratingTrainer", "Model"]


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


class IteratingTrainer:
    """Settings that can `fit`; a family says how it begins, what trains, and what comes of it.

    Attributes
    ----------
    family
        What the command line and the settings of the result call it.
    may_differ
        Settings that may change when a run goes on, since the result does not hang on them.
    slowness
        About how many times as long a word takes as with Word2Vec, for what `--dry-run` tells.
    """

    family: ClassVar[str]
    may_differ: ClassVar[frozenset[str]] = frozenset(
        {"threads", "checkpoint_minutes", "checkpoint_epochs", "keep_output"}
    )

    slowness: ClassVar[float] = 1.0

    epochs: int
    patience: int | None
    checkpoint_minutes: float
    checkpoint_epochs: int | None

    def check(self) -> None:
        """Refuse settings that do not go together."""

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Any:
        """Make what training begins with: a `Begun`."""
        raise NotImplementedError

    def model(self, corpus: Corpus, begun: Any, folder: Path | None) -> Model:
        """Make what trains `begun`; large files of its own may lie in `folder`."""
        raise NotImplementedError

    def vectors(self, begun: Any, parts: dict[str, Any]) -> WordVectors:
        """Make word vectors of what was trained; `parts` are arguments of `WordVectors` by name."""
        raise NotImplementedError

    def fit(
        self,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        start: WordVectors | None = None,
        frozen: Sequence[str] = (),
        on_progress: Listener | None = None,
        **judging: Callable[..., Any],
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
        **judging
            ``on_epoch``, told of each `Epoch`; and ``score``, given the `WordVectors` after each
            epoch, whose answer (the higher the better) is noted and, with `patience`, decides when
            to stop.

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
        _check_arguments(start, judging)
        self.check()
        run = self._identity(corpus, start, frozen)

        def learn(checkpoints: Checkpoints | None) -> WordVectors:
            begun = self.begin(corpus, start, frozen)
            parts = {
                "segmentation": corpus.segmentation,
                "phrases": corpus.phrases,
                "settings": {"trainer": self.family, **as_dict(self)},
                "lineage": {RUN: run_digest(run), **_origin(corpus, run)},
            }
            history = self._train(corpus, begun, parts, checkpoints, on_progress, judging)
            return self.vectors(begun, {**parts, "metrics": self._metrics(history, corpus.n_words)})

        if out is not None:
            return train_into(Path(out), run, learn, resume=resume, force=force)
        if resume:
            raise SettingError("resume=True needs out=, the folder of the run to go on with.")
        return learn(None)

    def _train(
        self,
        corpus: Corpus,
        begun: Begun,
        parts: dict[str, Any],
        checkpoints: Checkpoints | None,
        on_progress: Listener | None,
        judging: dict[str, Callable[..., Any]],
    ) -> History:
        """Train `begun` in place, epoch by epoch."""
        judge = judging.get("score")
        schedule = Schedule(
            epochs=self.epochs,
            patience=self.patience,
            checkpoint_seconds=60 * self.checkpoint_minutes,
            checkpoint_epochs=self.checkpoint_epochs,
            judge=judge and (lambda: float(judge(self.vectors(begun.copy(), parts)))),
            on_epoch=judging.get("on_epoch"),
        )
        folder = None if checkpoints is None else checkpoints.folder
        with contextlib.closing(self.model(corpus, begun, folder)) as model:
            return run_epochs(model, schedule, checkpoints, on_progress)

    def _identity(
        self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]
    ) -> dict[str, Any]:
        """Describe the run: what must be the same for a run to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        return {
            "trainer": self.family,
            **same,
            "corpus": corpus.fingerprint,
            "corpus_words": corpus.n_words,
            "vocabulary": len(corpus.vocabulary),
            "start": None if start is None else digest(start),
            "frozen": sorted(frozen),
        }

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


def _check_arguments(start: object, judging: dict[str, Callable[..., Any]]) -> None:
    """Refuse arguments of `fit` that are not what they should be."""
    if start is not None and not isinstance(start, WordVectors):
        raise SettingError(f"start must be WordVectors, got {type(start).__name__}.")
    if unknown := judging.keys() - {"on_epoch", "score"}:
        raise SettingError(f"fit has no argument {sorted(unknown)[0]!r}.")
    for name, function in judging.items():
        if not callable(function):
            raise SettingError(f"{name} must be a function, got {function!r}.")


def _origin(corpus: Corpus, run: dict[str, Any]) -> dict[str, Any]:
    """Say what vectors were made from."""
    origin: dict[str, Any] = {
        "corpus": {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
    }
    if run["start"] is not None:
        origin["start"] = {"digest": run["start"], "n_frozen": len(run["frozen"])}
    return origin
