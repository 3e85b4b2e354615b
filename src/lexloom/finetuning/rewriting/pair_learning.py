"""An encoder-decoder that learns what is written for a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Offsets
from lexloom.contextual.batching import batches, padded
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
from lexloom.contextual.encoder_decoders.writing import written
from lexloom.errors import SettingError
from lexloom.finetuning.rewriting.pairs import Pairs
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.finetuning.rewriting.rewriting import Rewriting

__all__ = ["CutPairs", "PairLearning", "cut_pairs", "room_of", "spread"]

_NOT_ASKED = -100
_MEASURED_STEPS = 6
_KEPT_FREE = 2
"""Positions that no text is given: what is written begins with a piece of the model's own."""


@dataclass(frozen=True)
class CutPairs:
    """Pairs as pieces.

    Attributes
    ----------
    sources
        N times int64 (T), in their frame.
    targets
        N times int64 (T), each with the piece that ends it.
    n_cut
        How many had more on a side.
    """

    sources: Sequence[Offsets]
    targets: Sequence[Offsets]
    n_cut: int = 0

    def __len__(self) -> int:
        return len(self.sources)

    @cached_property
    def lengths(self) -> tuple[Offsets, Offsets]:
        """The pieces of each side: int64 (N) each."""
        return _lengths(self.sources), _lengths(self.targets)

    @property
    def longest(self) -> tuple[int, int]:
        """The most pieces of a side."""
        return int(self.lengths[0].max()), int(self.lengths[1].max())


def cut_pairs(model: EncoderDecoder, pairs: Pairs, settings: Rewriting) -> CutPairs:
    """Cut pairs into pieces.

    Parameters
    ----------
    model
        What cuts.
    pairs
        N pairs.
    settings
        Say what stands before each text, and how many pieces are the most.

    Returns
    -------
    CutPairs
        None of them longer than the model can read and write.

    Raises
    ------
    SettingError
        As of `room_of`.
    """
    read, said = room_of(model, (settings.longest,) * 2, (settings.prefix, settings.target_prefix))
    sources = model.source_ids(pairs.sources, settings.prefix)
    targets = model.target_ids(pairs.targets)
    is_long = (_lengths(sources) > read) | (_lengths(targets) > said)
    return CutPairs(
        model.source_ids(pairs.sources, settings.prefix, read),
        [ids[:said] for ids in targets],
        int(is_long.sum()),
    )


def room_of(
    model: EncoderDecoder, longest: Sequence[int], prefixes: Sequence[str]
) -> tuple[int, int]:
    """Give how many pieces of a text a model can read and write at once.

    Parameters
    ----------
    model
        The model.
    longest
        The most pieces of a text to be read, and of one to be written.
    prefixes
        What stands before each text that is read, and what each that is written begins with.

    Returns
    -------
    tuple of int
        The pieces of a text to be read, its prefix and frame among them; and of one to be written
        behind its prefix, the piece that ends it among them.

    Raises
    ------
    SettingError
        If a prefix leaves no room for a text.
    """
    most = model.positions - _KEPT_FREE
    framed, begun = len(model.source_ids([""], prefixes[0])[0]), len(model.begun_ids(prefixes[1]))
    read, said = int(min(longest[0], most)), int(min(longest[1], most - begun))
    for name, taken, room in (("prefix", framed, read), ("target_prefix", begun + 1, begun + said)):
        if taken >= room:
            raise SettingError(
                f"{name} must leave room for a text, got one that takes, with what frames a text, "
                f"{taken:,} of {room:,} pieces.",
                f"Pass a shorter one{'' if room == most else ', or a larger longest'}.",
            )
    return read, said


