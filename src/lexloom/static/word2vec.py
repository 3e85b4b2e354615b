"""Word2Vec: one vector a word, learned by foretelling words from their neighbours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lexloom.errors import DivergedError, SettingError
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.static.checking import check_corpus
from lexloom.static.starting import Start, begin, digest
from lexloom.static.word2vec_model import Word2VecModel
from lexloom.text.corpus import Corpus
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.epochs import Schedule, run_epochs
from lexloom.training.folders import RUN, run_digest, train_into
from lexloom.training.history import History
from lexloom.training.stopping import best_epoch, regret
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Word2Vec"]

_FIRST_RATES = {"skip_gram": 0.025, "cbow": 0.075}
_MAY_DIFFER_ON_RESUME = {"threads", "checkpoint_minutes", "checkpoint_epochs", "keep_output"}


@settings
class Word2Vec:
    """Train word vectors as Word2Vec does (Mikolov et al. 2013a, 2013b).

    Attributes
    ----------
    width
        D, the numbers of a vector.
    window
        The largest distance between a word and its context, in words.
    dynamic_window
        Draw the window of each word from 1 … window, so that near words count more.
    objective
        ``skip_gram`` foretells a word from each context word, ``cbow`` from their mean.
    loss
        ``negative_sampling`` against noise words, ``hierarchical_softmax`` along a Huffman tree, or
        ``full_softmax`` over all words (small vocabularies).
    noise_words
        K, the noise words each pair stands against.
    noise_exponent
        Noise words are drawn by their count to this power.
    sample
        Words with a greater share of the corpus than this are trained less often; 0 trains all.
    epochs
        Passes over the corpus.
    learning_rate
        Where the learning rate begins; by default 0.025 for skip-gram and 0.075 for CBOW.
    min_learning_rate
        Where it ends, falling evenly.
    cbow_gradient
        ``exact`` divides the gradient of a mean by the number of context words; ``word2vec`` does
        not, like the program of that name.
    held_out
        The share of sentences that are set aside to measure the loss on; none of a corpus with
        fewer than 1,000 sentences.
    patience
        Stop after so many epochs without a better held-out loss (or score) and give the vectors of
        the best epoch; by default all epochs are trained and the last vectors given.
    threads
        Threads to train with; by default one for each core.
    deterministic
        Give the same bytes for any number of threads, somewhat slower. Otherwise threads change
        the vectors as they go (Hogwild) and no two runs are quite the same.
    seed
        What all random choices hang on.
    keep_output
        Keep the output matrix too, to go on training later.
    checkpoint_minutes
        Save after so much time, when training into a folder.
    checkpoint_epochs
        Save after so many epochs too; by default only time counts.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    >>> vectors = Word2Vec(width=8, epochs=2, threads=1).fit(corpus)
    >>> vectors.matrix.shape
    (3, 8)
    """

    width: Annotated[int, Field(ge=1, le=4096)] = 100
    window: Annotated[int, Field(ge=1, le=100)] = 5
    dynamic_window: bool = True
    objective: Literal["skip_gram", "cbow"] = "skip_gram"
    loss: Literal["negative_sampling", "hierarchical_softmax", "full_softmax"] = "negative_sampling"
    noise_words: Annotated[int, Field(ge=1, le=100)] = 5
    noise_exponent: Annotated[float, Field(ge=-2, le=2)] = 0.75
    sample: Annotated[float, Field(ge=0, le=1)] = 1e-3
    epochs: Annotated[int, Field(ge=1)] = 5
    learning_rate: Annotated[float, Field(gt=0, le=10)] | None = None
    min_learning_rate: Annotated[float, Field(ge=0, le=10)] = 1e-4
    cbow_gradient: Literal["exact", "word2vec"] = "exact"
    held_out: Annotated[float, Field(ge=0, lt=0.5)] = 0.002
    patience: Annotated[int, Field(ge=1)] | None = None
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    deterministic: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    keep_output: bool = False
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    checkpoint_epochs: Annotated[int, Field(ge=1)] | None = None

    @property
    def first_rate(self) -> float:
        """The learning rate at the start."""
        return self.learning_rate or _FIRST_RATES[self.objective]

    @property
    def drawn_noise(self) -> int:
        """The noise words drawn for a block of centre words: in whole tiles of 4, as K grows."""
        for_five = 24 if self.objective == "cbow" else 16
        return 4 * -(-self.noise_words * for_five // 20)

    @property
    def blocks(self) -> tuple[int, int]:
        """The centre words of a block, and the blocks of a deterministic round.

        Every word of a hierarchical softmax changes the top of the tree, so its rounds are short.
        """
        if self.loss == "hierarchical_softmax":
            return 24, 2
        return (48, 4) if self.objective == "cbow" else (24, 8)

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
        self._check(corpus, start, judging)
        run = self._identity(corpus, start, frozen)

        def learn(checkpoints: Checkpoints | None) -> WordVectors:
            begun = begin(
                corpus.vocabulary, self.width, self.seed, start, frozen,
                with_outputs=self._takes_outputs(start),
            )  # fmt: skip
            lineage = {RUN: run_digest(run), **_origin(corpus, run)}
            return self._learn(corpus, begun, lineage, checkpoints, on_progress, judging)

        if out is not None:
            return train_into(Path(out), run, learn, resume=resume, force=force)
        if resume:
            raise SettingError("resume=True needs out=, the folder of the run to go on with.")
        return learn(None)

    def _takes_outputs(self, start: WordVectors | None) -> bool:
        """Say whether output vectors to begin with are of words, not of nodes of another tree."""
        tree = "hierarchical_softmax"
        return start is not None and tree not in {self.loss, start.settings.get("loss")}

    def _learn(
        self,
        corpus: Corpus,
        begun: Start,
        lineage: dict[str, Any],
        checkpoints: Checkpoints | None,
        on_progress: Listener | None,
        judging: dict[str, Callable[..., Any]],
    ) -> WordVectors:
        """Train, and make the vectors."""
        with contextlib.closing(Word2VecModel(self, corpus, begun)) as model:
            judge = judging.get("score")
            schedule = Schedule(
                epochs=self.epochs,
                patience=self.patience,
                checkpoint_seconds=60 * self.checkpoint_minutes,
                checkpoint_epochs=self.checkpoint_epochs,
                judge=judge
                and (lambda: float(judge(self._vectors(corpus, _copy(begun), lineage)))),
                on_epoch=judging.get("on_epoch"),
            )
            history = run_epochs(model, schedule, checkpoints, on_progress)
        return self._vectors(corpus, begun, lineage, history)

    def _vectors(
        self,
        corpus: Corpus,
        begun: Start,
        lineage: dict[str, Any],
        history: History | None = None,
    ) -> WordVectors:
        """Make word vectors of the matrices as they are."""
        if not (np.isfinite(begun.inputs).all() and np.isfinite(begun.outputs).all()):
            raise DivergedError("a vector is not finite at the end.", "Lower learning_rate.")
        return WordVectors(
            begun.vocabulary,
            begun.inputs,
            output_matrix=begun.outputs if self.keep_output else None,
            segmentation=corpus.segmentation,
            phrases=corpus.phrases,
            settings={"trainer": "word2vec", **as_dict(self)},
            lineage=lineage,
            metrics=None if history is None else self._metrics(history, corpus.n_words),
        )

    def _check(
        self, corpus: Corpus, start: WordVectors | None, judging: dict[str, Callable[..., Any]]
    ) -> None:
        """Refuse what cannot be trained on."""
        check_corpus(corpus)
        if start is not None and not isinstance(start, WordVectors):
            raise SettingError(f"start must be WordVectors, got {type(start).__name__}.")
        if unknown := judging.keys() - {"on_epoch", "score"}:
            raise SettingError(f"fit has no argument {sorted(unknown)[0]!r}.")
        for name, function in judging.items():
            if not callable(function):
                raise SettingError(f"{name} must be a function, got {function!r}.")
        if self.min_learning_rate > self.first_rate:
            raise SettingError(
                f"min_learning_rate must be at most the learning rate {self.first_rate:g}, got "
                f"{self.min_learning_rate:g}."
            )

    def _identity(
        self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]
    ) -> dict[str, Any]:
        """Describe the run: what must be the same for a run to go on."""
        values = as_dict(self)
        same = {name: values[name] for name in values if name not in _MAY_DIFFER_ON_RESUME}
        return {
            "trainer": "word2vec",
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


def _copy(begun: Start) -> Start:
    """Copy the matrices, which training goes on to change."""
    return replace(begun, inputs=begun.inputs.copy(), outputs=begun.outputs.copy())


def _origin(corpus: Corpus, run: dict[str, Any]) -> dict[str, Any]:
    """Say what vectors were made from."""
    origin: dict[str, Any] = {
        "corpus": {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
    }
    if run["start"] is not None:
        origin["start"] = {"digest": run["start"], "n_frozen": len(run["frozen"])}
    return origin
