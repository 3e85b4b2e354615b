"""QLoRA: large matrices are kept in 4 bits while small ones beside them learn."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from lexloom.contextual.language_models.architectures import set_dropout
from lexloom.errors import MissingExtraError, SettingError
from lexloom.finetuning.adapters import Holder, adapted

if TYPE_CHECKING:
    from lexloom.finetuning.learning_settings import LearningSettings

__all__ = ["check_quantizing", "quantized_body"]

_KIND = "nf4"
_OUTSIDE = "base_model.model."


def check_quantizing(settings: LearningSettings) -> None:
    """Refuse 4 bits where they cannot be had, before anything is opened.

    Parameters
    ----------
    settings
        How to learn.

    Raises
    ------
    SettingError
        If the method is not ``lora``, or torch finds no accelerator.
    MissingExtraError
        If bitsandbytes is not installed.
    """
    if settings.method != "lora":
        raise SettingError(
            "quantize='4bit' goes with method='lora': what is kept in 4 bits does not learn.",
            "Pass method='lora'.",
        )
    if not torch.cuda.is_available() or settings.device == "cpu":
        raise SettingError(
            "quantize='4bit' needs a CUDA accelerator, and there is none to learn on.",
            "Leave out quantize.",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("quantize='4bit' needs bitsandbytes.", "pip install bitsandbytes")


@contextlib.contextmanager
def quantized_body(holder: Holder, settings: LearningSettings) -> Iterator[Any]:
    """Let small matrices learn beside a copy in 4 bits, and add them to the exact ones in the end.

    Dettmers et al. 2023, *QLoRA*.

    Parameters
    ----------
    holder
        What has the exact transformer, which stays on the processor until then.
    settings
        How it learns.

    Yields
    ------
    Any
        What learns, on the accelerator.
    """
    exact = holder.module.to("cpu")
    body = _in_four_bits(copy.deepcopy(exact)).to("cuda")
    set_dropout(body, settings.dropout)
    learning = adapted(body, rank=settings.rank, dropout=settings.dropout, seed=settings.seed)
    yield learning
    with torch.no_grad():
        for name, part in learning.named_modules():
            if hasattr(part, "get_delta_weight"):
                exact_part = exact.get_submodule(name.removeprefix(_OUTSIDE))
                exact_part.weight += part.get_delta_weight("default").float().cpu()
    exact.eval()


def _in_four_bits(module: Any) -> Any:
    """Replace the matrices of the layers, all but the head; moving them packs them."""
    import bitsandbytes  # type: ignore[import-not-found]  # only where there is an accelerator

    head = module.get_output_embeddings()
    for name, part in list(module.named_modules()):
        if isinstance(part, torch.nn.Linear) and part is not head:
            packed = bitsandbytes.nn.Linear4bit(
                part.in_features, part.out_features, bias=part.bias is not None,
                compute_dtype=torch.bfloat16, quant_type=_KIND,
            )  # fmt: skip
            packed.weight = bitsandbytes.nn.Params4bit(
                part.weight.data, requires_grad=False, quant_type=_KIND
            )
            packed.bias = part.bias
            parent, _, own = name.rpartition(".")
            setattr(module.get_submodule(parent), own, packed)
    # This is how peft knows that its own layers for 4 bits are wanted.
    module.is_loaded_in_4bit = True
    return module
