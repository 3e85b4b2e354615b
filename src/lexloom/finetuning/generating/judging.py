"""Judging a generator on texts that it has not learned from, before and after it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Floats
from lexloom.finetuning.generating.answer_network import AnswerNetwork, nats_of_passages
from lexloom.finetuning.generating.answer_sequences import answer_sequences, cut_answers
from lexloom.finetuning.generating.counted import copied_lines, copied_runs, trigram_nats
from lexloom.finetuning.generating.generation_report import (
    Copied,
    GenerationReport,
    report_on_generation,
)
from lexloom.finetuning.generating.passages import PassageParts

if TYPE_CHECKING:
    from lexloom.contextual.language_models.causal_model import CausalModel
    from lexloom.finetuning.generating.fitted_generator import FittedGenerator
    from lexloom.finetuning.generating.generator import Generator

__all__ = ["Judge"]

_WRITTEN = 20
_TEMPERATURE, _TOP_P = 0.8, 0.95


class Judge:
    """Measures a model as it is when the judge comes, and again when it has learned.

    Parameters
    ----------
    model
        The model before it learns.
    parts
        All passages; ``test`` is judged, or ``dev`` where there is none.
    settings
        How to learn.
    """

    def __init__(self, model: CausalModel, parts: PassageParts, settings: Generator) -> None:
        self._settings, self._train = settings, parts.train
        self._part, self._passages = parts.judged
        self._n_shared = parts.n_shared[self._part]
        self._sequences = answer_sequences(model, self._passages, model.positions)
        self._before = self._nats(model)

    def _nats(self, model: CausalModel) -> Floats:
        """Measure how surprising each answer is: float64 (N)."""
        most, network = self._settings.batch_pieces, AnswerNetwork(model.module)
        return nats_of_passages(network, self._sequences, len(self._passages), most)

    def report(self, made: FittedGenerator) -> GenerationReport:
        """Judge what was learned.

        Parameters
        ----------
        made
            The generator.

        Returns
        -------
        GenerationReport
            The figures.
        """
        model, answers = made.model, [passage.answer for passage in self._passages]
        learned = [passage.answer for passage in self._train]
        train, judged = (cut_answers(model, texts) for texts in (learned, answers))
        n_bytes = np.array([len(answer.encode()) + 1 for answer in answers], np.float64)
        written = self._written(made)
        texts = [text for _, text in written]
        nats = {
            "after": self._nats(model),
            "before": self._before,
            "counting": trigram_nats(train, judged, model.module.config.vocab_size),
        }
        copied = tuple(
            Copied(copied_runs(train, pieces), copied_lines(learned, some))
            for pieces, some in ((cut_answers(model, texts), texts), (judged, answers))
        )
        n_foretold = sum(sequence.n_foretold for sequence in self._sequences)
        return report_on_generation(
            (self._part, self._n_shared), nats, n_foretold, n_bytes, (copied[0], copied[1]), written
        )

    def _written(self, made: FittedGenerator) -> Sequence[tuple[str, str]]:
        """Let it write some texts behind prompts of those judged, the same each time."""
        from lexloom.contextual.language_models.drawing import Drawing

        prompts = list(dict.fromkeys(passage.prompt for passage in self._passages))[:_WRITTEN]
        prompts = [prompts[number % len(prompts)] for number in range(_WRITTEN)]
        longest = max(1, min(self._settings.longest, made.model.positions // 2))
        drawing = Drawing(
            n_pieces=longest, temperature=_TEMPERATURE, top_p=_TOP_P, seed=self._settings.seed
        )
        texts = [""] * len(prompts)
        for number, text in made.model.going_on(prompts, drawing, apart=any(prompts)):
            texts[number] += text
        return list(zip(prompts, texts, strict=True))
