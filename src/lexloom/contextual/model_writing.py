"""A model in Hugging Face's layout, written into an artefact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lexloom import artefact
from lexloom.contextual.model_folder import CONFIG, WEIGHTS

__all__ = ["numbers_of", "write_model"]


def write_model(draft: artefact.Draft, module: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Write configuration and weights of a model.

    Parameters
    ----------
    draft
        The artefact that is being made.
    module
        The model.
    arrays
        Its numbers by name.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    fields = json.loads(module.config.to_json_string(use_diff=False))
    fields = {name: value for name, value in fields.items() if not name.startswith("_")}
    fields |= {"architectures": [type(module).__name__], "dtype": "float32"}
    draft.write_json(CONFIG, fields)
    draft.write_tensors(WEIGHTS, arrays)


def numbers_of(module: Any) -> dict[str, np.ndarray]:
    """Give the numbers of a model's body by name, each array as small as loses nothing.

    What is only there for a task of its pretraining, the pooler, is left out, and what two parts
    share is there once, if its class knows that they do.

    Parameters
    ----------
    module
        The body.

    Returns
    -------
    dict of str to numpy.ndarray
        float32, or float16 where all numbers of an array are of that kind.
    """
    kept: dict[int | str, tuple[str, np.ndarray]] = {}
    # What its class does not share, it looks for under each name.
    shares = getattr(module.config, "tie_word_embeddings", True)
    for name, p in module.state_dict().items():
        if "pooler." not in name:
            place = p.data_ptr() if shares else name
            kept.setdefault(place, (name, p.detach().cpu().numpy()))
    return {name: _smallest(array) for name, array in kept.values()}


def _smallest(array: np.ndarray) -> np.ndarray:
    """Halve an array if that loses nothing."""
    if array.dtype != np.float32:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else array
