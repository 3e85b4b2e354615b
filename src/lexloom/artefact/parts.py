"""An artefact within another: a part, whole in a folder of its own."""

from __future__ import annotations

from lexloom.artefact import disk
from lexloom.artefact.draft import Draft, hash_files
from lexloom.artefact.kept import Kept
from lexloom.artefact.manifest import MANIFEST
from lexloom.artefact.saving import seal

__all__ = ["write_part"]


def write_part(draft: Draft, name: str, part: Kept) -> None:
    """Write an artefact into a folder of one that is being made.

    Parameters
    ----------
    draft
        The artefact that is being made.
    name
        The name of the folder.
    part
        What goes there; `catalog.load` opens the folder by itself, too.

    Raises
    ------
    SettingError
        If the name cannot be used, or `part` has parts of its own.
    StorageError
        If a file cannot be written.
    """
    within = Draft(draft.path(name))
    disk.make_folder(within.folder)
    part.write_into(within)
    files = seal(within, part.kind, part.kept_settings())
    draft.take_part(name, {**files, **hash_files(within.folder, [MANIFEST])})
