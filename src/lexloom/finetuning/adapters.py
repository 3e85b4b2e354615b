"""LoRA: small matrices beside those of a transformer learn, and are added to them at the end."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import torch

from lexloom.contextual.language_models.architectures import set_dropout
from lexloom.errors import MissingExtraError
from lexloom.oddities import tell_oddity
from lexloom.settings import changed

if TYPE_CHECKING:
    from lexloom.finetuning.learning_settings import LearningSettings
    from lexloom.finetuning.rewriting.rewriting_settings import RewritingSettings

__all__ = ["Holder", "adapted", "beside_large_ones", "learning_body"]

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
    from transformers.pytorch_utils import Conv1D

    head = body.get_output_embeddings()
    linear = {
        name.rpartition(".")[2]: isinstance(part, Conv1D)
        for name, part in body.named_modules()
        if isinstance(part, torch.nn.Linear | Conv1D) and "pooler" not in name and part is not head
    }
    config = LoraConfig(
        r=rank, lora_alpha=_TIMES_RANK * rank, lora_dropout=dropout, target_modules=sorted(linear),
        # GPT-2 keeps its matrices the other way round.
        fan_in_fan_out=any(linear.values()),
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # What one of the two libraries has to say to the other is no news.
        warnings.simplefilter("ignore", FutureWarning)
        torch.default_generator.manual_seed(seed)
        return get_peft_model(body, config)


class Holder(Protocol):
    """What has a transformer."""

    module: Any


@contextlib.contextmanager
def beside_large_ones(
    holder: Holder, settings: LearningSettings | RewritingSettings
) -> Iterator[Any]:
    """Let small matrices learn in place of the large ones, and add them to those behind the block.

    Parameters
    ----------
    holder
        What has a transformer as its `module`; changes in place.
    settings
        Whether it learns by ``lora``; else nothing is put beside anything.

    Yields
    ------
    Any
        What learns.

    Raises
    ------
    MissingExtraError
        If peft is needed and not installed.
    """
    if settings.method != "lora":
        if changed(settings, ["rank"]):
            tell_oddity("rank is that of lora: what was passed changes nothing.")
        yield holder.module
        return
    body = adapted(
        holder.module, rank=settings.rank, dropout=settings.dropout or 0.0, seed=settings.seed
    )
    yield body
    holder.module = body.merge_and_unload()


@contextlib.contextmanager
def learning_body(holder: Holder, settings: LearningSettings) -> Iterator[Any]:
    """Make a transformer ready to learn, and behind the block ready to be asked.

    Parameters
    ----------
    holder
        What has it as its `module`; changes in place.
    settings
        How it learns: all of it; none of it, with ``head``; or by ``lora``, whose small matrices
        are added to the large ones in the end.

    Yields
    ------
    Any
        What learns.

    Raises
    ------
    MissingExtraError
        If peft is needed and not installed.
    """
    body = holder.module
    set_dropout(body, settings.dropout)
    body.requires_grad_(settings.method != "head")
    with beside_large_ones(holder, settings) as learning:
        yield learning
    set_dropout(holder.module, 0.0)
    holder.module.eval()
