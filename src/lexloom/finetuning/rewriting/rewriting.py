"""Learning to write one text for another: what translating and summarizing have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from lexloom.contextual.model_folder import open_model_folder
from lexloom.finetuning.parts import tell_cut
from lexloom.finetuning.rewriting.pairs import GivenPairs, PairParts, pairs_of, parted_pairs
from lexloom.finetuning.rewriting.rewriting_settings import RewritingSettings
from lexloom.finetuning.task_trainer import CHECKED, Lesson, TaskTrainer
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedRewriter
    from lexloom.finetuning.rewriting.pair_learning import CutPairs

__all__ = ["Rewriting"]

_TOKENIZER = "tokenizer"


@settings
class Rewriting(RewritingSettings, TaskTrainer[GivenPairs, PairParts, "FittedRewriter"]):
    """Learning to write one text for another: its settings and how it is gone about.

    Examples are pairs of texts, or records; a csv, tsv, jsonl or parquet file; or two files of
    plain text whose lines belong together, as a tuple or as ``"a.txt,b.txt"``.
    """

    unit: ClassVar[str] = "pairs"

    @abstractmethod
    def _quality(self, texts: Sequence[str], *, targets: Sequence[str]) -> float:
        """Give how good texts are beside those of people, the higher the better."""

    @abstractmethod
    def _result(self, model: EncoderDecoder, **made: Any) -> FittedRewriter:
        """Make the result."""

    def _opened(self) -> EncoderDecoder | None:
        """Open the model to go on with, if there is one."""
        if self.model is None:
            return None
        from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
        from lexloom.finetuning.rewriting.pair_learning import room_of

        model = EncoderDecoder.load(self.model)
        room_of(model, (self.longest,) * 2, (self.prefix, self.target_prefix))
        return model

    def _origin(self, model: EncoderDecoder | None) -> Any:
        """Tell a model from others."""
        return self.model and open_model_folder(self.model, verify="structure").fingerprint()

    def _parts(
        self,
        train: GivenPairs,
        dev: GivenPairs | None,
        test: GivenPairs | None,
        model: EncoderDecoder | None,
    ) -> PairParts:
        """Take all pairs, and look at them."""
        take = partial(
            pairs_of, source_field=self.source_field, target_field=self.target_field,
            encoding=self.encoding,
        )  # fmt: skip
        others = [None if part is None else take(part) for part in (dev, test)]
        return parted_pairs(
            take(train), *others, dev_share=self.dev_share,
            most_apart=self.most_apart, seed=self.seed,
        )  # fmt: skip

    def _begun(self, lesson: Lesson[PairParts]) -> EncoderDecoder:
        """Take the model to go on with, or make a new one."""
        from lexloom.contextual.encoder_decoders.beginning import (
            new_model,
            new_tokenizer,
            set_dropout,
        )

        model: EncoderDecoder | None = lesson.model
        if model is not None:
            if self.dropout is not None:
                set_dropout(model.module, self.dropout)
            return model
        train, checkpoints = lesson.parts.train, lesson.checkpoints
        sides = {"source": train.sources, "target": train.targets}
        if not self.separate_pieces:
            sides = {"both": [*train.sources, *train.targets]}
        tokenizers = [
            new_tokenizer(
                texts,
                pieces=self.pieces,
                seed=self.seed,
                place=checkpoints and checkpoints.folder / f"{_TOKENIZER}-{side}",
            )
            for side, texts in sides.items()
        ]
        return new_model(
            tokenizers[0], self.sized, target_tokenizer=tokenizers[1] if tokenizers[1:] else None,
            positions=2 * self.longest, dropout=self.new_dropout, seed=self.seed,
        )  # fmt: skip

    def _learned(self, lesson: Lesson[PairParts]) -> FittedRewriter:
        """Learn, and judge what was learned."""
        from lexloom.training.devices import torch_threads

        with torch_threads(self.threads):
            made = self._fitted(lesson)
            name, judged = lesson.parts.judged
            made.report = replace(
                made.judged(judged), part=name, n_shared=lesson.parts.n_shared[name]
            )
            # What is opened again is on the processor too, and is compared with this.
            made.model.module.to("cpu")
        made.metrics |= {"measure": made.report.measure, "figure": made.report.figure.value}
        return made

    def _fitted(self, lesson: Lesson[PairParts]) -> FittedRewriter:
        """Learn."""
        from lexloom.finetuning.adapters import beside_large_ones
        from lexloom.finetuning.rewriting.pair_learning import PairLearning, cut_pairs, spread
        from lexloom.training.devices import device_of

        parts, model = lesson.parts, self._begun(lesson)
        model.module.to(device_of(self.device))
        cut = [cut_pairs(model, part, self) for part in (parts.train, parts.dev)]
        tell_cut(cut[0].n_cut)
        looked_at = spread(len(parts.dev), self.dev_texts)
        judge = partial(self._quality, targets=[parts.dev.targets[row] for row in looked_at])
        with beside_large_ones(model, self):
            choices = lesson.decided(lambda: self._decide(model, cut, judge))
            told = replace(self, epochs=choices["epochs"])
            learning = PairLearning(told, model, cut, judge, choices["precision"])
            metrics = learning.run(lesson.checkpoints, lesson.listener)
        model.module.eval()
        return self._result(
            model,
            # A model that knew nothing reads and writes what it learned to.
            longest=cut[0].longest if self.model is None else (self.longest,) * 2,
            prefixes=(self.prefix, self.target_prefix),
            beams=self.beams,
            length_penalty=self.length_penalty,
            metrics={
                "method": "lora" if self.method == "lora" else "full",
                **metrics,
                **parts.counts,
                **choices,
                "n_cut": cut[0].n_cut,
            },
            **self._made_from(lesson),
        )

    def _decide(
        self, model: EncoderDecoder, cut: list[CutPairs], judge: Callable[[Sequence[str]], float]
    ) -> dict[str, Any]:
        """Say what the run will be, as far as settings leave it to the machine."""
        from lexloom.finetuning.rewriting.pair_learning import PairLearning
        from lexloom.training.devices import precision_of

        precision, epochs = precision_of(self.precision, self.device), self.epochs
        if self.minutes is not None:
            tried = type(model)(deepcopy(model.module), model.tokenizer, model.target_tokenizer)
            seconds = PairLearning(self, tried, cut, judge, precision).epoch_seconds()
            epochs = min(epochs, max(1, int(60 * self.minutes / seconds)))
        return {"epochs": epochs, "precision": precision}

    def _answers(self, made: FittedRewriter, parts: PairParts) -> Any:
        """Write for some texts."""
        return made.write(parts.dev.sources[:CHECKED])
