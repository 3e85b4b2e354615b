"""An encoder-decoder that learns what is written for a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Offsets
from lexloom.contextual.batching import batches, padded
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
from lexloom.contextual.encoder_decoders.writing import written
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.finetuning.rewriting.rewriting import Rewriting

__all__ = ["CutPairs", "PairLearning", "lengths_of"]

_NOT_ASKED = -100


def lengths_of(sequences: Sequence[Offsets]) -> Offsets:
    """Give the length of each sequence: int64 (N)."""
    return np.array([len(sequence) for sequence in sequences], np.int64)


@dataclass(frozen=True)
class CutPairs:
    """Pairs as pieces.

    Attributes
    ----------
    sources
        N times int64 (T), in their frame.
    targets
        N times int64 (T), each with the piece that ends it.
    """

    sources: Sequence[Offsets]
    targets: Sequence[Offsets]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def lengths(self) -> Offsets:
        """The pieces of both sides together: int64 (N)."""
        return lengths_of(self.sources) + lengths_of(self.targets)


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
    start
        int64, the pieces that each written text begins with.
    judge
        Gives how good the texts are that were written for the first pairs to look at.
    precision
        What gradients are computed in.
    """

    unit = "pieces"
    betas = (0.9, 0.98)

    def __init__(
        self,
        settings: Rewriting,
        model: EncoderDecoder,
        parts: tuple[CutPairs, CutPairs],
        start: Offsets,
        judge: Callable[[Sequence[str]], float],
        precision: Precision,
    ) -> None:
        self._model, (self._pairs, self._dev) = model, parts
        self._start, self._judge = start, judge
        self._begun = np.append(model.start_id, start)
        self._sizes = (lengths_of(self._pairs.targets), lengths_of(self._pairs.sources))
        self._longest = int(max(map(int, self._sizes[0]), default=1))
        super().__init__(
            settings, _Body(model.module), model.pad_id, self._pairs.sources, precision
        )
        self._lengths = self._costs()

    def _costs(self) -> Offsets:
        """Count the pieces of both sides."""
        return self._sizes[0] + self._sizes[1]

    def _n_answers(self, rows: Ids) -> int:
        """Count the pieces to be written."""
        return int(self._sizes[0][rows].sum())

    def _alike(self, draw: np.random.Generator) -> Ids:
        """Sort pairs by what is written and then by what is read, equal ones in any order.

        So nearly nothing of a batch is padding, on either side.
        """
        drawn = draw.random(len(self._sizes[0]))
        return np.lexsort((drawn, self._sizes[1], self._sizes[0])).astype(np.int32)

    def _words_by_row(self) -> frozenset[str]:
        """Let no word wait: the scores of all pieces need all of them at each step."""
        return frozenset()

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean cross-entropy of the pieces to be written."""
        return self._surprise(self._pairs, rows, self._settings.label_smoothing)

    def _surprise(self, pairs: CutPairs, rows: Ids, smoothing: float) -> torch.Tensor:
        """Let the model foretell each piece from those before it."""
        device = self._model.module.device
        sources, is_source = padded([pairs.sources[row] for row in rows], self._pad_id)
        targets, is_target = padded([pairs.targets[row] for row in rows], self._pad_id)
        begun = np.tile(self._begun, (len(rows), 1))
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

    def held_out_loss(self) -> float:
        """Give the mean cross-entropy of the pieces to look at."""
        lost, n_pieces = 0.0, 0
        lengths = lengths_of(self._dev.targets)
        self._model.module.eval()
        with torch.inference_mode():
            for rows in batches(self._dev.lengths, self._settings.batch_pieces):
                n_here = int(lengths[rows].sum())
                lost += float(self._surprise(self._dev, rows, 0.0)) * n_here
                n_pieces += n_here
        self._model.module.train()
        return lost / n_pieces

    def quality(self) -> float:
        """Give how good the texts are that it writes, always taking the likeliest piece."""
        sources = self._dev.sources[: self._settings.dev_texts]
        found = written(self._model, sources, most=self._longest, start=self._start)
        return self._judge([self._model.text_of(ids) for ids in found])
