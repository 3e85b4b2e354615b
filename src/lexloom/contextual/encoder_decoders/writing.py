"""What a model writes, given what it reads: greedily, or by the best of several beams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from lexloom.arrays import Offsets
from lexloom.contextual.batching import padded
from lexloom.contextual.encoder_decoders.beam_search import BeamSearch
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder

__all__ = ["written"]

_PIECES_AT_ONCE = 4_096
_TIMES, _MORE = 3, 10
"""No text is written that is longer than so many times what was read, and some."""


def written(
    model: EncoderDecoder,
    sources: Sequence[Offsets],
    *,
    most: int,
    start: Offsets | None = None,
    beams: int = 1,
    length_penalty: float = 1.0,
) -> list[Offsets]:
    """Let a model write what goes with each source.

    Parameters
    ----------
    model
        The model.
    sources
        N times int64 (T), pieces in their frame.
    most
        The most pieces to write.
    start
        int64, pieces that each text is to begin with.
    beams
        How many beginnings are gone on with at a time; 1 always takes the likeliest piece.
    length_penalty
        As of `BeamSearch`.

    Returns
    -------
    list of Offsets
        N times int64: the pieces written, without `start` and without the end.
    """
    found: list[Offsets] = [np.zeros(0, np.int64)] * len(sources)
    lengths = np.array([len(source) for source in sources], np.int64)
    search = BeamSearch(model.module, last_id=model.last_id, beams=beams, alpha=length_penalty)
    device, was_training = model.module.device, model.module.training
    begun = torch.tensor([model.start_id, *(() if start is None else start)], device=device)
    model.module.eval()
    with torch.inference_mode():
        for rows in _batches(lengths, _PIECES_AT_ONCE // beams):
            ids, is_piece = padded([sources[row] for row in rows], model.pad_id)
            mask = np.ones(ids.shape, np.int64) if is_piece is None else is_piece.astype(np.int64)
            longest = min(most, model.positions - len(begun), _TIMES * ids.shape[1] + _MORE)
            read, seen = (torch.from_numpy(array).to(device) for array in (ids, mask))
            for row, text in zip(rows, search.write(read, seen, begun, longest), strict=True):
                found[row] = text
    model.module.train(was_training)
    return found


def _batches(lengths: Offsets, most_pieces: int) -> Iterator[Offsets]:
    """Part sequences into batches, longest first.

    Padding costs little here, and another batch much: its pieces are written one after the other.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        stop = start + max(most_pieces // max(int(lengths[order[start]]), 1), 1)
        yield order[start:stop]
        start = stop
