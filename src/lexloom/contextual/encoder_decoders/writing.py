"""What a model writes, given what it reads: greedily, or by the best of several beams."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from lexloom.arrays import Offsets
from lexloom.contextual.batching import padded
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder

__all__ = ["written"]

_PIECES_AT_ONCE = 4_096


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
        The most pieces to write; never more than three times those read, and some.
    start
        int64, pieces that each text is to begin with.
    beams
        How many beginnings are gone on with at a time; 1 always takes the likeliest piece.
    length_penalty
        A beam's log-probability is divided by its length to this power.

    Returns
    -------
    list of Offsets
        N times int64: the pieces written, without `start` and without the end.
    """
    found: list[Offsets] = [np.zeros(0, np.int64)] * len(sources)
    lengths = np.array([len(source) for source in sources], np.int64)
    was_training = model.module.training
    model.module.eval()
    with torch.inference_mode():
        for rows in _batches(lengths, _PIECES_AT_ONCE // beams):
            some = [sources[row] for row in rows]
            longest = min(most, model.positions - 2, 3 * max(map(len, some)) + 10)
            for row, ids in zip(
                rows, _batch(model, some, longest, start, beams, length_penalty), strict=True
            ):
                found[row] = ids
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


def _batch(
    model: EncoderDecoder,
    sources: Sequence[Offsets],
    longest: int,
    start: Offsets | None,
    beams: int,
    length_penalty: float,
) -> list[Offsets]:
    """Write one batch."""
    ids, is_piece = padded(sources, model.pad_id)
    device = model.module.device
    mask = np.ones(ids.shape, np.int64) if is_piece is None else is_piece.astype(np.int64)
    begun = np.append(model.start_id, np.zeros(0, np.int64) if start is None else start)
    config = copy.deepcopy(model.module.generation_config)
    config.update(
        max_new_tokens=longest, num_beams=beams, do_sample=False, length_penalty=length_penalty,
        early_stopping=False, pad_token_id=model.pad_id, eos_token_id=model.last_id,
        max_length=None, use_cache=True,
    )  # fmt: skip
    given = model.module.generate(
        input_ids=torch.from_numpy(ids).to(device),
        attention_mask=torch.from_numpy(mask).to(device),
        decoder_input_ids=torch.from_numpy(np.tile(begun, (len(ids), 1))).to(device),
        generation_config=config,
    )
    return [_until(row[len(begun) :], model.last_id) for row in given.cpu().numpy()]


def _until(ids: Offsets, last_id: int) -> Offsets:
    """Cut pieces off at the one that ends a text."""
    ends = np.flatnonzero(ids == last_id)
    return ids[: ends[0]] if len(ends) else ids
