"""A model in Hugging Face's layout on disk: looked at whole before any of it is used."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexloom import artefact
from lexloom.artefact import disk
from lexloom.artefact.draft import hash_files
from lexloom.artefact.strict_json import parse_json, read_bounded
from lexloom.artefact.tensors import map_tensors
from lexloom.errors import DamagedError, FormatError, StorageError, UnsafeFileError

__all__ = [
    "CONFIG",
    "TOKENIZER",
    "WEIGHTS",
    "ModelFolder",
    "download",
    "faults_of_transformers",
    "open_model_folder",
    "parse_object",
]

CONFIG, WEIGHTS, SHARDS = "config.json", "model.safetensors", "model.safetensors.index.json"
TOKENIZER, TOKENIZER_CONFIG, MODULES = "tokenizer.json", "tokenizer_config.json", "modules.json"
HUB_FILES = ("*.json", "*.safetensors", "vocab.txt", "merges.txt", "*.model")

_CODE = {"auto_map": "code of its own", "custom_pipelines": "code of its own"}
_FOREIGN = {"quantization_config": "weights that only another library reads"}
_MADE_OF = frozenset({".json", ".safetensors", ".txt", ".model"})
_MOST_LAYERS = 1_000
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.ckpt")
_REPOSITORY = "models--"
"""How the hub's cache begins the name of a repository's folder, in which links may point about."""


@dataclass(frozen=True)
class ModelFolder:
    """What a model's folder says, checked.

    Attributes
    ----------
    path
        The folder.
    config
        `config.json`.
    tokenizer_config
        `tokenizer_config.json`, or nothing.
    weights
        The files of the weights.
    n_numbers
        How many numbers the files of weights hold.
    pooling
        The name of what sentence-transformers makes a text's vector of, as ``"mean"``; None if the
        folder does not say.
    normalizes
        Whether it makes texts' vectors one long.
    prompt
        What sentence-transformers would write before a text.
    """

    path: Path
    config: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    weights: list[Path]
    n_numbers: int
    pooling: str | None
    normalizes: bool
    prompt: str

    def fingerprint(self) -> str:
        """Sum up weights, configuration and tokenizer in a SHA-256, to know the model again."""
        files = [p for p in sorted(self.path.iterdir()) if p.suffix in _MADE_OF]
        how = repr((self.pooling, self.normalizes, self.prompt))
        names = [file.name for file in files if file.name != artefact.MANIFEST]
        entries = hash_files(self.path, names)
        listed = [(name, entry.sha256) for name, entry in sorted(entries.items())]
        return hashlib.sha256((repr(listed) + how).encode()).hexdigest()


def open_model_folder(
    path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
) -> ModelFolder:
    """Look at a model's folder: nothing in it may run, and every file must be what it claims.

    Parameters
    ----------
    path
        The folder: `config.json`, `model.safetensors` (or its parts) and a tokenizer.
    verify
        How closely a folder that lexloom wrote is compared with its manifest.

    Returns
    -------
    ModelFolder
        What it says.

    Raises
    ------
    StorageError
        If it does not exist or cannot be read.
    FormatError
        If it is no model's folder; `UnsafeFileError` if it needs code or a pickle.
    DamagedError
        If a file is cut, holds another thing, or differs from the manifest.
    """
    folder = Path(path)
    with disk.reporting(path):
        if not os.path.lexists(folder):
            raise StorageError("does not exist.", path=path)
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise FormatError("a model is a folder; this is a file.", path=path)
        names = set(os.listdir(folder))
    if artefact.MANIFEST in names:
        artefact.open_artefact(folder, artefact.read_manifest(folder).kind, verify=verify)
    _check_names(folder, names)
    _check_links(folder, names)
    config = parse_object(folder / CONFIG)
    _check_config(config, folder / CONFIG)
    weights = _weight_files(folder, names)
    tensors = [map_tensors(file).values() for file in weights]
    n_numbers = sum(array.size for arrays in tensors for array in arrays)
    said = parse_object(folder / TOKENIZER_CONFIG) if TOKENIZER_CONFIG in names else {}
    if "auto_map" in said:
        raise _unsafe("auto_map", _CODE["auto_map"], folder / TOKENIZER_CONFIG)
    pooling, normalizes = _modules(folder, names)
    prompt = _prompt(folder, names)
    return ModelFolder(folder, config, said, weights, n_numbers, pooling, normalizes, prompt)


def _check_names(folder: Path, names: set[str]) -> None:
    """Refuse a folder that lacks what a model has, or has what only code can open."""
    if CONFIG not in names:
        shown = ", ".join(sorted(names)[:3]) or "nothing"
        within = folder / "model"
        fix = f"Name {within}." if (within / CONFIG).is_file() else ""
        what = f"no model: the folder has no {CONFIG}; it holds {shown}."
        raise FormatError(what, fix, path=folder)
    if not {WEIGHTS, SHARDS} & names:
        pickles = sorted(names & set(_PICKLES))
        if pickles:
            raise UnsafeFileError(
                f"its weights are in {pickles[0]}, a pickle: opening it can run code, so it is "
                "never opened.",
                f"Take a copy of the model with {WEIGHTS}.",
                path=folder,
            )
        raise FormatError(f"no model: the folder has no {WEIGHTS}.", path=folder)
    if "adapter_config.json" in names:
        raise FormatError(
            "holds an adapter (LoRA), which must be merged into its model first.", path=folder
        )


def _check_links(folder: Path, names: set[str]) -> None:
    """Refuse links that lead out of the folder; the hub's cache links within its repository."""
    with disk.reporting(folder):
        root = Path(os.path.realpath(folder))
        inside = next((p for p in root.parents if p.name.startswith(_REPOSITORY)), root)
        for name in sorted(names):
            target = Path(os.path.realpath(folder / name))
            if not target.is_relative_to(inside):
                raise UnsafeFileError(
                    f"{name} is a link that leads out of the folder.",
                    "Copy the file itself there.",
                    path=folder,
                )


