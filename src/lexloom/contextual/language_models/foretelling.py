"""What a model foretells of a stream: nats lost, piece by piece, in sequences of one length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.contextual.language_models.architectures import body_of, head_of
from lexloom.contextual.language_models.masking import Masking
from lexloom.contextual.language_models.packing import Rows, Stream

__all__ = ["Surprise", "causal_loss", "causal_surprise", "masked_loss", "masked_surprise"]

_TOKENS_AT_ONCE = 4_096
JUDGING_PASS = (1 << 40) + 1
"""Masks that judge a model are those of a pass that training never comes to."""


@dataclass(frozen=True)
class Surprise:
    """How much a model was surprised by a text.

    Attributes
    ----------
    nats
        The sum of -ln P over the pieces that were foretold.
    n_foretold
        How many these were.
    n_pieces
        Pieces of the text.
    n_bytes
        Bytes of the text.
    n_unknown
        Pieces that stand for what the tokenizer does not know, as one piece whatever its length.
    """

    nats: float
    n_foretold: int
    n_pieces: int
    n_bytes: int
    n_unknown: int = 0

    @property
    def unknown_share(self) -> float:
        """The share of pieces that are unknown: what they say is lost, and not counted."""
        return self.n_unknown / max(self.n_pieces, 1)

    @property
    def mean(self) -> float:
        """Nats a piece."""
        return self.nats / max(self.n_foretold, 1)

    @property
    def perplexity(self) -> float:
        """The number of equally likely pieces that surprises as much."""
        return math.exp(min(self.mean, 700.0))

    @property
    def bits_per_byte(self) -> float:
        """Bits that each byte of the text would take: nats / ln 2 / bytes, whatever the pieces.

        Where only some pieces were foretold, the others are taken to surprise as much. Unknown
        pieces make it too low: they hide bytes that nobody foretold.
        """
        return self.mean * self.n_pieces / math.log(2) / max(self.n_bytes, 1)


def masked_loss(
    module: Any, inputs: Ids, targets: Ids, chosen: Bools, n_chosen: int
) -> torch.Tensor:
    """Give a part of the mean loss of the chosen pieces of a batch.

    Only their vectors go through the projection to all pieces, which is most of the work of a
    small model.

    Parameters
    ----------
    module
        The model.
    inputs
        int32 (B, T), the sequences with pieces hidden.
    targets
        int32 (B, T), the sequences as they were.
    chosen
        bool (B, T), the pieces to foretell.
    n_chosen
        How many were chosen in the whole batch.

    Returns
    -------
    torch.Tensor
        A number with a gradient.
    """
    device = next(module.parameters()).device
    places = torch.from_numpy(np.flatnonzero(chosen)).to(device)
    wanted = torch.from_numpy(targets[chosen].astype(np.int64)).to(device)
    vectors = body_of(module)(_tensor(inputs, device)).flatten(0, 1)
    scores = head_of(module)(vectors[places])
    return functional.cross_entropy(scores.float(), wanted, reduction="sum") / max(n_chosen, 1)


def causal_loss(module: Any, ids: Ids, n_foretold: int) -> torch.Tensor:
    """Give a part of the mean loss of all pieces of a batch but the first of each sequence.

    Parameters
    ----------
    module
        The model.
    ids
        int32 (B, T + 1), the sequences.
    n_foretold
        The pieces foretold in the whole batch.

    Returns
    -------
    torch.Tensor
        A number with a gradient.
    """
    return _causal_nats(module, ids).sum() / max(n_foretold, 1)


def _causal_nats(module: Any, ids: Ids) -> torch.Tensor:
    """Give -ln P of each piece but the first of each sequence: (B T,)."""
    device = next(module.parameters()).device
    given = _tensor(ids, device)
    vectors = body_of(module)(given[:, :-1]).flatten(0, 1)
    scores = head_of(module)(vectors).float()
    return functional.cross_entropy(scores, given[:, 1:].flatten(), reduction="none")


def causal_surprise(module: Any, stream: Stream, length: int) -> Surprise:
    """Let a model foretell each piece of a stream but the first from those before it.

    Parameters
    ----------
    module
        The model.
    stream
        The stream, which a piece opens.
    length
        T, the pieces of a sequence; the first pieces of each see little before them.

    Returns
    -------
    Surprise
        What it came to.
    """
    rows = Rows(stream, min(length, len(stream) - 1), overlap=1)
    nats = 0.0
    for chosen in _batches(rows):
        ids, _ = rows.take(chosen)
        # Of pieces that stand in two sequences, the first foretelling counts.
        fresh = rows.is_fresh(chosen)[:, :-1]
        found = _without_gradient(lambda ids=ids: _causal_nats(module, ids))
        nats += float(found.reshape(fresh.shape)[fresh].sum())
    n_pieces = len(stream) - 1
    return Surprise(nats, n_pieces, n_pieces, stream.n_bytes)


def masked_surprise(
    module: Any, stream: Stream, length: int, first: int | None, masking: Masking
) -> Surprise:
    """Let a model foretell pieces of a stream that are hidden, the same each time.

    Parameters
    ----------
    module
        The model.
    stream
        The stream.
    length
        T, the pieces of a sequence.
    first
        The piece before each sequence.
    masking
        Which pieces are hidden.

    Returns
    -------
    Surprise
        What it came to.
    """
    rows = Rows(stream, min(length, len(stream) + (first is not None)), first=first)
    nats, n_foretold = 0.0, 0
    for numbers in _batches(rows):
        ids, begins = rows.take(numbers)
        inputs, chosen = masking.choose(ids, begins, JUDGING_PASS, numbers)
        chosen &= rows.is_fresh(numbers)
        if chosen.any():
            found = _without_gradient(
                lambda i=inputs, t=ids, c=chosen: masked_loss(module, i, t, c, 1)
            )
            nats += float(found)
        n_foretold += int(chosen.sum())
    n_special = int(masking.is_special[stream.ids].sum())
    # The byte that ends a sentence is not foretold, nor is the piece that stands for it.
    return Surprise(nats, n_foretold, len(stream) - n_special, stream.n_bytes - n_special)


def _batches(rows: Rows) -> Iterator[Offsets]:
    """Give the numbers of all sequences, some at a time."""
    n_rows = max(1, _TOKENS_AT_ONCE // rows.length)
    for start in range(0, rows.n_rows, n_rows):
        yield np.arange(start, min(start + n_rows, rows.n_rows))


def _without_gradient(compute: Any) -> np.ndarray:
    """Compute without keeping what a gradient would need, summed in float64."""
    with torch.inference_mode():
        return compute().double().cpu().numpy()


def _tensor(ids: Ids, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(ids.astype(np.int64)).to(device)
