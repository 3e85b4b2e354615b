"""What pretraining will take, before it begins: steps, pieces, time and memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.contextual.language_models.architectures import CAUSAL, build, new_config
from lexloom.contextual.language_models.beginning import begin
from lexloom.contextual.language_models.foretelling import causal_loss, masked_loss
from lexloom.contextual.language_models.sizes import Shape, shape_of
from lexloom.text.estimating import BASE_BYTES
from lexloom.training.devices import torch_threads
from lexloom.training.gradient_descent import Descent, GradientDescent

if TYPE_CHECKING:
    from lexloom.contextual.pretraining import Pretraining

__all__ = ["Forecast", "forecast"]

PIECES_PER_WORD = 1.6
"""Between English and Chinese text, with the end of each sentence."""

_BYTES_OF_LIBRARIES = 400 << 20
_ARRAYS_OF_WEIGHTS = 4
_FLOAT_BYTES = 4
_KEPT_OF_LAYER = 17
_KEPT_OF_SCORES = 5
_MEASURED_TOKENS, _MEASURED_STEPS = 1_024, 2


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    Attributes
    ----------
    n_parameters
        Numbers the model is made of.
    steps
        Steps.
    pieces
        Pieces learned in all of them.
    passes
        How often the text is read.
    seconds
        From steps measured just now, on this machine.
    memory_bytes
        From sizes: weights, their gradients and moments, what is kept of a batch, the libraries.
    """

    n_parameters: int
    steps: int
    pieces: int
    passes: float
    seconds: float
    memory_bytes: int


def forecast(
    settings: Pretraining, n_words: int, *, n_pieces: int | None = None, origin: Any = None
) -> Forecast:
    """Foretell a run: the time of a few small steps is measured, the rest is arithmetic.

    Parameters
    ----------
    settings
        How to train.
    n_words
        The words of the text.
    n_pieces
        V, the pieces of the tokenizer, where there is one already.
    origin
        The folder of a model to go on with, or None.

    Returns
    -------
    Forecast
        What it will take, about.

    Raises
    ------
    SettingError, FormatError
        If `origin` cannot be gone on with, as of `begin`.
    """
    sized = settings.sized
    if origin is not None:
        module = begin(settings, None, None, origin).module
        shape = shape_of(module.config)
    else:
        architecture: str = settings.architecture  # type: ignore[attr-defined]  # each kind has one
        shape = Shape(
            architecture, sized.width, sized.layers, sized.heads, n_pieces or settings.pieces,
            settings.longest, settings.dropout,
        )  # fmt: skip
        module = build(new_config(shape, {"pad": None, "first": None, "last": None}))
    n_parameters = sum(p.numel() for p in module.parameters())
    seconds_per_piece = _measured(module, settings, shape)
    text = PIECES_PER_WORD * n_words
    step_pieces = max(1, sized.batch_tokens // settings.sequence) * settings.sequence
    if settings.steps is not None:
        wanted: float = settings.steps
    elif settings.minutes is not None:
        wanted = 60 * settings.minutes / (seconds_per_piece * step_pieces)
    else:
        wanted = settings.epochs * text / step_pieces
    steps = max(1, math.ceil(wanted / settings.n_reports)) * settings.n_reports
    return Forecast(
        n_parameters=n_parameters,
        steps=steps,
        pieces=steps * step_pieces,
        passes=steps * step_pieces / max(text, 1),
        seconds=steps * step_pieces * seconds_per_piece,
        memory_bytes=_memory(settings, shape, n_parameters, n_words),
    )


def _measured(module: Any, settings: Pretraining, shape: Shape) -> float:
    """Give the seconds that a piece takes, forth and back and in the update."""
    n_rows = max(1, _MEASURED_TOKENS // settings.sequence)
    generator = np.random.Generator(np.random.Philox(key=0))
    ids = generator.integers(0, shape.n_pieces, (n_rows, settings.sequence), np.int32)
    chosen = generator.random(ids.shape) < getattr(settings, "masked", 1.0)
    descent = GradientDescent(module, Descent(learning_rate=1e-9, n_steps=1 + _MEASURED_STEPS))

    def loss() -> torch.Tensor:
        if module.config.model_type in CAUSAL:
            return causal_loss(module, ids, ids[:, 1:].size)
        return masked_loss(module, ids, ids, chosen, int(chosen.sum()))

    with torch_threads(settings.threads):
        descent.step(0, loss)
        began = time.perf_counter()
        for number in range(1, 1 + _MEASURED_STEPS):
            descent.step(number, loss)
        return (time.perf_counter() - began) / (_MEASURED_STEPS * ids.size)


def _memory(settings: Pretraining, shape: Shape, n_parameters: int, n_words: int) -> int:
    """Estimate the memory of a run."""
    n_tokens = settings.sized.batch_tokens / settings.accumulate
    per_layer = 1 if settings.recompute else _KEPT_OF_LAYER
    kept = n_tokens * shape.layers * per_layer * shape.width
    if settings.recompute:
        kept += n_tokens * _KEPT_OF_LAYER * shape.width
    scores = _KEPT_OF_SCORES * n_tokens * getattr(settings, "masked", 1.0) * shape.n_pieces
    # An id and a mark for each piece of the text.
    stream = (_FLOAT_BYTES + 1) * PIECES_PER_WORD * n_words
    numbers = _ARRAYS_OF_WEIGHTS * n_parameters + kept + scores
    return int(BASE_BYTES + _BYTES_OF_LIBRARIES + _FLOAT_BYTES * numbers + stream)
