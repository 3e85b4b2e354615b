"""Vectors of words and runs of words that are learned with the labels of texts, from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Vectors
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import LabelledParts, Part
from lexloom.finetuning.learning import Learning
from lexloom.kernels.labelling import EACH, NUMBER, ONE, learn_labels
from lexloom.static.bag_of_words import BagOfWords
from lexloom.static.bag_vectors import BagVectors, shares_of
from lexloom.text.corpus import Corpus
from lexloom.training.history import Tally

if TYPE_CHECKING:
    from lexloom.finetuning.text_classifier import TextClassifier

__all__ = ["BagLearning", "FromNothing"]

_WIDTH, _LONGEST_RUN, _RATE = 100, 2, 0.5
_TEXTS, _EPOCHS = 20_000, (10, 100)
"""So many texts are learned from by default, few of them more often, within bounds."""
_BUCKETS = 2_000_000
_ORDER = 13
_KINDS = {"label": ONE, "labels": EACH, "number": NUMBER}


class FromNothing:
    """The model of one who has none: all that there is to know is in the texts to learn from."""

    kind = "fasttext"
    name = "fasttext"
    """What a person writes in the place of a folder."""


class BagLearning(Learning):
    """A linear layer on the mean of the vectors of a text's words and pairs, all learned together.

    This is what fastText does with labels (Joulin et al. 2017, *Bag of Tricks*). Each pair of words
    has a vector of its own; in more than two million words they share as many. An epoch is one
    stretch, on one thread, so that the same texts give the same bytes.

    Parameters
    ----------
    settings
        How to learn.
    parts
        Texts to learn from, and to look at after each epoch.
    """

    n_stretches = 1

    def __init__(self, settings: TextClassifier, parts: LabelledParts) -> None:
        usual = min(max(_TEXTS // max(len(parts.train), 1), _EPOCHS[0]), _EPOCHS[1])
        super().__init__(settings, settings.epochs or usual)
        # An epoch takes a moment, and the last ones, with small steps, are the best.
        self.patience = self.n_epochs
        self._target = parts.target
        self.n_units = self.stretch_units = len(parts.train)
        corpus = Corpus.from_texts(parts.train.texts, min_count=1)
        self._bag = BagOfWords(
            weighting="counts", norm="none", max_n=_LONGEST_RUN,
            buckets=_BUCKETS if corpus.n_words > _BUCKETS else None,
        ).fit(corpus)  # fmt: skip
        self._seen, self._unseen = map(self._shares, (parts.train, parts.dev))
        self._dev = parts.dev
        n_labels = len(parts.target.names) or 1
        self._wanted = parts.target.wanted(parts.train.targets, settings.label_smoothing)
        self._importance = np.ones(n_labels, np.float32)
        if settings.class_weights == "balanced" and parts.target.names:
            self._importance[:] = parts.target.weights(parts.train.targets)
        draw = np.random.Generator(np.random.Philox(key=[settings.seed, _ORDER]))
        self._table: Vectors = draw.random((self._bag.width, _WIDTH), np.float32)
        self._table -= np.float32(0.5)
        self._table *= np.float32(2 / _WIDTH)
        self._layer = np.zeros((n_labels, _WIDTH), np.float32)
        self._bias = np.zeros(n_labels, np.float32)

    def _shares(self, part: Part) -> Any:
        """Give the features of texts, sparse in rows."""
        return shares_of(self._bag.embed_texts(part.texts))

    def train(self, epoch: int, stretch: int) -> Tally:
        """Go over all texts once."""
        draw = np.random.Generator(np.random.Philox(key=[self._settings.seed, _ORDER + 1 + epoch]))
        order = draw.permutation(self.n_units).astype(np.int32)
        rates = (self.rate(epoch, 0), self.rate(epoch, 1))
        loss = learn_labels(
            self._seen.indptr, self._seen.indices, self._seen.data, self._wanted,
            self._importance, order, self._table, self._layer, self._bias, rates,
            _KINDS[self._target.name],
        )  # fmt: skip
        return Tally(loss, self.n_units)

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch: it falls evenly to 0."""
        return self.highest_rate * (1 - (epoch + stretch) / self.n_epochs)

    @property
    def highest_rate(self) -> float:
        """The highest learning rate."""
        return self._settings.learning_rate or _RATE

    def _scores(self) -> Vectors:
        """Score the texts to look at: float32 (N, K)."""
        return Head(self._layer, self._bias).scores(self._unseen @ self._table)

    def held_out_loss(self) -> float:
        """Give how surprising what is wanted of the texts to look at is."""
        return self._target.surprise(self._scores().astype(np.float64), self._dev.targets)

    def quality(self) -> float:
        """Give how good the answers about the texts to look at are, the higher the better."""
        return self._target.quality(self._scores(), self._dev.targets)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays a checkpoint keeps."""
        return {"table": self._table, "layer": self._layer, "bias": self._bias}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back, in place."""
        for name, array in self.arrays().items():
            array[:] = arrays[name]

    def result(self) -> tuple[BagVectors, Head]:
        """Give what was learned: vectors of features, and a layer on their mean."""
        return BagVectors.of(self._bag, self._table), Head(self._layer, self._bias)
