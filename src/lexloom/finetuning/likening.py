"""An encoder that learns from few texts which of them are alike, by their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Offsets
from lexloom.contextual.batching import batches
from lexloom.finetuning.labelled_parts import Part
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.finetuning.targets.target import Target
from lexloom.finetuning.text_network import TextBody
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.text_classifier import TextClassifier

__all__ = ["LikenessNetwork", "Likening"]


class LikenessNetwork(TextBody):
    """Gives texts vectors one long, whose products are the cosines between them.

    Parameters
    ----------
    body
        A transformer; changes as it learns.
    pad_id
        What fills up shorter texts.
    pooling
        What is made of the vectors of a text's pieces.
    most_pieces
        What may go through the transformer at once.
    """

    def __init__(self, body: Any, pad_id: int, pooling: str, most_pieces: int) -> None:
        super().__init__(body, pad_id, pooling)
        self._most_pieces = most_pieces

    def forward(self, sequences: Sequence[Offsets]) -> torch.Tensor:
        """Give vectors.

        Parameters
        ----------
        sequences
            N times int64 (T), pieces in their frame.

        Returns
        -------
        torch.Tensor
            (N, D).
        """
        lengths = np.array([len(sequence) for sequence in sequences], np.int64)
        order, read = list(batches(lengths, self._most_pieces)), super().forward
        found = torch.cat([read([sequences[row] for row in rows]) for rows in order])
        back = torch.from_numpy(np.argsort(np.concatenate(order))).to(found.device)
        return torch.nn.functional.normalize(found.float(), dim=1)[back]


class Likening(SequenceLearning):
    """A network that learns to give texts vectors as near as their labels are.

    Every text of a batch is compared with every other, so that N texts give N²/2 pairs for the
    price of N texts, and what is held grows with the texts, not with their pairs. SetFit (Tunstall
    et al. 2022) has the same aim, and draws pairs that each cost two.

    Parameters
    ----------
    settings
        How to learn.
    encoder
        What cuts texts, and how its vectors of texts are made.
    body
        Its transformer, with what was put beside it; changes in place.
    part
        N texts and what is wanted of them.
    target
        What that is.
    precision
        What gradients are computed in.
    """

    is_judged = False

    def __init__(
        self,
        settings: TextClassifier,
        encoder: Encoder,
        body: Any,
        part: Part,
        target: Target,
        precision: Precision,
    ) -> None:
        sequences, self.n_cut = encoder.reader.beginnings(part.texts, settings.longest)
        self._target, self._numbers = target, part.targets
        self._strata = target.strata(part.targets)
        network = LikenessNetwork(
            body, encoder.network.pad_id, encoder.reading.texts, settings.batch_pieces
        )
        super().__init__(settings, network, encoder.network.pad_id, sequences, precision)

    def _drawn(self, draw: np.random.Generator) -> list[Ids]:
        """Part the texts into batches: two of a kind stay together, kinds are spread evenly."""
        place = np.empty(self.n_units)
        for kind in np.unique(self._strata):
            rows = draw.permutation(np.flatnonzero(self._strata == kind))
            pairs = np.arange(len(rows)) // 2
            place[rows] = (pairs + draw.random()) / (pairs[-1] + 1)
        order = np.argsort(place, kind="stable").astype(np.int32)
        return np.array_split(order, self.n_stretches)

    def _together(self, rows: Ids) -> list[Ids]:
        """Learn from a whole batch at once: its texts are compared with each other."""
        return [rows]

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give how far cosines are from what they should be, squared; near and far weigh alike."""
        vectors = self.network([self._sequences[row] for row in rows])
        wanted = self._target.likeness(self._numbers[rows])
        upper = torch.triu_indices(len(rows), len(rows), 1)
        near = torch.from_numpy(wanted).to(vectors)[upper[0], upper[1]]
        apart = ((vectors @ vectors.T)[upper[0], upper[1]] - near) ** 2
        losses = [(apart * share).sum() / share.sum() for share in (near, 1 - near) if share.any()]
        return torch.stack(losses).mean() if losses else 0 * vectors.sum()

    def held_out_loss(self) -> None:
        """Nothing is set aside."""

    def quality(self) -> float:
        """Nothing is set aside, so nobody asks."""
        raise NotImplementedError
