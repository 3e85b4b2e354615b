"""How a model is made good at a task, as settings that all tasks have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from lexloom.opening import open_text_embedder
from lexloom.settings import settings

__all__ = ["LearningSettings", "ModelPath"]


def _as_text(path: object) -> object:
    """Give a path as text; anything else stays, and is refused if it is none."""
    return os.fspath(path) if isinstance(path, os.PathLike) else path


ModelPath = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
"""Where a model lies, given as text or as a path."""

_USUAL: Mapping[str, tuple[float, int]] = {
    "lora": (1e-3, 3),
    "head": (1e-2, 3),
    "few-shot": (1e-4, 5),
}
"""The learning rate of a method, and its passes over the texts, where they are its own."""


@settings
class LearningSettings:
    """What learning a task on top of a model is told.

    Attributes
    ----------
    model
        The folder of an encoder, of word vectors or of a bag of words, or a file of vectors of
        another program.
    method
        What learns. ``linear``: logistic regression, or ridge, on vectors that stay as they are.
        ``head``: a layer on top of an encoder that stays as it is. ``full``: all of an encoder, and
        a layer on top. ``lora``: small matrices beside those of an encoder, and a layer on top (Hu
        et al. 2021): less memory, and less to forget. ``few-shot``: first all of an encoder learns
        from few texts which of them are alike, then logistic regression what they are called
        (Tunstall et al. 2022). ``auto`` chooses by the texts, the model and the machine.
    rank
        With ``lora``, the narrow side of the small matrices.
    epochs
        The most passes over the texts; by default those of the method.
    patience
        Stop after so many epochs that were no better on the texts to choose by, and go back to the
        best one; None does neither.
    batch
        Texts learned from in a step.
    learning_rate
        The highest learning rate; by default that of the method.
    warmup
        The share of the steps in which it rises.
    layer_decay
        What each layer of an encoder has of the learning rate of the one above it.
    weight_decay
        How much matrices shrink at each step, as a share of the learning rate.
    dropout
        The share of numbers that a step leaves out.
    label_smoothing
        The share of a label that is spread over all labels while learning.
    prefix
        What an encoder is given before each text; by default what its folder says.
    longest
        The most pieces of a text that are learned from; the rest is cut off, and a figure says of
        how many texts. What is labelled later is read to its end.
    batch_pieces
        The most pieces worked on at once: what a batch has more of is learned in parts.
    precision
        ``auto`` takes bfloat16 where a short measurement finds it faster, float32 else.
    device
        Where an encoder learns: ``auto`` is an accelerator if torch finds one.
    threads
        Threads to learn with; by default as many as torch takes. The same number gives the same
        bytes.
    checkpoint_minutes
        Save after so much time, when learning into a folder.
    encoding
        How files are coded, as ``gb18030``.
    dev_share
        The share of the texts to set aside, where no other texts are given to choose by.
    seed
        What all random choices hang on.
    """

    family: ClassVar[str]
    usual_rate: ClassVar[float] = 5e-5
    """The learning rate of a method that has none of its own."""
    usual_epochs: ClassVar[int] = 3
    """Its passes over the texts."""
    may_differ: ClassVar[frozenset[str]] = frozenset({"model", "checkpoint_minutes"})

    model: ModelPath
    method: Literal["auto", "linear", "head", "full", "lora", "few-shot"] = "auto"
    rank: Annotated[int, Field(ge=1, le=1_024)] = 8
    epochs: Annotated[int, Field(ge=1, le=1_000)] | None = None
    patience: Annotated[int, Field(ge=1)] | None = 2
    batch: Annotated[int, Field(ge=1, le=1 << 16)] = 16
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1
    layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    prefix: str | None = None
    longest: Annotated[int, Field(ge=1, le=8_192)] = 256
    batch_pieces: Annotated[int, Field(ge=1, le=1 << 20)] = 2048
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 5.0
    encoding: Annotated[str, Field(min_length=1)] = "utf-8"
    dev_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    @property
    def way(self) -> str:
        """The method, of a task that leaves nothing to choose: ``auto`` is ``full``."""
        return "full" if self.method == "auto" else self.method

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        return self.learning_rate or self._usual[0]

    @property
    def n_epochs(self) -> int:
        """The most passes over the texts."""
        return self.epochs or self._usual[1]

    @property
    def _usual(self) -> tuple[float, int]:
        """The learning rate and the passes of the method."""
        return _USUAL.get(self.method, (self.usual_rate, self.usual_epochs))

    def _opened(self) -> Any:
        """Open the model: what gives texts vectors, and is kept as an artefact."""
        asked: dict[str, Any] = {"device": self.device, "precision": self.precision}
        if self.prefix is not None:
            asked["prefix"] = self.prefix
        return open_text_embedder(Path(self.model), **asked)
