"""Which class opens which kind of artefact, by import path: loading one pulls in nothing else."""

from __future__ import annotations

import importlib
import os
from typing import Any

from lexloom import artefact
from lexloom.errors import FormatError

__all__ = ["CLASSES", "load"]

CLASSES = {
    "corpus": "lexloom.text.corpus:Corpus",
    "word_vectors": "lexloom.vectors.word_vectors:WordVectors",
}


def load(path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Any:
    """Open an artefact of any kind.

    Parameters
    ----------
    path
        The folder of the artefact.
    verify
        ``"full"`` compares the SHA-256 of every file with the manifest; ``"structure"`` compares
        names and sizes only, and opens a large artefact at once.

    Returns
    -------
    Any
        The object that was saved: a `Corpus`, `WordVectors`, …

    Raises
    ------
    StorageError
        If there is no such folder or it cannot be read.
    FormatError
        If it is no artefact, or of a kind this version does not know; `UnsafeFileError` if it is
        a pickle.
    DamagedError
        If it differs from its manifest.
    """
    kind = artefact.read_manifest(path).kind
    if kind not in CLASSES:
        known = ", ".join(sorted(CLASSES))
        raise FormatError(
            f"this is a {kind}; this version of lexloom opens {known}.",
            "pip install -U lexloom",
            path=path,
        )
    module, name = CLASSES[kind].split(":")
    return getattr(importlib.import_module(module), name).load(path, verify=verify)
