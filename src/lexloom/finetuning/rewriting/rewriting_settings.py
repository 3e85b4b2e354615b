"""How a model learns to write one text for another, as settings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lexloom.contextual.encoder_decoders.sizes import SIZES, Size, SizeName
from lexloom.errors import SettingError
from lexloom.finetuning.learning_settings import ModelPath
from lexloom.settings import settings

__all__ = ["RewritingSettings"]

_RATES_OF_GOING_ON = {"auto": 1e-4, "full": 1e-4, "lora": 1e-3}
_DROPOUT = 0.3


@settings
class RewritingSettings:
    """What learning to write one text for another is told.

    Attributes
    ----------
    model
        The folder of an encoder-decoder to go on with, of ours or in the layout of Hugging Face's
        library; None begins with one that knows nothing, and learns the pieces of texts first.
    method
        What learns of a model to go on with: ``full``, all of it, which ``auto`` is too; or
        ``lora``, small matrices beside its own (Hu et al. 2021): less memory, and less to forget.
    rank
        With ``lora``, the narrow side of the small matrices.
    size
        One dial for a new model: width, layers, heads and the learning rate follow from it. Of
        some ten thousand pairs a ``tiny`` one learns most.
    width
        D, the numbers of a vector; by default that of the size.
    layers
        Layers of the encoder, and as many of the decoder; by default those of the size.
    heads
        H, the attention heads of a layer; by default those of the size.
    pieces
        V, the most pieces of the tokenizer that both sides of a new model share.
    separate_pieces
        Let each side of a new model have a tokenizer of its own, of so many pieces each; for
        languages that share no letters.
    prefix
        What stands before each text that is read, as a model to go on with wants it.
    target_prefix
        What each written text begins with, and what is taken away from it: the language, for a
        model that writes several.
    source_field
        The field of the texts to be read of records, by name; of those of a file by number from 1
        too.
    target_field
        The field of the texts to be written.
    most_apart
        Leave out pairs to learn from whose lengths are more times as far apart as is usual; None
        only counts them.
    longest
        The most pieces of a text that are learned from.
    minutes
        About how long to learn: some steps are measured first, and as many epochs are done as will
        fit, if `epochs` are not fewer. The number is kept with the run, which goes on with it.
    epochs
        The most passes over the pairs.
    patience
        Stop after so many epochs that were no better on the pairs to choose by, and go back to the
        best one; None does neither.
    dev_texts
        How many of the pairs to choose by, evenly spread, are written for after each epoch; the
        loss is that of all.
    batch
        Pieces of both sides that are learned from in a step.
    batch_pieces
        The most pieces worked on at once: what a batch has more of is learned in parts.
    learning_rate
        The highest learning rate; by default that of the size, and a low one for a model to go on
        with.
    warmup
        The share of the steps in which it rises; it falls evenly to 0 behind that.
    weight_decay
        How much matrices shrink at each step, as a share of the learning rate.
    dropout
        The share of numbers that a step leaves out; by default 0.3 in a new model, and as it is in
        a model to go on with.
    label_smoothing
        The share of a piece that is spread over all pieces while learning (Szegedy et al. 2016).
    beams
        How many beginnings of a text are gone on with at a time.
    length_penalty
        The higher, the longer what is written.
    precision
        ``auto`` takes bfloat16 where a short measurement finds it faster, float32 else.
    device
        Where it learns: ``auto`` is an accelerator if torch finds one.
    threads
        Threads to learn with; by default as many as torch takes. The same number gives the same
        bytes.
    checkpoint_minutes
        Save after so much time, when learning into a folder.
    encoding
        How files are coded, as ``gb18030``.
    dev_share
        The share of the pairs to set aside, where no others are given to choose by.
    seed
        What all random choices hang on.
    """

    family: ClassVar[str]
    layer_decay: ClassVar[float] = 1.0
    may_differ: ClassVar[frozenset[str]] = frozenset({"model", "minutes", "checkpoint_minutes"})

    model: ModelPath | None = None
    method: Literal["auto", "full", "lora"] = "auto"
    rank: Annotated[int, Field(ge=1, le=1_024)] = 8
    size: SizeName = "tiny"
    width: Annotated[int, Field(ge=8, le=16_384)] | None = None
    layers: Annotated[int, Field(ge=1, le=200)] | None = None
    heads: Annotated[int, Field(ge=1, le=256)] | None = None
    pieces: Annotated[int, Field(ge=300, le=1_000_000)] = 8_000
    separate_pieces: bool = False
    prefix: str = ""
    target_prefix: str = ""
    source_field: str = "source"
    target_field: str = "target"
    most_apart: Annotated[float, Field(gt=1)] | None = None
    longest: Annotated[int, Field(ge=2, le=8_192)] = 128
    minutes: Annotated[float, Field(gt=0)] | None = None
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 40
    patience: Annotated[int, Field(ge=1)] | None = 10
    dev_texts: Annotated[int, Field(ge=1)] = 500
    batch: Annotated[int, Field(ge=1, le=1 << 24)] = 4_096
    batch_pieces: Annotated[int, Field(ge=1, le=1 << 20)] = 8_192
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    beams: Annotated[int, Field(ge=1, le=100)] = 5
    length_penalty: Annotated[float, Field(ge=0, le=10)] = 1.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    encoding: Annotated[str, Field(min_length=1)] = "utf-8"
    dev_share: Annotated[float, Field(gt=0, lt=1)] = 0.05
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def __post_init__(self) -> None:
        """Refuse what no new model has, or what it alone has where there is one to go on with."""
        if self.model is None:
            if self.method == "lora":
                raise SettingError(
                    "lora goes on with a model, and there is none.",
                    "Give a model, or another method.",
                )
            self.sized.check()
            return
        plain = {field.name: field.default for field in fields(RewritingSettings)}
        for name in ("size", "width", "layers", "heads", "pieces", "separate_pieces"):
            if getattr(self, name) != plain[name]:
                raise SettingError(
                    f"{name} is that of a new model, and there is one to go on with.",
                    f"Leave out {name}, or model.",
                )

    @property
    def sized(self) -> Size:
        """What the size stands for, with what was said otherwise."""
        said = {name: getattr(self, name) for name in Size.__dataclass_fields__}
        return replace(SIZES[self.size], **{n: v for n, v in said.items() if v is not None})

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        if self.model is not None:
            return self.learning_rate or _RATES_OF_GOING_ON[self.method]
        return self.sized.learning_rate

    @property
    def n_epochs(self) -> int:
        """The most passes over the pairs."""
        return self.epochs

    @property
    def new_dropout(self) -> float:
        """What a step leaves out of a new model."""
        return _DROPOUT if self.dropout is None else self.dropout
