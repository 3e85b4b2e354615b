"""How the layer on top of an encoder begins: with what can be read off its vectors as they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from lexloom.arrays import Ids, Vectors
from lexloom.finetuning.linear import learn_linear
from lexloom.finetuning.targets.target import Target

__all__ = ["begin_layer"]

_FIRST = 1_000
_STRENGTH = 0.003
"""Far from sure: what is nearly right of the texts it saw teaches the encoder little."""

_DRAW = 11


def begin_layer(
    layer: torch.nn.Linear,
    vectors_of: Callable[[Ids], tuple[Vectors, np.ndarray]],
    n: int,
    target: Target,
    *,
    balanced: bool = False,
    seed: int,
) -> None:
    """Let a layer begin with linear regression on the vectors of some examples.

    A layer that knows nothing sends an encoder astray until it has learned something itself: so
    the encoder keeps what it knows, and needs fewer steps (Kumar et al. 2022, *Fine-Tuning can
    Distort Pretrained Features and Underperform Out-of-Distribution*).

    Parameters
    ----------
    layer
        From D to K; changes in place.
    vectors_of
        Gives the vectors of some of the examples, float32 (M, D), and what is wanted of them; a
        sentence has more than one.
    n
        How many examples there are.
    target
        What is wanted.
    balanced
        Let each label weigh the same.
    seed
        What the examples hang on that are drawn.
    """
    order = np.random.Generator(np.random.Philox(key=[seed, _DRAW])).permutation(n).astype(np.int32)
    n_drawn = _FIRST
    vectors, numbers = vectors_of(order[:n_drawn])
    while n_drawn < n and target.unlearned(numbers) is not None:
        more, their_numbers = vectors_of(order[n_drawn : 2 * n_drawn])
        vectors, numbers = np.vstack([vectors, more]), np.concatenate([numbers, their_numbers])
        n_drawn *= 2
    if target.unlearned(numbers) is not None:
        return  # of a tag of which no piece is left, nothing can be read off
    head = learn_linear(
        (vectors, numbers), (vectors[:0], numbers[:0]), target, balanced=balanced,
        strength=_STRENGTH,
    )  # fmt: skip
    with torch.no_grad():
        for own, given in ((layer.weight, head.weights), (layer.bias, head.bias)):
            own.copy_(torch.from_numpy(given))
