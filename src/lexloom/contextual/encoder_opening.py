"""What an encoder is made of, opened from a folder: of Hugging Face's layout, or one of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lexloom.artefact import Verify
from lexloom.contextual.encoder_settings import EncoderSettings, kept_encoder
from lexloom.contextual.model_folder import download, open_model_folder
from lexloom.contextual.network import Network
from lexloom.contextual.pieces import PieceTokenizer
from lexloom.errors import DamagedError, StorageError
from lexloom.settings import as_dict

__all__ = ["opened_parts"]


def opened_parts(
    model: str | os.PathLike[str],
    kind: str,
    chosen: EncoderSettings,
    said: Mapping[str, Any],
    *,
    hub: bool,
    verify: Verify,
) -> dict[str, Any]:
    """Open tokenizer and network, and settle how they are read.

    Parameters
    ----------
    model
        The folder; or, with `hub`, the name of a model there.
    kind
        What manifests call encoders.
    chosen
        How it is read, for all that nobody said of a folder that says something itself.
    said
        The settings among these that were said.
    hub
        Fetch it from the hub.
    verify
        How closely a folder of ours is compared with its manifest.

    Returns
    -------
    dict
        The arguments of `Encoder`, and as ``notes`` what people are told of it.

    Raises
    ------
    StorageError
        If the model does not exist, cannot be read, or cannot be fetched.
    FormatError
        If it is no model's folder; `UnsafeFileError` if it needs code or a pickle.
    DamagedError
        If a file is cut or holds another thing, or tokenizer and weights do not fit together.
    SettingError
        If a setting does not go with the model.
    """
    if not hub and not os.path.lexists(model):
        raise StorageError(
            "does not exist.", "If it is a model of the hub: hub=True (--hub).", path=model
        )
    folder = open_model_folder(download(str(model)) if hub else model, verify=verify)
    kept = kept_encoder(folder.path, kind)
    chosen = replace(chosen, **{**as_dict(kept.settings), **said})
    tokenizer = PieceTokenizer.of(folder)
    network = Network(folder, device=chosen.device, precision=chosen.precision)
    if tokenizer.largest_id() >= network.n_pieces:
        raise DamagedError(
            f"its tokenizer has pieces up to number {tokenizer.largest_id():,}, its network "
            f"{network.n_pieces:,} rows.",
            path=folder.path,
        )
    own = {
        "prefix": folder.prompt if chosen.prefix is None else chosen.prefix,
        "texts": (folder.pooling or "mean") if chosen.texts == "auto" else chosen.texts,
        "normalize": folder.normalizes if chosen.normalize is None else chosen.normalize,
    }
    return {
        "tokenizer": tokenizer, "network": network, "settings": replace(chosen, **own),
        "segmentation": kept.segmentation, "fingerprint": folder.fingerprint(),
        "lineage": kept.lineage, "metrics": kept.metrics, "notes": kept.notes,
    }  # fmt: skip
