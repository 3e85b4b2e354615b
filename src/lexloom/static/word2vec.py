"""Word2Vec: one vector a word, learned by foretelling words from their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lexloom.errors import SettingError
from lexloom.progress import Listener
from lexloom.settings import settings
from lexloom.static.iterating import IteratingTrainer
from lexloom.static.starting import Start, begin, check_finite
from lexloom.static.word2vec_model import Word2VecModel
from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Word2Vec"]


@settings
class Word2Vec(IteratingTrainer):
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
        Where the learning rate begins; by default 0.025 for skip-gram (FastText: 0.05) and 0.075
        for CBOW.
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

    family: ClassVar[str] = "word2vec"
    first_rates: ClassVar[Mapping[str, float]] = {"skip_gram": 0.025, "cbow": 0.075}
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "epochs": (3, 9, 27),
        "width": (50, 100, 200),
        "window": (2, 5, 10),
        "sample": (1e-3, 1e-4, 1e-5),
        "noise_words": (5, 15),
        "objective": ("skip_gram", "cbow"),
    }

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
        return self.learning_rate or self.first_rates[self.objective]

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

    def check(self) -> None:
        """Refuse settings that do not go together.

        Raises
        ------
        SettingError
            If the learning rate would rise.
        """
        if self.min_learning_rate > self.first_rate:
            raise SettingError(
                f"min_learning_rate must be at most the learning rate {self.first_rate:g}, got "
                f"{self.min_learning_rate:g}."
            )

    def begin(self, corpus: Corpus, start: WordVectors | None, frozen: Sequence[str]) -> Start:
        """Make the matrices training begins with."""
        outputs = self.takes_outputs_of(start)
        return begin(corpus.vocabulary, self.width, self.seed, start, frozen, with_outputs=outputs)

    def takes_outputs_of(self, start: WordVectors | None) -> bool:
        """Say whether training begins with the output vectors of `start` too.

        Those of a tree are of its nodes, not of words.
        """
        tree = "hierarchical_softmax"
        return start is not None and tree not in {self.loss, start.settings.get("loss")}

    def model(
        self, corpus: Corpus, begun: Start, folder: Path | None, listener: Listener | None
    ) -> Word2VecModel:
        """Make what trains the matrices, in place."""
        return Word2VecModel(self, corpus, begun)

    def vectors(self, begun: Start, parts: dict[str, Any]) -> WordVectors:
        """Make word vectors of the matrices as they are."""
        check_finite(begun.inputs, begun.outputs)
        output = begun.outputs if self.keep_output else None
        return WordVectors(begun.vocabulary, begun.inputs, output_matrix=output, **parts)
