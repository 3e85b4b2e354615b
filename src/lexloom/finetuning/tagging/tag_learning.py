"""An encoder that learns to tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Ids, Vectors
from lexloom.errors import FormatError
from lexloom.evaluation.metrics.spans import count_spans, spans_of
from lexloom.finetuning.beginning import begin_layer
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.finetuning.tagging.tag_network import TagNetwork
from lexloom.finetuning.tagging.tag_scheme import TagScheme
from lexloom.finetuning.tagging.tag_sequences import tag_sequences
from lexloom.finetuning.tagging.tagged_sentences import TaggedSentence
from lexloom.finetuning.targets.labels import OneLabel
from lexloom.training.devices import Precision

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.tagging.tagger import Tagger

__all__ = ["TagLearning", "rows_of", "share_right"]


class TagLearning(SequenceLearning):
    """A network that learns the tags of units.

    What it is judged by, `n_judged`, are the spans of the sentences to look at: F1 is about the
    share of them that is found. Where tags mark none, these are units, whose tags are right or not.

    Parameters
    ----------
    settings
        How to learn.
    encoder
        What cuts sentences.
    body
        Its transformer, with what was put beside it; changes in place.
    parts
        Sentences to learn from, and to look at after each epoch.
    scheme
        The tags and their rules.
    precision
        What gradients are computed in.

    Raises
    ------
    FormatError
        If there is nothing to learn from: no unit has a piece.
    """

    unit = "sentences"

    def __init__(
        self,
        settings: Tagger,
        encoder: Encoder,
        body: Any,
        parts: tuple[Sequence[TaggedSentence], Sequence[TaggedSentence]],
        scheme: TagScheme,
        precision: Precision,
    ) -> None:
        train, self._dev = parts
        self.n_judged = _n_judged(self._dev, scheme)
        self._scheme, self._smoothing = scheme, settings.label_smoothing
        number_of = {tag: number for number, tag in enumerate(scheme.tags)}
        made = tag_sequences(encoder, [each.units for each in train], settings.longest)
        # A sentence none of whose units has a piece teaches nothing.
        kept = [row for row, sequence in enumerate(made) if sequence.n_known]
        if not kept:
            raise FormatError(
                "no unit to learn from has a piece of the encoder's tokenizer.",
                "Look at the units, or take another encoder.",
            )
        self._made = [made[row] for row in kept]
        self._tags = [
            np.array([number_of[tag] for tag in train[row].tags], np.int64)[made[row].is_known]
            for row in kept
        ]
        self._unseen = tag_sequences(encoder, [each.units for each in self._dev], settings.longest)
        self.n_cut = sum(not each.is_known.all() for each in made)
        network = TagNetwork(
            body, encoder.network.pad_id, len(scheme.tags),
            dropout=settings.dropout, seed=settings.seed,
        )  # fmt: skip
        ids = [sequence.ids for sequence in self._made]
        super().__init__(settings, network, encoder.network.pad_id, ids, precision)

    def _begin(self) -> None:
        """Let the layer begin with what can be read off vectors as they are."""

        def vectors_of(rows: Ids) -> tuple[Vectors, np.ndarray]:
            some = [self._made[row] for row in rows]
            vectors = self.network.answer(self.network.units, some, self._settings.batch_pieces)
            tags = [self._tags[row] for row in rows]
            return np.concatenate(vectors), np.concatenate(tags)

        begin_layer(
            self.network.layer, vectors_of, len(self._made), OneLabel(self._scheme.tags),
            seed=self._settings.seed,
        )  # fmt: skip

    def _weight(self, rows: Ids) -> float:
        """Give how many units of some sentences have a piece."""
        return sum(self._made[row].n_known for row in rows)

    def _loss(self, rows: Ids) -> torch.Tensor:
        """Give the mean cross-entropy of the units of some sentences."""
        scores = self.network([self._made[row] for row in rows]).float()
        tags = torch.from_numpy(np.concatenate([self._tags[row] for row in rows]))
        return torch.nn.functional.cross_entropy(
            scores, tags.to(scores.device), label_smoothing=self._smoothing
        )

    def _dev_scores(self) -> list[np.ndarray]:
        """Score the tags of all units to look at; those without a piece score 0 for each tag."""
        if self._scored is None:
            self._descent.catch_up()
            found = self.network.score(self._unseen, self._settings.batch_pieces)
            n_tags = len(self._scheme.tags)
            self._scored = [
                rows_of(own, sequence.is_known, n_tags)
                for own, sequence in zip(found, self._unseen, strict=True)
            ]
        return self._scored

    def held_out_loss(self) -> float:
        """Give the mean cross-entropy of the units to look at."""
        number_of = {tag: number for number, tag in enumerate(self._scheme.tags)}
        lost, n_units = 0.0, 0
        for scores, sentence in zip(self._dev_scores(), self._dev, strict=True):
            wide = scores.astype(np.float64)
            wide -= wide.max(1, keepdims=True)
            tags = [number_of[tag] for tag in sentence.tags]
            lost -= (wide[np.arange(len(tags)), tags] - np.log(np.exp(wide).sum(1))).sum()
            n_units += len(tags)
        return float(lost / n_units)

    def quality(self) -> float:
        """Give F1 of the spans to look at, or the share of right tags where tags mark none."""
        best = [self._scheme.best(scores) for scores in self._dev_scores()]
        given = [[self._scheme.tags[number] for number in row] for row in best]
        true = [sentence.tags for sentence in self._dev]
        if self._scheme.marks_spans:
            return count_spans(true, given)[""].f1
        return share_right(true, given)


def _n_judged(dev: Sequence[TaggedSentence], scheme: TagScheme) -> int | None:
    """Count what the quality is a share of: true spans, or units; None where there are none."""
    if scheme.marks_spans:
        return sum(len(spans_of(sentence.tags)) for sentence in dev) or None
    return sum(map(len, dev)) or None


def rows_of(scores: np.ndarray, is_known: np.ndarray, n_tags: int) -> np.ndarray:
    """Give each unit a row of scores; one without a piece has 0 for each tag.

    Parameters
    ----------
    scores
        float32 (known units, K).
    is_known
        bool (T).
    n_tags
        K.

    Returns
    -------
    numpy.ndarray
        float32 (T, K).
    """
    rows = np.zeros((len(is_known), n_tags), np.float32)
    rows[is_known] = scores
    return rows


def share_right(true: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> float:
    """Give the share of units whose tag is right, 0 where there are none."""
    pairs = [
        one == other
        for row, answer in zip(true, given, strict=True)
        for one, other in zip(row, answer, strict=True)
    ]
    return sum(pairs) / len(pairs) if pairs else 0.0
