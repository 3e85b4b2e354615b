"""What all have in common that are kept as artefacts: settings, files, and `save`."""

from __future__ import annotations

import os
from typing import Any

from lexloom.artefact.draft import Draft
from lexloom.artefact.saving import create

__all__ = ["Kept"]


class Kept:
    """Something that is kept as an artefact."""

    kind: str
    """What the manifest calls it; `catalog` knows which class opens it."""

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        raise NotImplementedError

    def kept_settings(self) -> dict[str, Any]:
        """Give what the manifest keeps of the making: the settings, unless there is more."""
        return self.settings

    def write_into(self, draft: Draft) -> None:
        """Write its files into an artefact that is being made.

        Parameters
        ----------
        draft
            The artefact, made with `kept_settings`.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the artefact: one folder, which appears whole or not at all.

        Parameters
        ----------
        path
            The folder to make.
        force
            Replace what is there.

        Raises
        ------
        StorageError
            If the folder exists and `force` is false, or it cannot be written.
        """
        with create(path, self.kind, settings=self.kept_settings(), force=force) as draft:
            self.write_into(draft)
