"""One dial for the size of an encoder-decoder: its shape and its learning rate follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lexloom.errors import SettingError

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

    def check(self) -> None:
        """Refuse what no model can be built by.

        Raises
        ------
        SettingError
            If the width cannot be shared out evenly among the heads.
        """
        if self.width % self.heads:
            raise SettingError(
                f"width must be a multiple of heads, got {self.width} and {self.heads}."
            )


SIZES: dict[str, Size] = {
    "tiny": Size(128, 4, 4, 3e-3),
    "mini": Size(256, 4, 4, 2e-3),
    "small": Size(512, 6, 4, 7e-4),
    "base": Size(768, 6, 12, 4e-4),
}
"""Small models learn most of few pairs (Wu et al. 2021, *Good for Misconceived Reasons*)."""