def spread(n: int, most: int) -> list[int]:
    """Choose rows evenly: files are often sorted.

    Parameters
    ----------
    n
        The rows there are.
    most
        The most to choose.

    Returns
    -------
    list of int
        Numbers of rows, in order.
    """
    return [place * n // min(n, most) for place in range(min(n, most))]


def _lengths(sequences: Sequence[Offsets]) -> Offsets:
    """Give the length of each sequence: int64 (N)."""
    return np.array([len(sequence) for sequence in sequences], np.int64)


class _Body(torch.nn.Module):
    """Gives what learns the name that `SequenceLearning` knows it by."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body


class PairLearning(SequenceLearning):
    """A model that learns to write, each piece from those before it and the whole text read.

    Parameters
    ----------
    settings
        How to learn.
    model
        What learns; its module changes in place.
    parts
        Pairs to learn from, and to look at after each epoch.
    judge
        Gives how good the texts are that were written for the pairs of `spread`.
    precision
        What gradients are computed in.
    """

    unit = "pieces"
    betas = (0.9, 0.98)

    def __init__(
        self,
        settings: Rewriting,
        model: EncoderDecoder,
        parts: Sequence[CutPairs],
        judge: Callable[[Sequence[str]], float],
        precision: Precision,
    ) -> None:
        self._model, (self._pairs, self._dev) = model, parts
        self._judge, self._judged = judge, spread(len(self._dev), settings.dev_texts)
        self._smoothing = settings.label_smoothing
        self._start = model.begun_ids(settings.target_prefix)
        super().__init__(
            settings, _Body(model.module), model.pad_id, self._pairs.sources, precision
        )

    def _costs(self) -> Offsets:
        """Count the pieces of both sides."""
        return self._pairs.lengths[0] + self._pairs.lengths[1]

    def _weight(self, rows: Ids) -> int:
        """Count the pieces to be written."""
        return int(self._pairs.lengths[1][rows].sum())

    def _in_order(self, draw: np.random.Generator) -> Ids:
        """Sort pairs by what is written and then by what is read, equal ones in any order.

        So nearly nothing of a batch is padding, on either side.
        """
        return np.lexsort((draw.random(len(self._pairs)), *self._pairs.lengths)).astype(np.int32)

    def _together(self, rows: Ids) -> list[Ids]:
        """Work on all of a batch at once, if that is not too much: it is hardly padded."""
        n_parts = -(-int(self._costs()[rows].sum()) // self._settings.batch_pieces)
        return np.array_split(rows, min(n_parts, len(rows)))

    def _words_by_row(self) -> frozenset[str]:
        """Let no word wait: the scores of all pieces need all of them at each step."""
        return frozenset()

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean cross-entropy of the pieces to be written."""
        return self._surprise(self._pairs, rows, self._smoothing)

    def _surprise(self, pairs: CutPairs, rows: Ids, smoothing: float) -> torch.Tensor:
        """Let the model foretell each piece from those before it."""
        device = self._model.module.device
        sources, is_source = padded([pairs.sources[row] for row in rows], self._pad_id)
        targets, is_target = padded([pairs.targets[row] for row in rows], self._pad_id)
        begun = np.tile(np.append(self._model.start_id, self._start), (len(rows), 1))
        scores = self._model.module(
            input_ids=torch.from_numpy(sources).to(device),
            attention_mask=None
            if is_source is None
            else torch.from_numpy(is_source.astype(np.int64)).to(device),
            decoder_input_ids=torch.from_numpy(np.hstack([begun, targets[:, :-1]])).to(device),
            use_cache=False,
        ).logits[:, len(self._start) :]
        if is_target is not None:
            targets = np.where(is_target, targets, _NOT_ASKED)
        return torch.nn.functional.cross_entropy(
            scores.flatten(0, 1).float(),
            torch.from_numpy(targets).to(device).flatten(),
            label_smoothing=smoothing,
            ignore_index=_NOT_ASKED,
        )

    def epoch_seconds(self) -> float:
        """Measure how long an epoch takes, by some steps of one; what learns is changed."""
        self.train(0, 0)
        began = perf_counter()
        for number in range(_MEASURED_STEPS):
            self.train(0, number * self.n_stretches // _MEASURED_STEPS)
        learned = perf_counter()
        self.held_out_loss()
        self.quality()
        steps = self.n_stretches / _MEASURED_STEPS
        return (learned - began) * steps + perf_counter() - learned

    def held_out_loss(self) -> float:
        """Give the mean cross-entropy of the pieces to look at."""
        lost, n_pieces = 0.0, 0
        n_read, n_written = self._dev.lengths
        self._model.module.eval()
        with torch.inference_mode():
            for rows in batches(n_read + n_written, self._settings.batch_pieces):
                n_here = int(n_written[rows].sum())
                lost += float(self._surprise(self._dev, rows.astype(np.int32), 0.0)) * n_here
                n_pieces += n_here
        self._model.module.train()
        return lost / n_pieces

    def quality(self) -> float:
        """Give how good the texts are that it writes, always taking the likeliest piece."""
        sources = [self._dev.sources[row] for row in self._judged]
        found = written(self._model, sources, most=self._pairs.longest[1], start=self._start)
        return self._judge([self._model.text_of(ids) for ids in found])
