"""A model of Hugging Face's layout as a module to be trained, its head with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.artefact.tensors import map_tensors
from lexloom.contextual.language_models.architectures import (
    HEADS,
    build,
    head_names,
    import_transformers,
)
from lexloom.contextual.model_folder import (
    CONFIG,
    WEIGHTS,
    faults_of_transformers,
    open_model_folder,
)
from lexloom.contextual.tokenizing.roles import roles_of
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_json import TOKENIZER, read_tokenizer
from lexloom.errors import FormatError, UnsafeFileError

__all__ = ["config_of", "fill", "open_folder"]

BFLOAT16 = np.dtype("V2")
_MOST_LAYERS, _LARGEST = 1_000, 1 << 24
_CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
_TOLD_ONLY = {
    "architectures", "dtype", "torch_dtype", "transformers_version", "model_type",
    "position_embedding_type", "gradient_checkpointing", "use_cache", "output_past",
    "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
    "pooler_size_per_head", "pooler_type", "directionality", "classifier_dropout",
    "task_specific_params", "summary_type", "n_ctx",
}  # fmt: skip
"""What configurations say that changes nothing of the model as we use it."""
_TURNING, _OLD_NAMES_OF_TURNING = "rope_parameters", {"rope_theta", "rope_scaling"}
_LEFT_OUT = (
    "position_ids", ".attn.bias", "masked_bias", "seq_relationship.weight",
    "seq_relationship.bias", "rotary_emb.inv_freq",
)  # fmt: skip


def open_folder(path: str | os.PathLike[str]) -> tuple[Any, Tokenizer, bool]:
    """Open a model with its tokenizer, to go on training it.

    Parameters
    ----------
    path
        A folder with `config.json`, `model.safetensors`, `tokenizer.json` and
        `tokenizer_config.json`.

    Returns
    -------
    tuple
        The model with a head, in float32; its tokenizer; whether the head is new, because the
        folder holds none.

    Raises
    ------
    StorageError
        If a file is missing or cannot be read.
    FormatError
        If a file is not what it must be, or they do not fit together; `UnsafeFileError` if it
        wants to run code or leads elsewhere.
    MissingExtraError
        If transformers is not installed.
    """
    import_transformers()
    folder = open_model_folder(path)
    config = config_of(folder.config, folder.path / CONFIG)
    engine = read_tokenizer(folder.path / TOKENIZER)
    roles = roles_of(dict(folder.tokenizer_config), engine, folder.path)
    tokenizer = Tokenizer(engine, roles)
    if len(tokenizer) > config.vocab_size:
        raise FormatError(
            f"its tokenizer has {len(tokenizer):,} pieces, its model {config.vocab_size:,} rows.",
            path=path,
        )
    arrays = {name: array for file in folder.weights for name, array in map_tensors(file).items()}
    module = build(_checked_sizes(config, arrays, folder.path))
    is_new = fill(module, arrays, folder.path)
    return module, tokenizer, is_new


def config_of(fields: Any, path: Path) -> Any:
    """Make a configuration of what a `config.json` says.

    Parameters
    ----------
    fields
        What it holds.
    path
        The file, for the message.

    Returns
    -------
    Any
        The configuration of transformers.

    Raises
    ------
    FormatError
        If it says what no model of its type knows, or impossible sizes.
    UnsafeFileError
        If it names code to be run.
    """
    from transformers import CONFIG_MAPPING

    if not isinstance(fields, dict):
        raise FormatError("expected an object.", path=path)
    for name in _CODE:
        if name in fields:
            raise UnsafeFileError(
                f"it has {name}, which names code to be run; that is never done.", path=path
            )
    kind = fields.get("model_type")
    if not isinstance(kind, str) or kind not in HEADS:
        known = ", ".join(sorted(HEADS))
        raise FormatError(f"its model_type is {kind!r:.40}; {known} are known.", path=path)
    config_class = CONFIG_MAPPING[kind]
    known_fields = config_class().to_dict().keys() | config_class.attribute_map.keys()
    known_fields |= _OLD_NAMES_OF_TURNING if _TURNING in known_fields else set()
    if strangers := sorted(fields.keys() - known_fields - _TOLD_ONLY):
        raise FormatError(f"a {kind} model has no setting {strangers[0]!r:.60}.", path=path)
    values = {name: value for name, value in fields.items() if name not in _TOLD_ONLY}
    try:
        config = config_class(**values)
        _check_sizes(config)
    except faults_of_transformers() as error:
        told = " ".join(str(error).split())
        raise FormatError(f"it is no {kind} configuration: {told:.200}", path=path) from error
    return config


def _check_sizes(config: Any) -> None:
    """Refuse sizes that no model has, before room is made for it."""
    bounds = {
        "vocab_size": _LARGEST,
        "hidden_size": _LARGEST,
        "num_hidden_layers": _MOST_LAYERS,
        "num_attention_heads": _MOST_LAYERS,
        "max_position_embeddings": _LARGEST,
    }
    for name, most in bounds.items():
        value = getattr(config, name)
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError(f"{name} must be from 1 to {most:,}, got {value!r:.40}.")


def _checked_sizes(config: Any, arrays: Mapping[str, np.ndarray], folder: Path) -> Any:
    """Make sure that a model of such sizes would not be larger than its file, give or take."""
    import torch

    stored = sum(array.size for array in arrays.values())
    try:
        with torch.device("meta"):
            module = build(config)
    except (ValueError, RuntimeError, TypeError, ZeroDivisionError) as error:
        told = " ".join(str(error).split())
        raise FormatError(f"no model can be built of it: {told:.200}", path=folder) from error
    heads = head_names(module)
    n_body = sum(p.numel() for name, p in module.named_parameters() if name not in heads)
    if n_body > stored:
        raise FormatError(
            f"config.json asks for {n_body:,} numbers, {WEIGHTS} has {stored:,}.", path=folder
        )
    return config


def fill(module: Any, arrays: Mapping[str, np.ndarray], path: Path) -> bool:
    """Put stored numbers into a model, in place.

    Parameters
    ----------
    module
        A model that `build` made.
    arrays
        Name → numbers; names may leave out what the body is called in a model with a head.
    path
        Where they come from, for the message.

    Returns
    -------
    bool
        Whether the head is not among them and stays as it was drawn.

    Raises
    ------
    FormatError
        If a number is missing, has another shape or is not finite, or there are others.
    """
    import torch

    named = dict(module.named_parameters(remove_duplicate=False))
    prefix = f"{module.base_model_prefix}."
    own = dict(module.named_parameters())
    filled: set[int] = set()
    for name, array in arrays.items():
        place = name if name in named else prefix + name
        if place not in named:
            if _is_left_out(name):
                continue
            raise FormatError(f"{name:.80} is no part of a {module.config.model_type}.", path=path)
        p = named[place]
        if array.dtype == BFLOAT16:
            array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        if tuple(p.shape) != array.shape or array.dtype.kind != "f":
            raise FormatError(
                f"{name} is {array.dtype} {array.shape}, expected {tuple(p.shape)}.", path=path
            )
        if not np.isfinite(array).all():
            raise FormatError(f"{name} has NaN or infinity.", path=path)
        with torch.no_grad():
            p.copy_(torch.from_numpy(np.array(array, np.float32)))
        filled.add(id(p))
    missing = {name for name, p in own.items() if id(p) not in filled}
    heads = head_names(module)
    if missing - heads or (missing and missing != heads):
        shown = ", ".join(sorted(missing)[:3])
        raise FormatError(f"it lacks {len(missing):,} of its parts: {shown}.", path=path)
    return bool(missing)


def _is_left_out(name: str) -> bool:
    """Tell whether a stored part is of no use to a language model."""
    return "pooler." in name or name.endswith(_LEFT_OUT)
