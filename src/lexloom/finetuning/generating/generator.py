"""Generators: a causal model that learned to go on as one's own texts do, or to answer prompts."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from lexloom import __version__
from lexloom.errors import DamagedError, SettingError
from lexloom.finetuning.generating.passages import (
    Documents,
    Passage,
    Passages,
    digest_of_passages,
    parted,
    passages_of,
)
from lexloom.finetuning.generating.template import Template
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.folders import RUN, decided, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.contextual.language_models.causal_model import CausalModel
    from lexloom.finetuning.generating.fitted_generator import FittedGenerator
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["Generator"]

_OF_OTHER_TASKS = {"label_smoothing": 0.0, "prefix": None, "layer_decay": 1.0}
_PASSAGES_CHECKED, _MOST_APART = 4, 1e-2
_LOOKED_AT = ("train", "dev")
Parts = dict[str, list[Passage]]


@settings
class Generator(LearningSettings):
    r"""Learn to write: to go on as texts do, or to answer prompts that fields of a record fill.

    ``auto`` is ``full`` here; ``lora`` is the other method that there is.

    Attributes
    ----------
    model
        The folder of a causal model: one that `lexloom pretrain gpt` made, or a GPT-2, Llama or
        Qwen in the layout of Hugging Face's library.
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
    methods: ClassVar[tuple[str, ...]] = ("auto", "full", "lora")

    prompt: str = ""
    answer: str = "{text}"
    documents: Documents = "line"
    quantize: Literal["4bit"] | None = None

    def __post_init__(self) -> None:
        LearningSettings.__post_init__(self)
        for name, only in _OF_OTHER_TASKS.items():
            if getattr(self, name) != only:
                raise SettingError(f"a generator has no {name}.", f"Leave out {name}.")
        Template.of(self.prompt, "prompt")
        if not Template.of(self.answer, "answer").fields:
            raise SettingError(f"answer must name a field, as {{text}}, got {self.answer!r:.60}.")

    def fit(
        self,
        train: Passages,
        dev: Passages | None = None,
        *,
        test: Passages | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> FittedGenerator:
        """Learn from texts, or from records.

        Parameters
        ----------
        train
            What to learn from: a csv, tsv, jsonl or parquet file, or one of plain text; or texts,
            or records that name their fields.
        dev
            What to look at while learning; by default a share of `train` is set aside.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so.
        out
            A folder to write the generator into, with its model.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.

        Returns
        -------
        FittedGenerator
            What writes, with its report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If a file has no such fields, a part has no texts, or `model` is no causal model.
        StorageError
            If a file cannot be read, or `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        DivergedError
            If a number stops being finite; nothing is written then.
        MissingExtraError
            If torch, transformers or, for ``lora``, peft is not installed.
        """
        parts = self._parts(train, dev, test)
        model = self._opened()
        run = self._identity(parts, model)

        def learn(checkpoints: Checkpoints | None) -> FittedGenerator:
            return self._learned(parts, model, run, checkpoints, on_progress)

        generator = fitted(learn, run, out, resume=resume, force=force)
        if out is not None:
            _check_kept(generator, out, parts["dev"][:_PASSAGES_CHECKED])
        return generator

    def rehearse(
        self, train: Passages, dev: Passages | None = None, test: Passages | None = None
    ) -> dict[str, int]:
        """Look at everything that `fit` would.

        Parameters
        ----------
        train
            What to learn from.
        dev
            What to look at while learning.
        test
            What to be judged by at the end.

        Returns
        -------
        dict of str to int
            How many texts each part has.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        parts = self._parts(train, dev, test)
        self._opened()
        return {name: len(part) for name, part in parts.items()}

    def _parts(self, train: Passages, dev: Passages | None, test: Passages | None) -> Parts:
        """Take all passages."""
        prompt, answer = Template.of(self.prompt), Template.of(self.answer)
        taken, *others = (
            None if given is None else passages_of(given, prompt, answer, self.documents)
            for given in (train, dev, test)
        )
        assert taken is not None
        return parted(taken, *others, dev_share=self.dev_share, seed=self.seed)

    def _opened(self) -> CausalModel:
        """Open the model."""
        from lexloom.contextual.language_models.architectures import import_transformers

        import_transformers()
        from lexloom.contextual.language_models.causal_model import CausalModel

        if self.quantize is not None:
            from lexloom.finetuning.generating.quantizing import check_quantizing

            check_quantizing(self)
        return CausalModel.of_folder(self.model)

    def _identity(self, parts: Parts, model: CausalModel) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        digests = {name: digest_of_passages(part) for name, part in parts.items()}
        return {
            "trainer": self.family, "lexloom": __version__, **same,
            "model": model.lineage["from"], "texts": digests,
        }  # fmt: skip

    def _learned(
        self,
        parts: Parts,
        model: CausalModel,
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        listener: Listener | None,
    ) -> FittedGenerator:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.generating.answer_sequences import answer_sequences
        from lexloom.finetuning.generating.generation_learning import GenerationLearning
        from lexloom.finetuning.generating.judging import Judge
        from lexloom.training.devices import device_of, faster_precision, torch_threads

        longest = max(2, min(self.longest, model.positions))
        with torch_threads(self.threads):
            device = device_of(self.device)
            model.module.to(device)
            choices = decided(checkpoints, run, lambda: {"precision": faster_precision(device)})
            precision = choices["precision"] if self.precision == "auto" else self.precision
            judge = Judge(model, parts, self)
            train, dev = (answer_sequences(model, parts[name], longest) for name in _LOOKED_AT)
            with self._body(model) as body:
                learning = GenerationLearning(self, body, train, dev, precision)
                metrics = learning.run(checkpoints, listener)
            model.module.to(device)
            metrics |= {"precision": precision, "longest": longest, "n_sequences": len(train)}
            made = self._made(model, parts, run, metrics)
            made.report = judge.report(made)
        model.module.to("cpu")
        made.metrics |= {"measure": "bits a byte", "figure": made.report.bits_per_byte.value}
        return made

    def _made(
        self, model: CausalModel, parts: Parts, run: dict[str, Any], metrics: dict[str, Any]
    ) -> FittedGenerator:
        """Put the templates beside what was learned."""
        from lexloom.finetuning.generating.fitted_generator import FittedGenerator

        return FittedGenerator(
            model, self.prompt, self.answer,
            settings={"trainer": self.family, **as_dict(self)},
            lineage={
                RUN: run_digest(run), "model": run["model"], "texts": run["texts"],
                "n_texts": {name: len(part) for name, part in parts.items()},
            },
            metrics=metrics,
        )  # fmt: skip

    def _body(self, model: CausalModel) -> Any:
        """Choose what makes the model ready to learn."""
        from lexloom.finetuning.adapters import learning_body

        if self.quantize is None:
            return learning_body(model, self)
        from lexloom.finetuning.generating.quantizing import quantized_body

        return quantized_body(model, self)


def _check_kept(
    made: FittedGenerator, out: str | os.PathLike[str], passages: list[Passage]
) -> None:
    """Make sure that what was kept foretells as what was made."""
    from lexloom.finetuning.generating.fitted_generator import surprise_of

    kept = type(made).load(out, verify="structure")
    found = [surprise_of(each.model, passages).nats for each in (made, kept)]
    if not math.isclose(*found, rel_tol=_MOST_APART):
        raise DamagedError(
            f"was kept, but foretells otherwise than what was learned: {np.diff(found)[0]:.3g} "
            "nats apart.",
            "This is a defect of lexloom.",
            path=out,
        )
