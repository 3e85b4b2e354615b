"""The demo's own folder: it may be written again and again, and nobody else's ever."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexloom.errors import StorageError

__all__ = ["claim_folder", "write_file", "write_summary"]

SUMMARY = "demo.json"
MARK = {"made_by": "lexloom demo"}


def claim_folder(out: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Make the folder, or take one that a demo made before.

    Parameters
    ----------
    out
        Where the demo's files go.
    force
        Take a folder with other files too; only files of the demo's own names are replaced in it.

    Returns
    -------
    Path
        The folder, marked as the demo's.

    Raises
    ------
    StorageError
        If it is somebody else's, or cannot be written.
    """
    folder = Path(out)
    try:
        if folder.exists() and not force and any(folder.iterdir()) and not _is_ours(folder):
            raise StorageError(
                "already exists, and holds files that no demo made.",
                "Choose another folder, or put the demo's files beside them with --force "
                "(force=True in Python).",
                path=folder,
            )
        folder.mkdir(parents=True, exist_ok=True)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror}.", path=folder) from error
    write_summary(folder, {"finished": False})
    return folder


def write_summary(folder: Path, summary: Mapping[str, Any]) -> Path:
    """Write what the demo found, as JSON; it also marks the folder as the demo's.

    Parameters
    ----------
    folder
        The demo's folder.
    summary
        Plain JSON values.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = json.dumps({**MARK, **summary}, ensure_ascii=False, indent=1, allow_nan=False)
    return write_file(folder / SUMMARY, text + "\n")


def write_file(path: Path, text: str) -> Path:
    """Write a text file whole or not at all.

    Parameters
    ----------
    path
        The file; it is replaced.
    text
        What it will hold, in UTF-8.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(f"cannot be written: {error.strerror}.", path=path) from error
    return path


def _is_ours(folder: Path) -> bool:
    """Say whether a demo made this folder."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and summary.get("made_by") == MARK["made_by"]
