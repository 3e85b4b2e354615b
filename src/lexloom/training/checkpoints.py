"""Where a run stands, on disk beside its result, so that it can go on after anything.

While ``DIR`` is being made, ``DIR.training`` holds `progress.jsonl` and the newest checkpoint, an
artefact: a run that was killed at any instant finds the last one that is whole.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from lexloom import artefact
from lexloom.errors import DamagedError, FormatError, SettingError

__all__ = ["PROGRESS", "Checkpoints", "refuse_another"]

KIND = "checkpoint"
PROGRESS = "progress.jsonl"
_ARRAYS, _VALUES = "state.safetensors", "state.json"
_NAME = re.compile(r"step-\d{9}")
_TOLD_BYTES = "progress_bytes"
_LOG = logging.getLogger("lexloom")


class Checkpoints:
    """The folder of a run beside its result; a context that leaves no folder without a checkpoint.

    Parameters
    ----------
    out
        The folder of the result.
    run
        What must not change while a run goes on: its settings, the fingerprint of its data. Plain
        JSON values.
    resume
        Go on with what is there; else begin anew.
    force
        Forget an unfinished run, if `resume` is not set.

    Raises
    ------
    SettingError
        If an unfinished run is there and neither `resume` nor `force` is set.
    StorageError
        If the folder cannot be made, or something that is not ours has its name.
    """

    def __init__(self, out: Path, run: Mapping[str, Any], *, resume: bool, force: bool) -> None:
        self.folder = out.with_name(f"{out.name}.training")
        self._run = dict(run)
        artefact.claim(self.folder)
        if not resume:
            if self._found() and not force:
                raise SettingError(
                    f"{self.folder} holds an unfinished run.",
                    "Pass resume=True (--resume) to go on, or force=True (--force) to begin anew.",
                )
            self.remove()
            artefact.claim(self.folder)
        self._remove_drafts()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.folder.exists() and not self._found():
            self.remove()

    @property
    def progress_path(self) -> Path:
        """The file that every update of the run is appended to."""
        return self.folder / PROGRESS

    def _found(self) -> list[Path]:
        """List the checkpoints, the newest first."""
        places = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(places, reverse=True)

    def _remove_drafts(self) -> None:
        """Remove checkpoints that were being written when a run was killed."""
        for path in sorted(self.folder.glob(".step-*")):
            if path.is_dir() and ".tmp-" in path.name:
                _LOG.warning("%s: removed, a checkpoint that was never finished.", path)
                shutil.rmtree(path, ignore_errors=True)

    def last(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """Open the last whole checkpoint, and take `progress.jsonl` back to where it was.

        Returns
        -------
        tuple or None
            Its plain values and its arrays; None when there is none.

        Raises
        ------
        SettingError
            If it belongs to a run with other settings or data.
        StorageError
            If it cannot be read.
        """
        for place in self._found():
            try:
                opened = artefact.open_artefact(place, KIND)
                values = opened.json(_VALUES)
                arrays = opened.tensors(_ARRAYS)
            except (DamagedError, FormatError) as error:
                _LOG.warning("%s: passed over, it is damaged: %s", place, error)
                continue
            refuse_another(self.folder, dict(opened.manifest.settings), self._run)
            self._shorten_progress(values.pop(_TOLD_BYTES))
            return values, arrays
        self._shorten_progress(0)
        return None

    def _shorten_progress(self, n_bytes: int) -> None:
        """Drop what was told after the checkpoint: it will be told again."""
        if self.progress_path.exists() and self.progress_path.stat().st_size > n_bytes:
            os.truncate(self.progress_path, n_bytes)

    def save(self, step: int, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Write a checkpoint; only when it is whole are older ones removed.

        Parameters
        ----------
        step
            How far the run is; a later checkpoint has a higher number.
        values
            Plain JSON values.
        arrays
            The arrays of the run.

        Raises
        ------
        StorageError
            If it cannot be written; the one before stays.
        """
        place = self.folder / f"step-{step:09d}"
        told = self.progress_path.stat().st_size if self.progress_path.exists() else 0
        with artefact.create(place, KIND, settings=self._run, force=True) as draft:
            draft.write_json(_VALUES, {**values, _TOLD_BYTES: told})
            draft.write_tensors(_ARRAYS, dict(arrays))
        for old in self._found():
            if old != place:
                shutil.rmtree(old, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder: the run is done, or begins anew."""
        artefact.drop(self.folder)


def refuse_another(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that was begun otherwise, and say in a table what differs.

    Parameters
    ----------
    folder
        Where the run stands.
    before
        What it was begun with.
    now
        What it is to go on with.

    Raises
    ------
    SettingError
        If they differ.
    """
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if names:
        table = "; ".join(
            f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in names
        )
        raise SettingError(
            f"the run in {folder} is another: {table}.",
            "Give the same settings and data, or begin anew with force=True (--force).",
        )
