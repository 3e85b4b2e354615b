"""An encoder that learns to answer about texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Vectors
from lexloom.finetuning.beginning import begin_layer
from lexloom.finetuning.labelled_parts import LabelledParts
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.finetuning.text_network import TextBody, TextNetwork
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.text_classifier import TextClassifier

__all__ = ["TextLearning"]


class TextLearning(SequenceLearning):
    """A network that learns what is wanted of texts.

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

    def __init__(
        self,
        settings: TextClassifier,
        encoder: Encoder,
        body: Any,
        parts: LabelledParts,
        precision: Precision,
    ) -> None:
        sequences, self.n_cut = encoder.reader.beginnings(parts.train.texts, settings.longest)
        self._unseen, _ = encoder.reader.beginnings(parts.dev.texts, settings.longest)
        self._target, self._train, self._dev = parts.target, parts.train, parts.dev
        self.n_judged = None if parts.target.name == "number" else len(parts.dev)
        self._smoothing = settings.label_smoothing
        self._is_balanced = settings.class_weights == "balanced"
        self._pooling = encoder.reading.texts
        network = TextNetwork(
            body, encoder.network.pad_id, self._pooling, len(parts.target.names) or 1,
            dropout=settings.dropout, seed=settings.seed,
        )  # fmt: skip
        super().__init__(settings, network, encoder.network.pad_id, sequences, precision)
        self._weights = self._label_weights()

    def _begin(self) -> None:
        """Let the layer begin with what can be read off vectors as they are."""
        texts = TextBody(self.network.body, self._pad_id, self._pooling)

        def vectors_of(rows: Ids) -> tuple[Vectors, np.ndarray]:
            sequences = [self._sequences[row] for row in rows]
            vectors = texts.answer(sequences, self._settings.batch_pieces)
            return vectors, self._train.targets[rows]

        begin_layer(
            self.network.layer, vectors_of, len(self._sequences), self._target,
            balanced=self._is_balanced, seed=self._settings.seed,
        )  # fmt: skip

    def _label_weights(self) -> torch.Tensor | None:
        """Give what each label weighs, where they do not weigh what their texts do."""
        if not self._is_balanced or not self._target.names:
            return None
        weights = self._target.weights(self._train.targets)
        return torch.tensor(weights, dtype=torch.float32, device=self.network.layer.weight.device)

    def _weight(self, rows: Ids) -> float:
        """Give what the mean loss of some texts weighs: what their labels do, if these do."""
        # Of several labels the mean is a plain one, whatever they weigh.
        if self._weights is None or self._target.name == "labels":
            return len(rows)
        numbers = torch.from_numpy(self._train.targets[rows]).long()
        return float(self._weights.cpu()[numbers].sum())

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean loss of some texts."""
        scores = self.network([self._sequences[row] for row in rows]).float()
        numbers = torch.from_numpy(self._train.targets[rows]).to(scores.device)
        smoothing = self._smoothing
        if self._target.name == "number":
            return torch.nn.functional.mse_loss(scores[:, 0], numbers)
        if self._target.name == "labels":
            wanted = self._target.wanted(self._train.targets[rows], smoothing)
            return torch.nn.functional.binary_cross_entropy_with_logits(
                scores, torch.from_numpy(wanted).to(scores.device), pos_weight=self._weights
            )
        return torch.nn.functional.cross_entropy(
            scores, numbers.long(), weight=self._weights, label_smoothing=smoothing
        )

    def dev_scores(self) -> Vectors:
        """Score the texts to look at, as the network is: float32 (N, labels)."""
        if self._scored is None:
            self._descent.catch_up()
            self._scored = self.network.answer(self._unseen, self._settings.batch_pieces)
        return self._scored

    def held_out_loss(self) -> float:
        """Give how surprising what is wanted of the texts to look at is."""
        return self._target.surprise(self.dev_scores().astype(np.float64), self._dev.targets)

    def quality(self) -> float:
        """Give how good the answers about the texts to look at are, the higher the better."""
        return self._target.quality(self.dev_scores(), self._dev.targets)
