"""An encoder that learns to label texts: what the loop of epochs asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Vectors
from lexloom.contextual.batching import batches
from lexloom.finetuning.examples import Parts
from lexloom.finetuning.text_network import TextNetwork
from lexloom.training.devices import Precision
from lexloom.training.gradient_descent import Descent, GradientDescent
from lexloom.training.history import Tally

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.text_classifier import TextClassifier

__all__ = ["EncoderLearning"]

_ORDER = 7
_LOOSENESS = 0.1
_LAYER = ("encoder.layer.", "layers.", "transformer.layer.")


class EncoderLearning:
    """A network that learns from one batch of texts a step: each step is a stretch.

    Texts of a batch are of like lengths, so that little is padding; which they are, and in which
    order batches come, is drawn anew for each epoch from the seed and its number alone.

    Parameters
    ----------
    settings
        How to learn.
    encoder
        What cuts texts, and how its vectors of texts are made.
    body
        Its transformer, with what was put beside it; changes in place.
    parts
        Texts to learn from, and to look at after each epoch.
    precision
        What gradients are computed in.
    """

    unit = "texts"

    def __init__(
        self,
        settings: TextClassifier,
        encoder: Encoder,
        body: Any,
        parts: Parts,
        precision: Precision,
    ) -> None:
        self._settings = settings
        train, dev = parts.train, parts.dev
        self._target, self._train, self._dev = parts.target, train, dev
        n_scores = len(parts.target.names) or 1
        self._sequences, self.n_cut = encoder.reader.beginnings(train.texts, settings.longest)
        self._unseen, _ = encoder.reader.beginnings(dev.texts, settings.longest)
        self._lengths = np.array([len(sequence) for sequence in self._sequences], np.int64)
        self.network = TextNetwork(
            body, encoder.network.pad_id, encoder.reading.texts, n_scores,
            dropout=settings.dropout, seed=settings.seed,
        ).to(body.device).train()  # fmt: skip
        self._pad_id, self._most_pieces = encoder.network.pad_id, settings.batch_pieces
        self._words = self._words_by_row()
        self.stretch_units = settings.batch
        self.n_units = len(train)
        self.n_stretches = -(-len(train) // settings.batch)
        self._weights = self._label_weights()
        self._orders: dict[int, list[Ids]] = {}
        self._scored: Vectors | None = None
        self._descent = self._made_descent(precision)

    def _made_descent(self, precision: Precision) -> GradientDescent:
        """Make what goes down."""
        settings = self._settings
        n_steps = settings.epochs * self.n_stretches
        names = [name for name, _ in self.network.named_parameters()]
        return GradientDescent(
            self.network,
            Descent(
                learning_rate=settings.rate,
                n_steps=n_steps,
                warmup_steps=round(settings.warmup * n_steps),
                weight_decay=settings.weight_decay,
                seed=settings.seed,
                precision=precision,
                by_row=self._words,
                shares=_shares(names, settings.layer_decay),
            ),
        )

    def _words_by_row(self) -> frozenset[str]:
        """Let the vectors of words that a step does not look at wait, if they learn at all."""
        table = self.network.body.get_input_embeddings()
        if not table.weight.requires_grad:
            return frozenset()
        table.sparse = True
        named = self.network.named_parameters()
        return frozenset(name for name, p in named if p is table.weight)

    def _label_weights(self) -> torch.Tensor | None:
        """Give what each label weighs: of several, its texts beside those without it."""
        numbers, n_labels = self._train.targets, len(self._target.names)
        if self._settings.class_weights == "none" or not n_labels:
            return None
        if self._target.name == "labels":
            weights = (len(numbers) - numbers.sum(0)) / numbers.sum(0)
        else:
            weights = len(numbers) / (n_labels * np.bincount(numbers, minlength=n_labels))
        return torch.tensor(weights, dtype=torch.float32, device=self.network.layer.weight.device)

    def train(self, epoch: int, stretch: int) -> Tally:
        """Learn from one batch."""
        rows = self._order(epoch)[stretch]
        number = epoch * self.n_stretches + stretch
        used = np.concatenate([[self._pad_id], *(self._sequences[row] for row in rows)])
        by_row = dict.fromkeys(self._words, torch.from_numpy(np.unique(used)))
        parts = [rows[some] for some in batches(self._lengths[rows], self._most_pieces)]
        losses = [lambda some=some: self._loss(some) * (len(some) / len(rows)) for some in parts]
        loss = self._descent.step(number, *losses, rows=by_row)
        self._scored = None
        return Tally(loss * len(rows), len(rows))

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean loss of some texts."""
        scores = self.network([self._sequences[row] for row in rows]).float()
        numbers = torch.from_numpy(self._train.targets[rows]).to(scores.device)
        smoothing = self._settings.label_smoothing
        if self._target.name == "number":
            return torch.nn.functional.mse_loss(scores[:, 0], numbers)
        if self._target.name == "labels":
            wanted = numbers * (1 - smoothing) + smoothing / 2
            return torch.nn.functional.binary_cross_entropy_with_logits(
                scores, wanted, pos_weight=self._weights
            )
        return torch.nn.functional.cross_entropy(
            scores, numbers.long(), weight=self._weights, label_smoothing=smoothing
        )

    def _order(self, epoch: int) -> list[Ids]:
        """Part the texts into the batches of an epoch."""
        if epoch not in self._orders:
            draw = np.random.Generator(np.random.Philox(key=[self._settings.seed, _ORDER + epoch]))
            loosened = self._lengths * np.exp(_LOOSENESS * draw.standard_normal(self.n_units))
            sorted_rows = np.argsort(loosened, kind="stable").astype(np.int32)
            made = np.split(
                sorted_rows, range(self.stretch_units, self.n_units, self.stretch_units)
            )
            self._orders = {epoch: [made[place] for place in draw.permutation(len(made))]}
        return self._orders[epoch]

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""
        return self._descent.rate(epoch * self.n_stretches + max(stretch - 1, 0))

    def dev_scores(self) -> Vectors:
        """Score the texts to look at, as the network is: float32 (N, labels)."""
        if self._scored is None:
            self._descent.catch_up()
            self._scored = self.network.score(self._unseen, self._most_pieces)
        return self._scored

    def held_out_loss(self) -> float:
        """Give how surprising what is wanted of the texts to look at is."""
        return self._target.surprise(self.dev_scores().astype(np.float64), self._dev.targets)

    def quality(self) -> float:
        """Give how good the answers about the texts to look at are, the higher the better."""
        return self._target.quality(self.dev_scores(), self._dev.targets)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays a checkpoint keeps."""
        return self._descent.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""
        self._descent.restore(arrays)
        self._scored = None


def _shares(names: Sequence[str], decay: float) -> dict[str, float]:
    """Give how fast each parameter learns: the lower its layer, the slower (Howard and Ruder 2018).

    Parameters
    ----------
    names
        Of the network's parameters.
    decay
        What each layer has of the rate of the one above it.

    Returns
    -------
    dict of str to float
        Shares of the learning rate.
    """
    if decay == 1:
        return {}
    numbers = {name: _layer_of(name) for name in names}
    above = 1 + max((n for n in numbers.values() if n is not None), default=-1)
    return {
        name: decay ** (above - (-1 if number is None else number))
        for name, number in numbers.items()
        if name.startswith("body.")
    }


def _layer_of(name: str) -> int | None:
    """Give the number of the layer that a parameter is of; None of those below all layers."""
    for mark in _LAYER:
        if mark in name:
            number = name.partition(mark)[2].partition(".")[0]
            return int(number) if number.isdigit() else None
    return None
