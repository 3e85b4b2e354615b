"""Word vectors as an embedding layer of torch, which is imported only when one is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import MissingExtraError

__all__ = ["embedding_layer"]


def embedding_layer(matrix: Vectors, *, freeze: bool) -> Any:
    """Make a `torch.nn.Embedding` with a copy of `matrix`, float32 (V, D).

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    """
    try:
        import torch  # pyright: ignore[reportMissingImports]  # not in the base install
    except ImportError as error:
        raise MissingExtraError("an embedding layer needs torch.", "pip install torch") from error
    return torch.nn.Embedding.from_pretrained(torch.from_numpy(np.array(matrix)), freeze=freeze)
