"""GloVe: one vector a word, fitted to how often words stand near each other in the whole text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom.progress import Listener
from lexloom.settings import settings
from lexloom.static.glove_model import Fitted, GloVeModel, begin_fitting
from lexloom.static.iterating import IteratingTrainer
from lexloom.static.starting import begin, check_finite
from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["GloVe"]

_BYTES_OF_COUNTED_WORD = 16
"""About what counting takes for each word of the text, where its bound allows it."""


@settings
class GloVe(IteratingTrainer):
    """Train word vectors as GloVe does (Pennington, Socher and Manning 2014).

    The same settings give the same bytes for any number of threads, on processors of one kind.

    Attributes
    ----------
    width
        D, the numbers of a vector.
    window
        The largest distance between two words that count as a pair, in words.
    symmetric
        Count the words on both sides of a word; otherwise those on its left.
    distance_weighting
        Count a pair at distance d as 1/d; otherwise as 1.
    x_max
        Pairs counted so often weigh 1 in the cost, rarer ones less. The paper's 100 suits texts of
        billions of words.
    alpha
        They weigh (X / x_max) to this power.
    epochs
        Passes over the counted pairs.
    learning_rate
        The learning rate of AdaGrad.
    attachment
        How strongly words are held to their vectors of `start` (Mittens, Dingwall and Potts 2018);
        0 lets them go.
    held_out
        The share of pairs that are set aside to measure the loss on; none of a corpus with fewer
        than 1,000 sentences.
    patience
        Stop after so many epochs without a better held-out loss (or score) and give the vectors of
        the best epoch; by default all epochs are trained and the last vectors given.
    max_memory_gb
        What counting may take, in GB; with less it goes over the text more often.
    threads
        Threads to count and train with; by default one for each core.
    seed
        What all random choices hang on.
    keep_output
        Keep the vectors of the words as contexts too, to go on training later.
    checkpoint_minutes
        Save after so much time, when training into a folder.
    checkpoint_epochs
        Save after so many epochs too; by default only time counts.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    >>> vectors = GloVe(width=8, epochs=2, threads=1).fit(corpus)
    >>> vectors.matrix.shape
    (3, 8)
    """

    family: ClassVar[str] = "glove"
    slowness: ClassVar[float] = 0.3
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "epochs": (5, 15, 45),
        "width": (50, 100, 200),
        "window": (5, 10, 15),
        "x_max": (10.0, 100.0),
        "learning_rate": (0.02, 0.05, 0.1),
    }
    may_differ: ClassVar[frozenset[str]] = IteratingTrainer.may_differ | {"max_memory_gb"}

    width: Annotated[int, Field(ge=1, le=4096)] = 100
    window: Annotated[int, Field(ge=1, le=100)] = 10
    symmetric: bool = True
    distance_weighting: bool = True
    x_max: Annotated[float, Field(gt=0, le=1e9)] = 10.0
    alpha: Annotated[float, Field(ge=0, le=2)] = 0.75
    epochs: Annotated[int, Field(ge=1)] = 15
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 0.05
    attachment: Annotated[float, Field(ge=0, le=100)] = 0.1
    held_out: Annotated[float, Field(ge=0, lt=0.5)] = 0.002
    patience: Annotated[int, Field(ge=1)] | None = None
    max_memory_gb: Annotated[float, Field(gt=0)] = 4.0
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    keep_output: bool = False
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    checkpoint_epochs: Annotated[int, Field(ge=1)] | None = None

    def taken_bytes(self, n_words: int, n_types: int) -> int:
        """Estimate the bytes of the parameters, each with its sum of squares, and of counting."""
        counting = min(int(self.max_memory_gb * 2**30), _BYTES_OF_COUNTED_WORD * n_words)
        return 3 * super().taken_bytes(n_words, n_types) + counting

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Fitted:
        """Make the parameters training begins with."""
        of_words = start is not None and start.settings.get("trainer") == self.family
        made = begin(corpus.vocabulary, self.width, self.seed, start, frozen, with_outputs=of_words)
        return begin_fitting(made, len(corpus.vocabulary), self.seed, start)

    def model(
        self, corpus: Corpus, begun: Fitted, folder: Path | None, listener: Listener | None
    ) -> GloVeModel:
        """Make what trains the parameters, in place; counted pairs lie in `folder`."""
        return GloVeModel(self, corpus, begun, folder, listener)

    def vectors(self, begun: Fitted, parts: dict[str, Any]) -> WordVectors:
        """Make word vectors of the parameters as they are: the sum of both vectors of a word."""
        words, contexts = begun.both()
        check_finite(words, contexts)
        matrix, output = begun.start.inputs.copy(), None
        trained = np.flatnonzero(begun.is_trained)
        matrix[trained] = words[trained] + contexts[trained]
        if self.keep_output:
            output = begun.start.outputs.copy()
            output[: len(contexts)] = contexts
        return WordVectors(begun.start.vocabulary, matrix, output_matrix=output, **parts)