def parse_object(path: Path) -> Any:
    """Read a JSON object.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Any
        A dict.

    Raises
    ------
    DamagedError
        If it holds anything else.
    StorageError
        If it cannot be read.
    """
    value = parse_json(read_bounded(path), path)
    if not isinstance(value, dict):
        raise DamagedError("must be a JSON object.", path=path)
    return value


def _check_config(config: Mapping[str, Any], path: Path) -> None:
    """Refuse a configuration that asks for code, or says nothing that can be built."""
    for key, what in _CODE.items():
        if key in config:
            raise _unsafe(key, what, path)
    for key, what in _FOREIGN.items():
        if config.get(key) is not None:
            raise FormatError(
                f"{key} asks for {what}.", "Take the model in full precision.", path=path
            )
    for key, value in config.items():
        if "layer" in key and isinstance(value, int) and value > _MOST_LAYERS:
            raise FormatError(f"{key} must be at most {_MOST_LAYERS:,}, got {value:,}.", path=path)
    kind = config.get("model_type")
    if not isinstance(kind, str):
        raise FormatError(f"model_type must be a name, got {kind!r:.60}.", path=path)


def _unsafe(key: str, what: str, path: Path) -> UnsafeFileError:
    """Say that a model cannot be had without running what came with it."""
    return UnsafeFileError(
        f"{key} asks for {what}, which is never run.",
        "Take a model whose architecture transformers knows itself.",
        path=path,
    )


def _weight_files(folder: Path, names: set[str]) -> list[Path]:
    """List the files of the weights."""
    if WEIGHTS in names:
        return [folder / WEIGHTS]
    listed = parse_object(folder / SHARDS).get("weight_map")
    if not isinstance(listed, dict) or not all(isinstance(n, str) for n in listed.values()):
        raise DamagedError("weight_map must say which file holds each tensor.", path=folder)
    files = sorted(set(listed.values()))
    missing = [name for name in files if name not in names]
    if missing:
        raise DamagedError(f"holds no file {missing[0]:.80}, which {SHARDS} names.", path=folder)
    return [folder / name for name in files]


def _modules(folder: Path, names: set[str]) -> tuple[str | None, bool]:
    """Read how sentence-transformers would make a text's vector."""
    if MODULES not in names:
        return None, False
    listed = parse_json(read_bounded(folder / MODULES), folder / MODULES)
    if not isinstance(listed, list) or not all(isinstance(module, dict) for module in listed):
        raise DamagedError("must be a list of modules.", path=folder / MODULES)
    kinds = [str(module.get("type")).rsplit(".", 1)[-1] for module in listed]
    strange = sorted(set(kinds) - {"Transformer", "Pooling", "Normalize"})
    if strange:
        raise FormatError(
            f"its texts go through {', '.join(strange)} too, which lexloom does not have.",
            path=folder / MODULES,
        )
    pooling = None
    if "Pooling" in kinds:
        name = f"{listed[kinds.index('Pooling')].get('path')}/{CONFIG}"
        _check_links(folder, {name})
        pooling = _pooling(parse_object(folder / name), folder / name)
    return pooling, "Normalize" in kinds


def _pooling(said: Mapping[str, Any], path: Path) -> str:
    """Name what is made of the pieces of a text."""
    ways = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
        "pooling_mode_max_tokens": "max",
        "pooling_mode_lasttoken": "last",
    }
    chosen = [way for key, way in ways.items() if said.get(key) is True]
    if said.get("pooling_mode") in {"mean", "cls", "max", "lasttoken"}:
        chosen = [said["pooling_mode"].removesuffix("token")]
    if len(chosen) != 1:
        raise FormatError(f"its pooling is none of {', '.join(ways.values())}.", path=path)
    return chosen[0]


def _prompt(folder: Path, names: set[str]) -> str:
    """Read what sentence-transformers would write before a text."""
    name = "config_sentence_transformers.json"
    said = parse_object(folder / name) if name in names else {}
    prompts, chosen = said.get("prompts"), said.get("default_prompt_name")
    found = prompts.get(chosen) if isinstance(prompts, dict) and isinstance(chosen, str) else None
    return found if isinstance(found, str) else ""


def faults_of_transformers() -> tuple[type[Exception], ...]:
    """Name what transformers raises at a configuration or weights that nobody can build.

    Returns
    -------
    tuple
        Exceptions, to be caught.
    """
    from huggingface_hub.errors import StrictDataclassError

    return (
        ArithmeticError, AttributeError, AssertionError, LookupError, OSError, RuntimeError,
        StrictDataclassError, TypeError, ValueError,
    )  # fmt: skip


def download(name: str) -> Path:
    """Fetch a model from the hub into its cache: safetensors, JSON and vocabularies only.

    Parameters
    ----------
    name
        As ``"intfloat/multilingual-e5-small"``.

    Returns
    -------
    Path
        The folder in the cache.

    Raises
    ------
    StorageError
        If it cannot be had: no such model, no network, or offline.
    """
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=list(HUB_FILES)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StorageError(f"cannot be fetched from the hub: {first:.200}", path=name) from error
