"""A transformer with a layer that reads the tag of each unit off its pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from lexloom.arrays import Vectors
from lexloom.contextual.batching import batches, padded
from lexloom.finetuning.head import Head
from lexloom.finetuning.tagging.shared_pieces import N_MARKS, marks_of, with_marks
from lexloom.finetuning.tagging.tag_sequences import TagSequence
from lexloom.finetuning.text_network import new_layer

__all__ = ["TagNetwork"]


class TagNetwork(torch.nn.Module):
    """Scores tags of units.

    Parameters
    ----------
    body
        A transformer; changes as it learns.
    pad_id
        What fills up shorter sentences.
    n_tags
        K.
    dropout
        The share of the numbers of a unit's vector that a step leaves out.
    seed
        What the layer's first weights hang on.
    """

    def __init__(self, body: Any, pad_id: int, n_tags: int, *, dropout: float, seed: int) -> None:
        super().__init__()
        self.body = body
        self.layer = new_layer(N_MARKS * int(body.config.hidden_size), n_tags, seed)
        self._dropout = torch.nn.Dropout(dropout)
        self._pad_id = pad_id

    def forward(self, sequences: Sequence[TagSequence]) -> torch.Tensor:
        """Score the tags of the units of some sentences that have a piece.

        Parameters
        ----------
        sequences
            B sentences.

        Returns
        -------
        torch.Tensor
            (units of all, K), one sentence after the other.
        """
        return self.layer(self._dropout(self.units(sequences)))

    def units(self, sequences: Sequence[TagSequence]) -> torch.Tensor:
        """Give the units of some sentences that have a piece vectors: the mean of their pieces'.

        Parameters
        ----------
        sequences
            B sentences.

        Returns
        -------
        torch.Tensor
            (units of all, 3 D), one sentence after the other, as `with_marks` has them.
        """
        ids, is_piece = padded([sequence.ids for sequence in sequences], self._pad_id)
        device = self.layer.weight.device
        mask = None if is_piece is None else torch.from_numpy(is_piece).to(device).long()
        hidden = self.body(
            input_ids=torch.from_numpy(ids).to(device), attention_mask=mask
        ).last_hidden_state
        width, n_before, pieces, units = ids.shape[1], 0, [], []
        for row, sequence in enumerate(sequences):
            pieces.append(sequence.pieces + row * width)
            units.append(sequence.unit_of + n_before)
            n_before += sequence.n_known
        rows = torch.from_numpy(np.concatenate(pieces)).to(device)
        own = torch.from_numpy(np.concatenate(units)).to(device)
        found = hidden.reshape(-1, hidden.shape[-1])[rows]
        sums = found.new_zeros(n_before, found.shape[1]).index_add(0, own, found)
        counts = torch.bincount(own, minlength=n_before).clamp(min=1)
        places = np.concatenate([sequence.places for sequence in sequences])
        marks = torch.from_numpy(marks_of(places)).to(device)
        return with_marks(sums / counts[:, None], marks)

    def score(self, sequences: Sequence[TagSequence], most_pieces: int) -> list[Vectors]:
        """Score tags without learning, in batches of like lengths.

        Parameters
        ----------
        sequences
            N sentences.
        most_pieces
            What a batch may hold.

        Returns
        -------
        list of Vectors
            For each sentence float32 (units that have a piece, K).
        """
        return self.answer(self, sequences, most_pieces)

    def answer(
        self,
        read: Callable[[Sequence[TagSequence]], torch.Tensor],
        sequences: Sequence[TagSequence],
        most_pieces: int,
    ) -> list[Vectors]:
        """Read sentences without learning, in batches of like lengths.

        Parameters
        ----------
        read
            This network, or its `units`.
        sequences
            N sentences.
        most_pieces
            What a batch may hold.

        Returns
        -------
        list of Vectors
            For each sentence what `read` gives of its units.
        """
        found: list[Vectors] = [np.empty(0, np.float32)] * len(sequences)
        lengths = np.array([len(sequence.ids) for sequence in sequences], np.int64)
        was_training = self.training
        self.eval()
        with torch.no_grad():
            for rows in batches(lengths, most_pieces):
                some = [sequences[row] for row in rows]
                given = read(some).float().cpu().numpy()
                ends = np.cumsum([sequence.n_known for sequence in some])[:-1]
                for row, own in zip(rows, np.split(given, ends), strict=True):
                    found[row] = own
        self.train(was_training)
        return found

    def head(self) -> Head:
        """Give the layer as arrays of their own."""
        weight, bias = (p.detach().float().cpu().numpy().copy() for p in self.layer.parameters())
        return Head(weight, bias)
