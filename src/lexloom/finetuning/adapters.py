"""LoRA: small matrices beside those of an encoder learn, and are added to them at the end."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from lexloom.errors import MissingExtraError

__all__ = ["adapted", "merged"]

_TIMES_RANK = 2


def adapted(body: Any, *, rank: int, dropout: float, seed: int) -> Any:
    """Put a product of two small matrices beside each matrix of a transformer's layers.

    Everything else stands still (Hu et al. 2021, *LoRA*).

    Parameters
    ----------
    body
        The transformer; changes in place.
    rank
        What the small matrices have in common: their narrow side.
    dropout
        The share of numbers that a step leaves out before them.
    seed
        What their first numbers hang on.

    Returns
    -------
    Any
        What learns, to be called like the transformer.

    Raises
    ------
    MissingExtraError
        If peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingExtraError("LoRA needs peft.", "pip install 'lexloom[finetune]'") from error
    linear = sorted(
        {
            name.rpartition(".")[2]
            for name, part in body.named_modules()
            if isinstance(part, torch.nn.Linear) and "pooler" not in name
        }
    )
    config = LoraConfig(
        r=rank, lora_alpha=_TIMES_RANK * rank, lora_dropout=dropout, target_modules=linear
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # What one of the two libraries has to say to the other is no news.
        warnings.simplefilter("ignore", FutureWarning)
        torch.default_generator.manual_seed(seed)
        return get_peft_model(body, config)


def merged(body: Any) -> Any:
    """Add the small matrices to the large ones.

    Parameters
    ----------
    body
        What `adapted` gave.

    Returns
    -------
    Any
        The transformer, as it was built, with other numbers.
    """
    return body.merge_and_unload()
