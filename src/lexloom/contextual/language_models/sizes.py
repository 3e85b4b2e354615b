"""One dial for the size of a model: from it follow its shape, its batches and its learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["SIZES", "Shape", "Size", "SizeName", "shape_of"]

SizeName = Literal["tiny", "mini", "small", "base"]


@dataclass(frozen=True)
class Size:
    """What a size stands for.

    Attributes
    ----------
    width
        D, the numbers of a vector; the layer between is four times as wide.
    layers
        Layers.
    heads
        H, attention heads of a layer.
    batch_tokens
        Pieces learned in a step.
    learning_rate
        The highest learning rate.
    """

    width: int
    layers: int
    heads: int
    batch_tokens: int
    learning_rate: float


SIZES: dict[str, Size] = {
    "tiny": Size(128, 2, 2, 2_048, 2e-3),
    "mini": Size(256, 4, 4, 4_096, 1e-3),
    "small": Size(512, 4, 8, 8_192, 6e-4),
    "base": Size(768, 12, 12, 16_384, 3e-4),
}
"""The shapes of Turc et al. 2019, *Well-Read Students Learn Better*."""


@dataclass(frozen=True)
class Shape:
    """What a model from scratch is built by.

    Attributes
    ----------
    architecture
        Its name, as in `architectures.NEW`.
    width, layers, heads
        As of `Size`.
    n_pieces
        V.
    positions
        T, the longest sequence.
    dropout
        The share of numbers that a step leaves out.
    """

    architecture: str
    width: int
    layers: int
    heads: int
    n_pieces: int
    positions: int
    dropout: float


def shape_of(config: Any) -> Shape:
    """Read the shape of a model off its configuration.

    Parameters
    ----------
    config
        That of a model which `architectures` knows.

    Returns
    -------
    Shape
        Without dropout.
    """
    return Shape(
        config.model_type,
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.vocab_size,
        config.max_position_embeddings,
        0.0,
    )
