"""A causal model that foretells answers: only their pieces are scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from lexloom.arrays import Floats, Ids, Offsets
from lexloom.contextual.language_models.architectures import (
    body_of,
    head_of,
    usable_positions,
)
from lexloom.finetuning.generating.answer_sequences import AnswerSequence
from lexloom.finetuning.generating.rows import rows_of_sequences

__all__ = ["AnswerNetwork", "nats_of_passages", "portions_of_pieces"]


class AnswerNetwork(torch.nn.Module):
    """Foretells the answers of some sequences.

    Parameters
    ----------
    body
        A causal model with its head, and with what was put beside it; changes as it learns.
    """

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def forward(self, sequences: Sequence[AnswerSequence]) -> torch.Tensor:
        """Give -ln P of each piece that is foretold.

        Parameters
        ----------
        sequences
            N sequences.

        Returns
        -------
        torch.Tensor
            (pieces foretold of all), one sequence after the other.
        """
        base = getattr(self.body, "get_base_model", lambda: self.body)()
        device = next(base.parameters()).device
        rows = rows_of_sequences(
            [each.ids[:-1] for each in sequences], most=usable_positions(base.config)
        )
        said, mask = {}, rows.mask
        if mask is not None:
            said = {
                "attention_mask": torch.from_numpy(mask).to(device),
                "position_ids": torch.from_numpy(rows.positions).to(device),
            }
        hidden = body_of(base)(torch.from_numpy(rows.ids).to(device), **said).flatten(0, 1)
        before = np.concatenate(
            [
                start + np.arange(each.n_given - 1, len(each.ids) - 1)
                for start, each in zip(rows.starts, sequences, strict=True)
            ]
        )
        wanted = np.concatenate([each.ids[each.n_given :] for each in sequences])
        scores = head_of(base)(hidden[torch.from_numpy(before).to(device)]).float()
        return torch.nn.functional.cross_entropy(
            scores, torch.from_numpy(wanted).to(device), reduction="none"
        )


def portions_of_pieces(lengths: Offsets, most_pieces: int) -> Iterator[Ids]:
    """Take sequences in their order, as many at once as are worked on at once.

    Parameters
    ----------
    lengths
        int64 (N).
    most_pieces
        Of a portion; a longer sequence is one by itself.

    Yields
    ------
    Ids
        int32, the numbers of some sequences.
    """
    start, ends = 0, np.cumsum(lengths)
    while start < len(lengths):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + most_pieces, "right")), start + 1)
        yield np.arange(start, stop, dtype=np.int32)
        start = stop


def nats_of_passages(
    network: AnswerNetwork, sequences: Sequence[AnswerSequence], n: int, most_pieces: int
) -> Floats:
    """Measure how surprising the answers of passages are, without learning.

    Parameters
    ----------
    network
        What foretells them.
    sequences
        All of the N passages.
    n
        N.
    most_pieces
        What is worked on at once.

    Returns
    -------
    Floats
        float64 (N), the sum of -ln P over the pieces of each answer.
    """
    found = np.zeros(n, np.float64)
    was_training = network.training
    network.eval()
    # Those of like lengths fill rows best.
    order = sorted(sequences, key=lambda sequence: len(sequence.ids))
    lengths = np.array([len(sequence.ids) for sequence in order], np.int64)
    with torch.no_grad():
        for rows in portions_of_pieces(lengths, most_pieces):
            some = [order[row] for row in rows]
            nats = network(some).double().cpu().numpy()
            passages = np.repeat([s.passage for s in some], [s.n_foretold for s in some])
            np.add.at(found, passages, nats)
    network.train(was_training)
    return found
