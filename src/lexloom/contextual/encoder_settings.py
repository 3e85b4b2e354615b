"""How an encoder is read, as settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from lexloom import artefact
from lexloom.artefact.strict_json import read_bounded
from lexloom.contextual.alignment import PiecePooling
from lexloom.errors import SettingError
from lexloom.settings import from_dict, settings
from lexloom.text.segmenting import Segmentation
from lexloom.vectors.storing import SEGMENTATION

__all__ = [
    "OF_THE_MACHINE",
    "EncoderSettings",
    "KeptEncoder",
    "Layers",
    "Precision",
    "kept_encoder",
]

OF_THE_MACHINE = frozenset({"precision", "device", "batch_pieces"})
"""Settings that hang on the machine, and go with no encoder to another one."""

Layers = Literal["last", "last_four"] | tuple[int, ...]
Precision = Literal["auto", "float32", "bfloat16"]


@settings
class EncoderSettings:
    """How an encoder is read.

    Attributes
    ----------
    layers
        Whose outputs count: ``last``, ``last_four``, or numbers of layers, whose mean is taken; 0
        is what goes into the first layer, -1 what comes out of the last.
    pieces
        How the vectors of a word's pieces become the word's: ``mean``, ``first``, ``last`` or
        ``max``.
    texts
        How the vectors of a text's pieces become the text's: ``mean``, ``cls`` (the first piece of
        the frame), ``max`` or ``last``; ``auto`` is the model's own way, the mean where it names
        none.
    prefix
        What to write before each text, as some models ask for: E5 wants ``"query: "``. By default
        what the model's folder names as its default prompt, mostly nothing.
    width
        How many of the first numbers of a vector count; by default all. Of an encoder that was
        taught so few of them say nearly as much (Kusupati et al. 2022).
    normalize
        Whether vectors of texts are made one long; by default as the model says.
    overlap
        How many pieces of a window the next one has too, where a text is longer than the model
        reads; at most a quarter of what it reads.
    precision
        ``auto`` computes in bfloat16 where a short trial shows it to be faster and as good.
    device
        Where to run: ``auto`` is an accelerator if torch finds one.
    batch_pieces
        How many pieces to work on at once.
    """

    layers: Layers = "last"
    pieces: PiecePooling = "mean"
    texts: Literal["auto", "mean", "cls", "max", "last"] = "auto"
    prefix: str | None = None
    width: Annotated[int, Field(ge=1, le=1 << 16)] | None = None
    normalize: bool | None = None
    overlap: Annotated[int, Field(ge=0, le=4096)] = 64
    precision: Precision = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    batch_pieces: Annotated[int, Field(ge=1, le=1 << 20)] = 2048

    def __post_init__(self) -> None:
        if self.layers == ():
            raise SettingError("layers must name at least one layer, got ().")


@dataclass(frozen=True)
class KeptEncoder:
    """What the manifest of an encoder says of it; nothing where it has none.

    Attributes
    ----------
    settings
        How it is read, machine aside.
    segmentation
        How texts are cut into words, or None.
    lineage
        What it was made from, or None.
    metrics
        Figures about it, or None.
    notes
        Its files in Markdown, by name.
    """

    settings: EncoderSettings
    segmentation: Segmentation | None = None
    lineage: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    notes: Mapping[str, bytes] = field(default_factory=dict)


def kept_encoder(folder: Path, kind: str) -> KeptEncoder:
    """Read how an encoder is read off the manifest of its folder.

    Parameters
    ----------
    folder
        The folder, checked.
    kind
        What manifests call encoders; other models say nothing of how they are read.

    Returns
    -------
    KeptEncoder
        What it says.

    Raises
    ------
    FormatError
        If it is not what a manifest of an encoder says.
    """
    if not (folder / artefact.MANIFEST).is_file():
        return KeptEncoder(EncoderSettings())
    manifest = artefact.read_manifest(folder)
    if manifest.kind != kind:
        return KeptEncoder(EncoderSettings())
    kept = dict(manifest.settings)
    cutting = Segmentation.from_dict(kept.pop(SEGMENTATION, {}))
    chosen = from_dict(EncoderSettings, kept, path=folder)
    names = [name for name in manifest.files if name.endswith(".md")]
    notes = {name: read_bounded(folder / name) for name in names}
    return KeptEncoder(chosen, cutting, manifest.lineage, manifest.metrics, notes)
