"""An encoder that learns which texts belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

from lexloom.arrays import Ids
from lexloom.contextual.batching import batches
from lexloom.finetuning.matching.judging import Judge
from lexloom.finetuning.matching.known_pairs import KnownPairs
from lexloom.finetuning.matching.match_parts import MatchParts
from lexloom.finetuning.matching.objectives import (
    cosine_error,
    label_surprise,
    order_error,
    search_surprise,
)
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.finetuning.text_network import TextBody, new_layer
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.matching.matcher import Matcher

__all__ = ["MatchLearning"]


class MatchLearning(SequenceLearning):
    """A network that learns which texts belong together.

    What a step loses is a matter of its whole batch, where each text is a wrong answer for others,
    so that a batch is never learned in parts. What of it would not fit into memory is read once
    more when its gradient is wanted, some texts at a time, with what was left out before left out
    again: the same gradient (Gao et al. 2021, *GradCache*).

    Parameters
    ----------
    settings
        How to learn.
    encoder
        What cuts texts, and how its vectors of texts are made.
    body
        Its transformer, with what was put beside it; changes in place.
    parts
        Pairs to learn from.
    judge
        Looks at what is set aside.
    alike
        The label of pairs that belong together, where pairs have labels.
    precision
        What gradients are computed in.
    """

    unit = "pairs"

    def __init__(
        self,
        settings: Matcher,
        encoder: Encoder,
        body: Any,
        parts: MatchParts,
        judge: Judge,
        alike: str,
        precision: Precision,
    ) -> None:
        self._kind, self._labels, self._how = parts.train.kind, parts.labels, settings
        self._pairs, self._judge = KnownPairs(parts.train), judge
        self._wanted = _wanted(settings, parts, alike)
        cut = encoder.reader.beginnings
        self._pieces, self.n_cut = cut(self._pairs.texts, settings.longest)
        self._unseen, _ = cut(judge.texts, settings.longest)
        network: Any = TextBody(body, encoder.network.pad_id, encoder.reading.texts)
        width = int(body.config.hidden_size)
        self._widths = settings.widths or (width,)
        if self._kind == "labels" and len(self._labels) > 2:
            network.layer = new_layer(3 * width, len(self._labels), settings.seed)
        pairs = zip(self._pairs.left, self._pairs.right, strict=True)
        both = [np.concatenate([self._pieces[one], self._pieces[other]]) for one, other in pairs]
        super().__init__(settings, network, encoder.network.pad_id, both, precision)

    def _together(self, rows: Ids) -> list[Ids]:
        """Learn from a whole batch at once: its pairs are compared with each other."""
        return [rows]

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Add up the loss of some pairs for each width of the vectors."""
        texts = np.concatenate([self._pairs.left[rows], self._pairs.right[rows]])
        vectors = self._vectors(texts).float()
        # Differences of cosines that are divided by a temperature want all their digits.
        with torch.autocast(vectors.device.type, enabled=False):
            one, other = vectors.chunk(2)
            losses = [self._lost(one[:, :n], other[:, :n], rows) for n in self._widths]
            return torch.stack(losses).sum()

    def _vectors(self, texts: np.ndarray) -> torch.Tensor:
        """Read texts, a text that is there twice twice; keep what gradients need while it fits."""
        pieces = [self._pieces[text] for text in texts]
        lengths = np.array([len(own) for own in pieces], np.int64)
        room = most = max(self._settings.batch_pieces // 2, 1)
        rows, found = [], []
        for some in batches(lengths, most):
            room -= len(some) * int(lengths[some].max())
            own = [pieces[row] for row in some]
            rows.append(some)
            found.append(
                self.network(own)
                if room >= 0
                else checkpoint(self.network, own, use_reentrant=False)
            )
        return torch.cat(found)[torch.from_numpy(np.argsort(np.concatenate(rows)))]

    def _lost(self, one: torch.Tensor, other: torch.Tensor, rows: Ids) -> torch.Tensor:
        """Give the loss of some pairs by their vectors, (B, width) each."""
        temperature = self._how.temperature
        if self._kind in ("pairs", "texts"):
            known = self._pairs.belong(self._pairs.left[rows], self._pairs.right[rows])
            np.fill_diagonal(known, val=False)
            return search_surprise(one, other, torch.from_numpy(known).to(one.device), temperature)
        wanted = torch.from_numpy(self._wanted[rows]).to(one.device)
        if self._kind == "scores":
            return cosine_error(one, other, wanted)
        if len(self._labels) == 2:
            return order_error(one, other, wanted, temperature)
        smoothing = self._how.label_smoothing
        return label_surprise(one, other, wanted, self.network.layer, smoothing)

    def held_out_loss(self) -> None:
        """Give nothing: `quality` says it all."""

    def quality(self) -> float:
        """Give how well what is set aside is told, the mean over the widths."""
        if self._scored is None:
            self._descent.catch_up()
            vectors = self.network.answer(self._unseen, self._settings.batch_pieces)
            judge = self._judge
            found = [judge.quality(judge.answers(vectors[:, :n])) for n in self._widths]
            self._scored = float(np.mean(found))
        return self._scored


def _wanted(settings: Matcher, parts: MatchParts, alike: str) -> np.ndarray:
    """Give what is wanted of each pair to learn from: a cosine, yes or no, or a label's number."""
    values = parts.train.values
    if parts.train.kind == "scores":
        low, high = settings.range_of(values)
        shares = (np.array(values, np.float64) - low) / (high - low)
        return (2 * shares - 1 if low < 0 else shares).astype(np.float32)
    if len(parts.labels) == 2:
        return np.array([value == alike for value in values], bool)
    number_of = {label: number for number, label in enumerate(parts.labels)}
    return np.array([number_of[value] for value in values], np.int64)
