"""A transformer with a layer that reads labels off its vectors of texts, as torch learns it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from lexloom.arrays import Offsets, Vectors
from lexloom.contextual.batching import batches, padded
from lexloom.finetuning.head import Head

__all__ = ["TextBody", "TextNetwork", "new_layer", "pooled"]

_SPREAD = 0.02


class TextBody(torch.nn.Module):
    """Gives texts vectors.

    Parameters
    ----------
    body
        A transformer; changes as it learns.
    pad_id
        What fills up shorter texts.
    pooling
        What is made of the vectors of a text's pieces.
    """

    def __init__(self, body: Any, pad_id: int, pooling: str) -> None:
        super().__init__()
        self.body = body
        self._pad_id, self._pooling = pad_id, pooling

    def forward(self, sequences: Sequence[Offsets]) -> torch.Tensor:
        """Give one vector a text.

        Parameters
        ----------
        sequences
            B times int64 (T), pieces in their frame.

        Returns
        -------
        torch.Tensor
            (B, D); 0 of a text without pieces, as an encoder gives.
        """
        has_pieces = torch.tensor([len(sequence) > 0 for sequence in sequences])
        # What attends to nothing would be no number: it reads a piece that does not count.
        read = [each if len(each) else np.array([self._pad_id]) for each in sequences]
        ids, is_piece = padded(read, self._pad_id)
        device = self.body.device
        mask = None if is_piece is None else torch.from_numpy(is_piece).to(device)
        hidden = self.body(
            input_ids=torch.from_numpy(ids).to(device),
            attention_mask=None if mask is None else mask.long(),
        ).last_hidden_state
        vectors = pooled(hidden, mask, self._pooling)
        return vectors if has_pieces.all() else vectors * has_pieces.to(vectors)[:, None]

    def answer(self, sequences: Sequence[Offsets], most_pieces: int) -> Vectors:
        """Give what `forward` gives, without learning, in batches of like lengths.

        Parameters
        ----------
        sequences
            N times int64 (T), pieces in their frame.
        most_pieces
            What a batch may hold.

        Returns
        -------
        Vectors
            float32 (N, D), or (N, labels) of what scores labels.
        """
        lengths = np.array([len(sequence) for sequence in sequences], np.int64)
        was_training = self.training
        self.eval()
        rows, found = [], []
        with torch.no_grad():
            for some in batches(lengths, most_pieces):
                rows.append(some)
                found.append(self([sequences[row] for row in some]).float().cpu().numpy())
        self.train(was_training)
        return np.concatenate(found)[np.argsort(np.concatenate(rows))]


class TextNetwork(TextBody):
    """Scores labels of texts.

    Parameters
    ----------
    body
        A transformer; changes as it learns.
    pad_id
        What fills up shorter texts.
    pooling
        What is made of the vectors of a text's pieces.
    n_labels
        How many labels there are.
    dropout
        The share of the numbers of a text's vector that a step leaves out.
    seed
        What the layer's first weights hang on.
    """

    def __init__(
        self,
        body: Any,
        pad_id: int,
        pooling: str,
        n_labels: int,
        *,
        dropout: float,
        seed: int,
    ) -> None:
        super().__init__(body, pad_id, pooling)
        self.layer = new_layer(int(body.config.hidden_size), n_labels, seed)
        self._dropout = torch.nn.Dropout(dropout)

    def forward(self, sequences: Sequence[Offsets]) -> torch.Tensor:
        """Score labels.

        Parameters
        ----------
        sequences
            B times int64 (T), pieces in their frame.

        Returns
        -------
        torch.Tensor
            (B, labels).
        """
        return self.layer(self._dropout(super().forward(sequences)))

    def head(self) -> Head:
        """Give the layer as arrays of their own."""
        weight, bias = (p.detach().float().cpu().numpy().copy() for p in self.layer.parameters())
        return Head(weight, bias)


def new_layer(width: int, n_scores: int, seed: int) -> torch.nn.Linear:
    """Make a layer that knows nothing yet.

    Parameters
    ----------
    width
        D.
    n_scores
        K.
    seed
        What its weights hang on.

    Returns
    -------
    torch.nn.Linear
        From D to K.
    """
    layer = torch.nn.Linear(width, n_scores)
    drawn = torch.Generator().manual_seed(seed)
    torch.nn.init.normal_(layer.weight, std=_SPREAD, generator=drawn)
    torch.nn.init.zeros_(layer.bias)
    return layer


def pooled(hidden: torch.Tensor, mask: torch.Tensor | None, how: str) -> torch.Tensor:
    """Make one vector of those of a text's pieces, its frame among them.

    Parameters
    ----------
    hidden
        (B, T, D).
    mask
        bool (B, T), true where a piece is; or None if nothing is padding.
    how
        As `EncoderSettings.texts`.

    Returns
    -------
    torch.Tensor
        (B, D).
    """
    if how == "cls":
        return hidden[:, 0]
    if mask is None:
        return {"mean": hidden.mean(1), "max": hidden.amax(1), "last": hidden[:, -1]}[how]
    if how == "last":
        return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]
    outside = ~mask[..., None]
    if how == "max":
        return hidden.masked_fill(outside, -torch.inf).amax(1)
    return hidden.masked_fill(outside, 0.0).sum(1) / mask.sum(1, keepdim=True)
