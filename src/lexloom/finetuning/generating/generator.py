"""Generators: a causal model that learned to go on as one's own texts do, or to answer prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom.errors import SettingError
from lexloom.finetuning.generating.passages import (
    Documents,
    PassageParts,
    Passages,
    parted,
    passages_of,
)
from lexloom.finetuning.generating.template import Template
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.task_trainer import CHECKED, Lesson, TaskTrainer
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.language_models.causal_model import CausalModel
    from lexloom.finetuning.generating.fitted_generator import FittedGenerator

__all__ = ["Generator"]

_OF_OTHER_TASKS = {"label_smoothing": 0.0, "prefix": None, "layer_decay": 1.0}


@settings
class Generator(LearningSettings, TaskTrainer[Passages, PassageParts, "FittedGenerator"]):
    r"""Learn to write: to go on as texts do, or to answer prompts that fields of a record fill.

    Examples are a csv, tsv, jsonl or parquet file, or one of plain text; or texts, or records that
    name their fields.

    Attributes
    ----------
    model
        The folder of a causal model: one that `lexloom pretrain gpt` made, or a GPT-2, Llama or
        Qwen in the layout of Hugging Face's library.
    method
        What learns: ``full``, all of the model, which ``auto`` is too; or ``lora``, small matrices
        beside those of the model (Hu et al. 2021).
    longest
        The most pieces of a sequence; a longer text becomes several, one after the other.
    prompt
        What stands before an answer and is not learned, as ``"{title}\n"``: names of fields in
        braces; ``{{`` and ``}}`` are braces.
    answer
        What is learned, as ``"{text}"``.
    documents
        What is a text of its own in a file of plain text: a ``line``, a ``paragraph`` (up to an
        empty line) or the whole ``file``.
    quantize
        ``4bit``: with ``lora`` and an accelerator, keep the large matrices in 4 bits while learning
        (Dettmers et al. 2023); needs bitsandbytes.

    Examples
    --------
    >>> Generator(model="gpt", prompt="{title}\n").prompt
    '{title}\n'
    """

    family: ClassVar[str] = "generator"
    usual_rate: ClassVar[float] = 1e-4

    method: Literal["auto", "full", "lora"] = "auto"
    longest: Annotated[int, Field(ge=1, le=8_192)] = 256
    prompt: str = ""
    answer: str = "{text}"
    documents: Documents = "line"
    quantize: Literal["4bit"] | None = None

    def __post_init__(self) -> None:
        for name, only in _OF_OTHER_TASKS.items():
            if getattr(self, name) != only:
                raise SettingError(f"a generator has no {name}.", f"Leave out {name}.")
        Template.of(self.prompt, "prompt")
        if not Template.of(self.answer, "answer").fields:
            raise SettingError(f"answer must name a field, as {{text}}, got {self.answer!r:.60}.")

    def _opened(self) -> CausalModel:
        """Open the model."""
        from lexloom.contextual.language_models.architectures import import_transformers

        import_transformers()
        from lexloom.contextual.language_models.causal_model import CausalModel

        if self.quantize is not None:
            from lexloom.finetuning.generating.quantizing import check_quantizing

            check_quantizing(self)
        return CausalModel.of_folder(self.model)

    def _origin(self, model: CausalModel) -> Any:
        """Tell a model from others."""
        return model.lineage["from"]

    def _parts(
        self, train: Passages, dev: Passages | None, test: Passages | None, model: CausalModel
    ) -> PassageParts:
        """Take all passages."""
        prompt, answer = Template.of(self.prompt), Template.of(self.answer)
        taken, *others = (
            None
            if given is None
            else passages_of(given, prompt, answer, self.documents, encoding=self.encoding)
            for given in (train, dev, test)
        )
        assert taken is not None
        return parted(taken, *others, dev_share=self.dev_share, seed=self.seed)

    def _learned(self, lesson: Lesson[PassageParts]) -> FittedGenerator:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.generating.fitted_generator import FittedGenerator
        from lexloom.finetuning.generating.judging import Judge
        from lexloom.training.devices import device_of, torch_threads

        model = lesson.model
        with torch_threads(self.threads):
            device = device_of(self.device)
            model.module.to(device)
            judge = Judge(model, lesson.parts, self)
            metrics = self._run(lesson)
            model.module.to(device)
            made = FittedGenerator(
                model, self.prompt, self.answer, metrics=metrics, **self._made_from(lesson)
            )
            made.report = judge.report(made)
        model.module.to("cpu")
        made.metrics |= {"measure": "bits a byte", "figure": made.report.bits_per_byte.value}
        return made

    def _run(self, lesson: Lesson[PassageParts]) -> dict[str, Any]:
        """Learn; give figures of the way there."""
        from lexloom.finetuning.generating.answer_sequences import answer_sequences
        from lexloom.finetuning.generating.generation_learning import GenerationLearning
        from lexloom.training.devices import precision_of

        parts, model = lesson.parts, lesson.model
        choices = lesson.decided(lambda: {"precision": precision_of(self.precision, self.device)})
        longest = max(2, min(self.longest, model.positions))
        train, dev = (answer_sequences(model, part, longest) for part in (parts.train, parts.dev))
        with self._body(model) as body:
            learning = GenerationLearning(self, body, train, dev, choices["precision"])
            metrics = learning.run(lesson.checkpoints, lesson.listener)
        return {
            "method": self.way,
            **metrics,
            **choices,
            "longest": longest,
            "n_sequences": len(train),
        }

    def _body(self, model: CausalModel) -> Any:
        """Choose what makes the model ready to learn."""
        from lexloom.finetuning.adapters import learning_body

        if self.quantize is None:
            return learning_body(model, self)
        from lexloom.finetuning.generating.quantizing import quantized_body

        return quantized_body(model, self)

    def _answers(self, made: FittedGenerator, parts: PassageParts) -> Any:
        """Foretell some passages: nats a piece."""
        from lexloom.finetuning.generating.fitted_generator import surprise_of

        return np.array([surprise_of(made.model, parts.dev[:CHECKED]).mean])
