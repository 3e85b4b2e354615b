"""Pretraining: a transformer learned from a corpus, from scratch or from where another left off."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexloom import __version__
from lexloom.contextual.language_models.sizes import shape_of
from lexloom.contextual.model_folder import open_model_folder
from lexloom.contextual.pretraining_settings import PretrainingSettings
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_training import TokenizerTraining
from lexloom.errors import SettingError
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.checking import check_corpus, warn_of_gaps
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.epochs import Schedule, run_epochs
from lexloom.training.folders import RUN, decided, fitted, run_digest
from lexloom.vectors.storing import digest
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.contextual.language_models.beginning import Beginning
    from lexloom.contextual.language_models.transformer_model import TransformerModel
    from lexloom.text.corpus import Corpus
    from lexloom.training.history import History

__all__ = ["CausalPretraining", "MaskedPretraining", "Pretraining"]

_TOKENIZER = "tokenizer"


@settings
class Pretraining(PretrainingSettings):
    """Pretraining of any kind: its settings and how it is gone about."""

    def fit(
        self,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        tokenizer: Tokenizer | None = None,
        start: WordVectors | None = None,
        origin: str | os.PathLike[str] | None = None,
        on_progress: Listener | None = None,
        on_sample: Callable[[int, str], None] | None = None,
    ) -> Any:
        """Learn from a corpus.

        Parameters
        ----------
        corpus
            What to learn from.
        out
            A folder to write the model into. While it is made, ``OUT.training`` beside it keeps
            checkpoints and `progress.jsonl`.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        tokenizer
            What cuts the text; by default one is learned from the corpus.
        start
            Word vectors to begin with: a piece that is a word takes the vector of that word.
        origin
            The folder of a model to go on training, with its own tokenizer: one of ours, or one in
            the layout of Hugging Face's library.
        on_progress
            Told how far training is.
        on_sample
            Told, by models that go on with a text, the number of the step and what they wrote.

        Returns
        -------
        Any
            A `MaskedModel` or a `CausalModel`.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If the corpus is too short, or `origin` is no model of this kind.
        DivergedError
            If a number stops being finite; nothing is written then.
        StorageError
            If `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        MissingExtraError
            If torch or transformers is not installed.
        Interrupted
            After Ctrl-C, SIGTERM or SIGHUP, when what was done is saved.
        """
        check_corpus(corpus)
        self._check_arguments(tokenizer, start, origin)
        self.check()
        warn_of_gaps(corpus, marks=True)
        run = self._identity(corpus, tokenizer, start, origin)

        def learn(checkpoints: Checkpoints | None) -> TransformerModel:
            from lexloom.contextual.language_models.beginning import begin

            cutter = tokenizer
            if cutter is None and origin is None:
                cutter = self._tokenizer(corpus, checkpoints, on_progress)
            begun = begin(self, cutter, start, origin)
            return self._train(corpus, begun, run, checkpoints, on_progress, on_sample)

        return fitted(learn, run, out, resume=resume, force=force)

    def _train(
        self,
        corpus: Corpus,
        begun: Beginning,
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        on_progress: Listener | None,
        on_sample: Callable[[int, str], None] | None,
    ) -> TransformerModel:
        """Train what was begun, and make the result of it."""
        from lexloom.contextual.language_models.pretraining_model import PretrainingModel
        from lexloom.training.devices import torch_threads

        with torch_threads(self.threads):
            model = PretrainingModel(self, corpus, begun)
            choices = decided(checkpoints, run, model.decide)
            model.settle(choices)
            schedule = Schedule(
                epochs=self.n_reports,
                patience=None,
                checkpoint_seconds=60 * self.checkpoint_minutes,
                on_epoch=lambda epoch: model.show(epoch.number, on_sample),
                stage="report",
            )
            history = run_epochs(model, schedule, checkpoints, on_progress)
            return model.result(
                settings={"trainer": self.family, **as_dict(self), **_shape(begun), **choices},
                lineage={**begun.lineage, **self._lineage(corpus, run)},
                metrics=self._metrics(model, history),
            )

    def _tokenizer(
        self, corpus: Corpus, checkpoints: Checkpoints | None, listener: Listener | None
    ) -> Tokenizer:
        """Learn a tokenizer, or take the one that this run learned before."""
        place = None if checkpoints is None else checkpoints.folder / _TOKENIZER
        trainer = TokenizerTraining(method=self.method, size=self.pieces, seed=self.seed)
        return trainer.fit(corpus, out=place, resume=place is not None, on_progress=listener)

    def _check_arguments(self, tokenizer: object, start: object, origin: object) -> None:
        """Refuse arguments of `fit` that are not what they should be."""
        if tokenizer is not None and not isinstance(tokenizer, Tokenizer):
            raise SettingError(f"tokenizer must be a Tokenizer, got {type(tokenizer).__name__}.")
        if start is not None and not isinstance(start, WordVectors):
            raise SettingError(f"start must be WordVectors, got {type(start).__name__}.")
        if origin is not None and (tokenizer is not None or start is not None):
            raise SettingError(
                "a model to go on with has its own tokenizer and vectors.",
                "Leave out tokenizer and start, or origin (--from).",
            )

    def _identity(
        self, corpus: Corpus, tokenizer: Tokenizer | None, start: WordVectors | None, origin: Any
    ) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        cutter = None if tokenizer is None else run_digest({"it": tokenizer.engine.to_str()})
        return {
            "trainer": self.family,
            "lexloom": __version__,
            **same,
            "corpus": corpus.digest,
            "tokenizer": cutter,
            "start": None if start is None else digest(start),
            "from": None if origin is None else _fingerprint(origin),
        }

    def _lineage(self, corpus: Corpus, run: dict[str, Any]) -> dict[str, Any]:
        """Say what the result was made from."""
        origin = {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
        return {RUN: run_digest(run), "corpus": origin, "start": run["start"], "from": run["from"]}

    def _metrics(self, model: Any, history: History) -> dict[str, Any]:
        """Sum up a run for the manifest."""
        seconds = history.seconds
        held_out = [epoch.held_out_loss for epoch in history.epochs]
        found = {
            "loss_per_report": [epoch.loss for epoch in history.epochs],
            "held_out_loss_per_report": held_out,
            "steps": model.n_steps,
            "pieces_learned": model.n_steps * model.step_tokens,
            "seconds": seconds,
            "pieces_per_second": model.n_steps * model.step_tokens / seconds if seconds else 0.0,
        }
        if model.surprise is None:
            model.held_out_loss()
        if model.surprise is not None:
            found["held_out_perplexity"] = model.surprise.perplexity
            found["held_out_bits_per_byte"] = model.surprise.bits_per_byte
        return found


@settings
class MaskedPretraining(Pretraining):
    """Pretrain a masked language model (BERT, Devlin et al. 2019).

    Words are hidden whole, as the corpus was cut into them, and others in each pass; there is no
    second task of sentence pairs (Liu et al. 2019).

    Attributes
    ----------
    architecture
        ``modernbert`` (Warner et al. 2024), which brings numbers to one size before each layer and
        knows positions by turning: it learns from context after far fewer steps than ``bert``.
    masked
        The share of words that are hidden.
    whole_words
        Hide the pieces of a word together.
    head_share
        The share of the steps in which a head that is new to a model learns alone.

    Examples
    --------
    >>> from lexloom import Corpus
    >>> corpus = Corpus.from_sentences([["a", "b", "c"] * 20] * 200, min_count=1)
    >>> trainer = MaskedPretraining(
    ...     size="tiny", width=16, layers=1, pieces=300, steps=10, sequence=16, long_share=0.0
    ... )
    >>> trainer.fit(corpus).kind
    'masked_model'
    """

    family: ClassVar[str] = "masked_pretraining"
    kind: ClassVar[str] = "masked_model"
    method: ClassVar[Literal["wordpiece", "byte_bpe"]] = "wordpiece"

    architecture: Literal["modernbert", "bert"] = "modernbert"
    masked: Annotated[float, Field(gt=0, lt=1)] = 0.15
    whole_words: bool = True
    head_share: Annotated[float, Field(ge=0, lt=1)] = 0.1


@settings
class CausalPretraining(Pretraining):
    """Pretrain a causal language model (GPT-2, Radford et al. 2019).

    Attributes
    ----------
    architecture
        ``gpt2``, or ``llama`` (Touvron et al. 2023).
    samples
        Texts it writes at each report.
    sample_pieces
        The most pieces of such a text.

    Examples
    --------
    >>> from lexloom import Corpus
    >>> corpus = Corpus.from_sentences([["a", "b", "c"] * 20] * 200, min_count=1)
    >>> trainer = CausalPretraining(
    ...     size="tiny", width=16, layers=1, pieces=300, steps=10, sequence=16, long_share=0.0
    ... )
    >>> trainer.fit(corpus).kind
    'causal_model'
    """

    family: ClassVar[str] = "causal_pretraining"
    kind: ClassVar[str] = "causal_model"
    method: ClassVar[Literal["wordpiece", "byte_bpe"]] = "byte_bpe"

    architecture: Literal["gpt2", "llama"] = "gpt2"
    samples: Annotated[int, Field(ge=0, le=100)] = 3
    sample_pieces: Annotated[int, Field(ge=1, le=1_000)] = 40


def _shape(begun: Beginning) -> dict[str, Any]:
    """Say what the model that was gone on with decided, and no setting did."""
    if not begun.goes_on:
        return {}
    shape = asdict(shape_of(begun.module.config))
    return {**{name: shape[name] for name in ("architecture", "width", "layers", "heads")},
            "pieces": len(begun.tokenizer)}  # fmt: skip


def _fingerprint(folder: str | os.PathLike[str]) -> str:
    """Know a model again that a run begins with."""
    return open_model_folder(folder, verify="structure").fingerprint()
