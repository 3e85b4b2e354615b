"""`lexloom show`: what an artefact is, where it came from and how good it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lexloom.cli.options import Everywhere, Reading
from lexloom.cli.terminal import Terminal

__all__ = ["show"]

LONGEST_VALUE = 100


def show(path: Path, /, *, verify: bool = True, everywhere: Reading = Everywhere()) -> None:
    """Show what an artefact is, where it came from and how good it is.

    Parameters
    ----------
    path
        The folder of the artefact.
    verify
        Compare the SHA-256 of every file with the manifest.
    everywhere
        What every verb understands.
    """
    from lexloom import artefact, catalog

    opened = catalog.load(path, verify="full" if verify else "structure")
    manifest = artefact.read_manifest(path)
    n_bytes = sum(entry.n_bytes for entry in manifest.files.values())
    value = {
        "path": str(path),
        "kind": manifest.kind,
        "what": repr(opened),
        "created": manifest.created,
        "n_bytes": n_bytes,
        "verified": verify,
        "settings": dict(manifest.settings),
        "lineage": dict(manifest.lineage),
        "metrics": dict(manifest.metrics),
        "versions": dict(manifest.versions),
        "files": {name: entry.n_bytes for name, entry in manifest.files.items()},
    }
    Terminal(as_json=everywhere.as_json).show(value, _lines(value))


def _lines(value: Mapping[str, Any]) -> Iterator[str]:
    """Lay an artefact's description out for a person."""
    yield f"{value['path']}: {value['what']}"
    intact = "every file as it was written" if value["verified"] else "hashes not compared"
    yield f"  made {value['created']}, {value['n_bytes']:,} bytes, {intact}"
    for part in ("settings", "lineage", "metrics", "versions", "files"):
        if value[part]:
            yield ""
            yield part
            yield from _entries(value[part], "  ")


def _entries(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Lay out names and values, one a line, tables within tables indented."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}"
            yield from _entries(value, indent + "  ")
        else:
            yield f"{indent}{name:<24} {_brief(value)}"


def _brief(value: Any) -> str:
    """Say a value in one line that fits a screen."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= LONGEST_VALUE else said[: LONGEST_VALUE - 1] + "…"
