"""What all pretraining has in common, as settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lexloom.contextual.language_models.architectures import import_transformers
from lexloom.contextual.language_models.sizes import SIZES, Size, SizeName
from lexloom.errors import SettingError
from lexloom.settings import settings

__all__ = ["PretrainingSettings"]


@settings
class PretrainingSettings:
    """What all pretraining has in common.

    Attributes
    ----------
    size
        One dial: width, layers, heads, the batch and the learning rate follow from it.
    width
        D, the numbers of a vector; by default that of the size.
    layers
        Layers; by default those of the size.
    heads
        H, the attention heads of a layer; by default those of the size.
    pieces
        V, the pieces of the tokenizer that is learned first, where none is given.
    sequence
        The pieces of a sequence, for most of the run: short ones cost less.
    positions
        The pieces of a sequence towards the end, and the most the model can read.
    long_share
        The share of the steps that have such long sequences; with 0, `positions` is `sequence`.
    epochs
        Passes over the corpus, where neither `steps` nor `minutes` says how long.
    steps
        Steps; rounded up to a multiple of `reports`.
    minutes
        About how long to train: some steps are measured first, and as many as will fit are
        done. The number is kept with the run, which goes on with it.
    reports
        How often the held-out text is measured, evenly over the run.
    batch_tokens
        Pieces learned in a step; by default those of the size.
    accumulate
        Parts that a batch is learned in, one after the other, to save memory.
    recompute
        Keep less of each layer and compute it again for the gradient: less memory, more time.
    learning_rate
        The highest learning rate; by default that of the size, and a low one where a model is
        gone on with.
    warmup
        The share of the steps in which it rises.
    decay
        How it falls to 0 behind that.
    weight_decay
        How much matrices shrink at each step, as a share of the learning rate.
    dropout
        The share of numbers that a step leaves out: for text that is read many times.
    precision
        ``auto`` takes bfloat16 where a short measurement finds it faster, float32 else.
    held_out
        The share of documents (of sentences, where there are few documents) set aside to measure
        on; none of a corpus with fewer than 100 sentences.
    device
        Where to train: ``auto`` is an accelerator if torch finds one.
    threads
        Threads to train with; by default as many as torch takes. The same number gives the same
        bytes.
    seed
        What all random choices hang on.
    checkpoint_minutes
        Save after so much time, when training into a folder.
    """

    family: ClassVar[str]
    kind: ClassVar[str]
    method: ClassVar[Literal["wordpiece", "byte_bpe"]]
    may_differ: ClassVar[frozenset[str]] = frozenset({"checkpoint_minutes"})

    size: SizeName = "mini"
    width: Annotated[int, Field(ge=8, le=16_384)] | None = None
    layers: Annotated[int, Field(ge=1, le=200)] | None = None
    heads: Annotated[int, Field(ge=1, le=256)] | None = None
    pieces: Annotated[int, Field(ge=300, le=1_000_000)] = 20_000
    sequence: Annotated[int, Field(ge=8, le=8_192)] = 128
    positions: Annotated[int, Field(ge=8, le=8_192)] = 512
    long_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    epochs: Annotated[float, Field(gt=0, le=10_000)] = 1.0
    steps: Annotated[int, Field(ge=1)] | None = None
    minutes: Annotated[float, Field(gt=0)] | None = None
    reports: Annotated[int, Field(ge=1, le=10_000)] = 10
    batch_tokens: Annotated[int, Field(ge=8, le=1 << 24)] | None = None
    accumulate: Annotated[int, Field(ge=1, le=4_096)] = 1
    recompute: bool = False
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.05
    decay: Literal["linear", "cosine"] = "linear"
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    held_out: Annotated[float, Field(ge=0, lt=0.5)] = 0.01
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0

    @property
    def sized(self) -> Size:
        """What the size stands for, with what was said otherwise."""
        said = {name: getattr(self, name) for name in Size.__dataclass_fields__}
        return replace(SIZES[self.size], **{n: v for n, v in said.items() if v is not None})

    @property
    def longest(self) -> int:
        """The pieces of the longest sequence."""
        return max(self.positions, self.sequence) if self.long_share else self.sequence

    @property
    def n_reports(self) -> int:
        """How often the held-out text is measured: after each step, if there are few steps."""
        return self.reports if self.steps is None else min(self.reports, self.steps)

    def check(self) -> None:
        """Refuse settings that do not go together.

        Raises
        ------
        SettingError
            If two of them say how long to train.
        MissingExtraError
            If torch or transformers is not installed.
        """
        if self.steps is not None and self.minutes is not None:
            raise SettingError("steps and minutes both say how long to train.", "Pass one of them.")
        import_transformers()
