"""One result = one folder that appears whole or not at all.

A folder holds safetensors, Arrow and JSON files and, written last, a `manifest.json` with the kind,
the settings, the lineage and the SHA-256 of every file, itself included. An artefact that stands on
another one, as a classifier does on a model, holds it whole, in a folder of its own. `disk` is the
only place that writes, `saving` the protocol, `opening` the checks.
"""

from __future__ import annotations

from lexloom.artefact.draft import Draft
from lexloom.artefact.kept import Kept
from lexloom.artefact.locking import lock
from lexloom.artefact.manifest import FORMAT_VERSION, MANIFEST, FileEntry, Manifest
from lexloom.artefact.opening import Artefact, Verify, open_artefact, read_manifest
from lexloom.artefact.own_folders import claim, claimed, drop
from lexloom.artefact.parts import write_part
from lexloom.artefact.replacing import replace_file
from lexloom.artefact.saving import create, refuse_within
from lexloom.artefact.tensors import TensorStream

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "Artefact",
    "Draft",
    "FileEntry",
    "Kept",
    "Manifest",
    "TensorStream",
    "Verify",
    "claim",
    "claimed",
    "create",
    "drop",
    "lock",
    "open_artefact",
    "read_manifest",
    "refuse_within",
    "replace_file",
    "write_part",
]
