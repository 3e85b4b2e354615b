"""The vectors of all texts that a classifier is made with, by a model that stays as it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lexloom.finetuning.classifier import TextModel
from lexloom.progress import Listener, Update, combine

__all__ = ["embed_parts"]

_TEXTS_AT_ONCE = 1024


def embed_parts(
    model: TextModel, parts: Mapping[str, Sequence[str]], listener: Listener | None
) -> dict[str, Any]:
    """Embed texts, and tell how far that is.

    Parameters
    ----------
    model
        Gives each text a vector.
    parts
        Texts by the name of their part.
    listener
        Told after some texts each.

    Returns
    -------
    dict
        float32 (N, D) by the name of the part, dense or sparse.
    """
    tell, began, done = combine(listener), time.monotonic(), 0
    total = sum(map(len, parts.values()))
    found = {}
    for name, texts in parts.items():
        blocks = []
        for start in range(0, max(len(texts), 1), _TEXTS_AT_ONCE):
            some = texts[start : start + _TEXTS_AT_ONCE]
            blocks.append(model.embed_texts(some))
            done += len(some)
            tell(Update("embedding", done, total, "texts", time.monotonic() - began))
        found[name] = _joined(blocks)
    return found


def _joined(blocks: list[Any]) -> Any:
    """Write blocks of vectors below each other."""
    if isinstance(blocks[0], np.ndarray):
        return np.concatenate(blocks)
    from scipy.sparse import vstack

    return vstack(blocks, format="csr")
