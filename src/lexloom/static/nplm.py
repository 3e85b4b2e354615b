"""NPLM: word vectors, and a language model, of a network that foretells the next word."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom.arrays import Counts, Offsets
from lexloom.errors import FormatError, MissingExtraError
from lexloom.progress import Listener
from lexloom.settings import settings
from lexloom.static.iterating import FLOAT_BYTES, IteratingTrainer
from lexloom.static.language_model import LanguageModel
from lexloom.static.nplm_network import (
    WORDS,
    Network,
    has_clusters,
    initial_weights,
    shapes_of,
)
from lexloom.static.running_text import FIRST_WORD, RunningText
from lexloom.static.starting import begin, check_finite
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES
from lexloom.text.vocabulary import Vocabulary
from lexloom.training.checking import warn_of_gaps
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.static.nplm_model import NPLMModel

__all__ = ["NPLM", "Begun"]

_BYTES_PER_SECOND, _PRODUCTS_PER_SECOND = 5e9, 5e10
_BYTES_OF_TORCH = 300 << 20
"""A machine like ours, for what `--dry-run` tells."""


@dataclass(frozen=True)
class Begun:
    """What training begins with and changes in place.

    Attributes
    ----------
    vocabulary
        The words of the corpus that are not too rare and, behind them, those that only the given
        vectors have.
    network
        The weights.
    frozen_tokens
        int64, the tokens that keep their vectors.
    token_counts
        int64 (V + 2), how often each token occurs in the corpus.
    """

    vocabulary: Vocabulary
    network: Network
    frozen_tokens: Offsets
    token_counts: Counts

    def copy(self) -> Begun:
        """Copy the weights, which training goes on to change."""
        weights = {name: array.copy() for name, array in self.network.weights.items()}
        return replace(self, network=Network(weights))


@settings
class NPLM(IteratingTrainer):
    """Train a neural probabilistic language model (Bengio, Ducharme, Vincent and Jauvin 2003).

    The vectors of the words before a word, side by side, go through a hidden layer that foretells
    the word, or the end of the sentence (equation 1).

    Attributes
    ----------
    order
        n: a word is foretold from the n - 1 words before it.
    width
        D, the numbers of a vector.
    hidden
        H, the units of the hidden layer.
    direct
        Join the vectors to the output directly too, past the hidden layer.
    output
        ``full``: a softmax over all words; ``adaptive``: over frequent ones and clusters of rarer
        ones, which is faster; ``sampled``: full, but trained against drawn words. ``auto`` is
        adaptive above 10,000 words and full below.
    rare_below
        Words the corpus has less often are one word to the model, `<unk>`; 1 keeps all. A model
        that never met an unknown word can say little of new text.
    epochs
        Passes over the corpus.
    batch_size
        B, the words learned at a time.
    learning_rate
        Where the learning rate begins; it falls evenly to 0.
    weight_decay
        How much the weights of the layers shrink at each step, as a share of the learning rate.
    dropout
        The share of the numbers of each layer that a step leaves out.
    held_out
        The share of sentences that are set aside to measure the loss on; none of a corpus with
        fewer than 1,000 sentences.
    patience
        Stop after so many epochs without a better held-out loss (or score) and give the model of
        the best epoch; by default all epochs are trained and the last model given.
    device
        Where to train: ``auto`` is an accelerator if torch finds one.
    threads
        Threads to train with; by default as many as torch takes. The same number gives the same
        bytes.
    seed
        What all random choices hang on.
    checkpoint_minutes
        Save after so much time, when training into a folder.
    checkpoint_epochs
        Save after so many epochs too; by default only time counts.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    >>> model = NPLM(width=8, hidden=8, epochs=20, dropout=0.0).fit(corpus)
    >>> model.matrix.shape
    (3, 8)
    >>> model.perplexity([["a", "b", "c"]]) < model.perplexity([["c", "b", "a"]])
    True
    """

    family: ClassVar[str] = "nplm"
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "epochs": (2, 5, 12),
        "width": (30, 60, 120),
        "hidden": (60, 120, 240),
        "order": (3, 5, 7),
    }
    may_differ: ClassVar[frozenset[str]] = IteratingTrainer.may_differ - {"threads"}

    order: Annotated[int, Field(ge=2, le=20)] = 5
    width: Annotated[int, Field(ge=1, le=4096)] = 60
    hidden: Annotated[int, Field(ge=1, le=65536)] = 120
    direct: bool = False
    output: Literal["auto", "full", "adaptive", "sampled"] = "auto"
    rare_below: Annotated[int, Field(ge=1)] = 4
    epochs: Annotated[int, Field(ge=1)] = 5
    batch_size: Annotated[int, Field(ge=1, le=1 << 20)] = 256
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    held_out: Annotated[float, Field(ge=0, lt=0.5)] = 0.01
    patience: Annotated[int, Field(ge=1)] | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    checkpoint_epochs: Annotated[int, Field(ge=1)] | None = None

    def check(self) -> None:
        """Refuse to train without torch.

        Raises
        ------
        MissingExtraError
            If it is not installed.
        """
        if importlib.util.find_spec("torch") is None:
            raise MissingExtraError(
                "training a neural language model needs torch.", "pip install 'lexloom[neural]'"
            )

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of training: each step changes every weight of a layer.

        That reads and writes each weight, its slope and its two moments, 40 bytes in all; and
        multiplies with all but those of clusters of rare words. Of the word vectors it changes
        those of its batch.
        """
        shapes = self._shapes(n_types + FIRST_WORD)
        layers = {name: math.prod(shape) for name, shape in shapes.items()}
        n_weights = n_types * self.width + sum(layers.values())
        n_used = sum(size for name, size in layers.items() if "tail" not in name)
        step_seconds = 40 * sum(layers.values()) / _BYTES_PER_SECOND
        step_seconds += 6 * self.batch_size * n_used / _PRODUCTS_PER_SECOND
        n_steps = self.epochs * n_words / self.batch_size
        return n_steps * step_seconds, BASE_BYTES + _BYTES_OF_TORCH + 4 * FLOAT_BYTES * n_weights

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Begun:
        """Make the weights training begins with."""
        warn_of_gaps(corpus)
        known = self._vocabulary(corpus)
        started = begin(known, self.width, self.seed, start, frozen, with_outputs=False)
        specials = np.zeros((FIRST_WORD, self.width), np.float32)
        n_tokens = len(started.vocabulary) + FIRST_WORD
        weights = {WORDS: np.concatenate([specials, started.inputs])}
        weights.update(initial_weights(self._shapes(n_tokens), self.seed))
        text = RunningText.of_sentences(corpus, started.vocabulary)
        return Begun(
            started.vocabulary,
            Network(weights),
            np.flatnonzero(started.frozen) + FIRST_WORD,
            np.bincount(text.tokens[1:], minlength=n_tokens),
        )

    def _shapes(self, n_tokens: int) -> dict[str, tuple[int, ...]]:
        """Give the shapes of the layers."""
        inputs = (self.order - 1) * self.width
        features = self.hidden + inputs * self.direct
        clusters = has_clusters(self.output, n_tokens)
        return shapes_of(n_tokens, inputs, self.hidden, features, clusters=clusters)

    def _vocabulary(self, corpus: Corpus) -> Vocabulary:
        """Give the words of the corpus that are not too rare."""
        counts = corpus.vocabulary.counts
        assert counts is not None
        kept = np.flatnonzero(counts >= self.rare_below)
        if not len(kept):
            raise FormatError(
                f"every word of the corpus comes less than {self.rare_below} times.",
                "Give more text, or a lower rare_below.",
            )
        return Vocabulary(corpus.vocabulary.array.take(kept), counts[kept])

    def model(
        self, corpus: Corpus, begun: Begun, folder: Path | None, listener: Listener | None
    ) -> NPLMModel:
        """Make what trains the weights, in place."""
        from lexloom.static.nplm_model import NPLMModel

        return NPLMModel(self, RunningText.of_sentences(corpus, begun.vocabulary), begun)

    def vectors(self, begun: Begun, parts: dict[str, Any]) -> LanguageModel:
        """Make a language model of the weights as they are."""
        check_finite(*begun.network.weights.values())
        return LanguageModel(begun.vocabulary, begun.network, **parts)
