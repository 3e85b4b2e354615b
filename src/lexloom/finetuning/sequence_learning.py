"""A transformer that learns from sequences of pieces: what the loop of epochs asks for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Offsets
from lexloom.contextual.batching import batches
from lexloom.errors import SettingError
from lexloom.finetuning.learning import Learning
from lexloom.progress import Listener
from lexloom.training.devices import Precision
from lexloom.training.gradient_descent import Descent, GradientDescent
from lexloom.training.history import Tally

if TYPE_CHECKING:
    from lexloom.finetuning.learning_settings import LearningSettings
    from lexloom.finetuning.rewriting.rewriting_settings import RewritingSettings
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["SequenceLearning"]

_ORDER = 7
_LOOSENESS = 0.1
_BELOW = -1
"""The layer of what is of none."""


class SequenceLearning(Learning):
    """A network that learns from one batch of sequences a step: each step is a stretch.

    Sequences of a batch are of like lengths, so that little is padding (where a subclass does not
    put them in another order); which they are, and in which order batches come, is drawn anew for
    each epoch from the seed and its number alone.

    Parameters
    ----------
    settings
        How to learn.
    network
        What learns, with a transformer as its `body`; changes in place.
    pad_id
        The piece that fills up shorter sequences.
    sequences
        N times int64 (T), the pieces to learn from in their frame.
    precision
        What gradients are computed in.

    Raises
    ------
    SettingError
        If lower layers are to learn more slowly and the network has no numbered ones.
    """

    unit = "texts"
    betas = (0.9, 0.999)
    n_cut = 0
    """Of how many examples not all was learned from."""

    def __init__(
        self,
        settings: LearningSettings | RewritingSettings,
        network: Any,
        pad_id: int,
        sequences: Sequence[Offsets],
        precision: Precision,
    ) -> None:
        super().__init__(settings, settings.n_epochs)
        self.network = network.to(network.body.device).train()
        self._pad_id, self._sequences = pad_id, sequences
        self._lengths = np.array([len(sequence) for sequence in sequences], np.int64)
        costs = self._costs()
        self.stretch_units = max(settings.batch, int(costs.max(initial=1)))
        self.n_units = int(costs.sum())
        self.n_stretches = -(-self.n_units // self.stretch_units)
        self._orders: dict[int, list[Ids]] = {}
        self._scored: Any = None
        self._words = self._words_by_row()
        self._descent = self._made_descent(precision)

    @abstractmethod
    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean loss of some sequences."""

    def _begin(self) -> None:
        """Do what comes before the first step."""

    def _costs(self) -> Offsets:
        """Give what each sequence counts in a batch: int64 (N)."""
        return np.ones(len(self._sequences), np.int64)

    def run(self, checkpoints: Checkpoints | None, listener: Listener | None) -> dict[str, Any]:
        """Learn as `Learning.run` does; no row is left waiting for its steps."""
        metrics = super().run(checkpoints, listener)
        self._descent.catch_up()
        return metrics

    def _made_descent(self, precision: Precision) -> GradientDescent:
        """Make what goes down."""
        settings = self._settings
        n_steps = self.n_epochs * self.n_stretches
        names = [name for name, _ in self.network.named_parameters()]
        return GradientDescent(
            self.network,
            Descent(
                learning_rate=settings.rate,
                n_steps=n_steps,
                warmup_steps=round(settings.warmup * n_steps),
                weight_decay=settings.weight_decay,
                betas=self.betas,
                seed=settings.seed,
                precision=precision,
                by_row=self._words,
                shares=_shares(names, settings.layer_decay),
            ),
        )

    def _words_by_row(self) -> frozenset[str]:
        """Let the vectors of words that a step does not look at wait, if they learn at all.

        Where they score pieces too, a step looks at all of them.
        """
        table, head = (
            getattr(self.network.body, f"get_{side}_embeddings")() for side in ("input", "output")
        )
        if not table.weight.requires_grad or (head is not None and head.weight is table.weight):
            return frozenset()
        table.sparse = True
        named = self.network.named_parameters()
        return frozenset(name for name, p in named if p is table.weight)

    def train(self, epoch: int, stretch: int) -> Tally:
        """Learn from one batch."""
        rows = self._order(epoch)[stretch]
        number = epoch * self.n_stretches + stretch
        if number == 0:
            self._begin()
        used = np.concatenate([[self._pad_id], *(self._sequences[row] for row in rows)])
        by_row = dict.fromkeys(self._words, torch.from_numpy(np.unique(used)))
        weight = self._weight(rows)
        losses = [
            lambda some=some: self._loss(some) * (self._weight(some) / weight)
            for some in self._together(rows)
        ]
        loss = self._descent.step(number, *losses, rows=by_row)
        self._scored = None
        return Tally(loss * weight, weight)

    def _weight(self, rows: Ids) -> float:
        """Give what the mean loss of some sequences weighs."""
        return len(rows)

    def _in_order(self, draw: np.random.Generator) -> Ids:
        """Put all sequences in the order in which batches are cut off, here by their lengths."""
        loosened = self._lengths * np.exp(_LOOSENESS * draw.standard_normal(len(self._lengths)))
        return np.argsort(loosened, kind="stable").astype(np.int32)

    def _together(self, rows: Ids) -> list[Ids]:
        """Part a batch into what is worked on at once: their losses add up to that of the batch."""
        most_pieces = self._settings.batch_pieces
        return [rows[some] for some in batches(self._lengths[rows], most_pieces)]

    def _order(self, epoch: int) -> list[Ids]:
        """Part the texts into the batches of an epoch."""
        if epoch not in self._orders:
            draw = np.random.Generator(np.random.Philox(key=[self._settings.seed, _ORDER + epoch]))
            self._orders = {epoch: self._drawn(draw)}
        return self._orders[epoch]

    def _drawn(self, draw: np.random.Generator) -> list[Ids]:
        """Draw batches: texts of like lengths, in any order."""
        rows = self._in_order(draw)
        ends = np.cumsum(self._costs()[rows])
        full = np.arange(self.stretch_units, self.n_units, self.stretch_units)
        made = np.split(rows, np.searchsorted(ends, full, "right"))
        return [made[place] for place in draw.permutation(len(made))]

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""
        return self._descent.rate(epoch * self.n_stretches + max(stretch - 1, 0))

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the arrays a checkpoint keeps."""
        return self._descent.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""
        self._descent.restore(arrays)
        self._scored = None


def _shares(names: Sequence[str], decay: float) -> dict[str, float]:
    """Give how fast each parameter learns: the lower its layer, the slower (Howard and Ruder 2018).

    Of those without a layer, what stands before the layers is below them, what stands behind above.

    Parameters
    ----------
    names
        Of the network's parameters, in their order.
    decay
        What each layer has of the rate of the one above it.

    Returns
    -------
    dict of str to float
        Shares of the learning rate.

    Raises
    ------
    SettingError
        If no layer of the body has a number.
    """
    if decay == 1:
        return {}
    numbers = {name: _layer_of(name) for name in names if name.startswith("body.")}
    above = 1 + max(numbers.values(), default=_BELOW)
    if above == 1 + _BELOW:
        raise SettingError(
            f"layer_decay must be 1 for a model without numbered layers, got {decay}.",
            "Leave out layer_decay.",
        )
    shares, without = {}, _BELOW
    for name, number in numbers.items():
        without = without if number == _BELOW else above
        shares[name] = decay ** (above - (without if number == _BELOW else number))
    return shares


def _layer_of(name: str) -> int:
    """Give the number of the layer that a parameter is of: the first in its name."""
    return next((int(part) for part in name.split(".") if part.isdecimal()), _BELOW)
