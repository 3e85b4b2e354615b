"""One dial for the size of an encoder-decoder: its shape and its learning rate follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["SIZES", "Size", "SizeName"]

SizeName = Literal["tiny", "mini", "small", "base"]


@dataclass(frozen=True)
class Size:
    """What a size stands for.

    Attributes
    ----------
    width
        D, the numbers of a vector; the layer between is twice as wide.
    layers
        Layers of the encoder, and as many of the decoder.
    heads
        H, attention heads of a layer.
    learning_rate
        The highest learning rate.
    """

    width: int
    layers: int
    heads: int
    learning_rate: float


SIZES: dict[str, Size] = {
    "tiny": Size(128, 4, 4, 3e-3),
    "mini": Size(256, 4, 4, 2e-3),
    "small": Size(512, 6, 4, 7e-4),
    "base": Size(768, 6, 12, 4e-4),
}
"""Small models learn most of few pairs (Wu et al. 2021, *Good for Misconceived Reasons*)."""
