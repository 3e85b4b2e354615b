"""A causal model that learns answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids
from lexloom.finetuning.generating.answer_network import (
    AnswerNetwork,
    nats_of_passages,
    portions_of_pieces,
)
from lexloom.finetuning.generating.answer_sequences import AnswerSequence
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.finetuning.generating.generator import Generator

__all__ = ["GenerationLearning"]


class GenerationLearning(SequenceLearning):
    """A network that learns to foretell the pieces of answers, all of which weigh the same.

    Sequences of any length stand side by side in the rows of a batch, so that which are learned
    together is chance alone.

    Parameters
    ----------
    settings
        How to learn.
    body
        The causal model, with what was put beside it; changes in place.
    train
        To learn from.
    dev
        To look at after each epoch.
    precision
        What gradients are computed in.
    """

    def __init__(
        self,
        settings: Generator,
        body: Any,
        train: Sequence[AnswerSequence],
        dev: Sequence[AnswerSequence],
        precision: Precision,
    ) -> None:
        self._made, self._unseen = train, dev
        self._n_foretold = np.array([each.n_foretold for each in train], np.int64)
        ids = [each.ids for each in train]
        super().__init__(settings, AnswerNetwork(body), 0, ids, precision)

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean loss of the pieces foretold of some sequences."""
        return self.network([self._made[row] for row in rows]).mean()

    def _weight(self, rows: Ids) -> float:
        """Give how many pieces of some sequences are foretold."""
        return float(self._n_foretold[rows].sum())

    def _together(self, rows: Ids) -> list[Ids]:
        """Part a batch: rows of any sequences are full."""
        some = portions_of_pieces(self._lengths[rows], self._settings.batch_pieces)
        return [rows[part] for part in some]

    def _in_order(self, draw: np.random.Generator) -> Ids:
        """Shuffle all sequences."""
        return draw.permutation(self.n_units).astype(np.int32)

    def held_out_loss(self) -> float:
        """Give the mean of -ln P over the pieces of the answers to look at."""
        if self._scored is None:
            self._descent.catch_up()
            n = 1 + max(each.passage for each in self._unseen)
            nats = nats_of_passages(self.network, self._unseen, n, self._settings.batch_pieces)
            self._scored = float(nats.sum() / sum(each.n_foretold for each in self._unseen))
        return self._scored

    def quality(self) -> float:
        """Give how little surprising the answers to look at are."""
        return -self.held_out_loss()
