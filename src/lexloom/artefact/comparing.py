"""Whether the files of a folder are those that its manifest lists."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lexloom.artefact import disk
from lexloom.artefact.draft import hash_files
from lexloom.artefact.manifest import MANIFEST, Manifest
from lexloom.errors import DamagedError

__all__ = ["check_files", "check_hashes"]

_LEFT_BY_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare names, types and sizes of the files with the manifest.

    Raises
    ------
    DamagedError
        If one is missing, another thing, of another size, or not listed.
    StorageError
        If the folder cannot be read.
    """
    found = {}
    with disk.reporting(folder), os.scandir(folder) as entries:
        for entry in entries:
            found[entry.name] = entry.stat(follow_symlinks=False)
            if len(found) > len(manifest.files) + 100:
                raise DamagedError("holds many files that its manifest does not list.", path=folder)
    # The manifest was read just now, but a writer may have taken the folder away since.
    found.pop(MANIFEST, None)
    extra = sorted(found.keys() - manifest.files.keys() - _LEFT_BY_DESKTOPS)
    if extra:
        what = f"holds {', '.join(extra[:3])!s:.200}, which its manifest does not list."
        raise DamagedError(what, "Move it elsewhere.", path=folder)
    for name, entry in manifest.files.items():
        if name not in found:
            raise DamagedError("is missing.", "Restore it from a copy.", path=folder / name)
        if not stat.S_ISREG(found[name].st_mode):
            raise DamagedError(
                "must be a plain file, not a link, folder or device.",
                "Copy the folder with its links followed (cp -rL).",
                path=folder / name,
            )
        if found[name].st_size != entry.n_bytes:
            raise DamagedError(
                f"has {found[name].st_size:,} bytes, its manifest says {entry.n_bytes:,}.",
                "Restore the folder from a copy, or make it again.",
                path=folder / name,
            )


def check_hashes(folder: Path, manifest: Manifest) -> None:
    """Compare the SHA-256 of every file with the manifest.

    Raises
    ------
    DamagedError
        If one differs.
    StorageError
        If one cannot be read.
    """
    found = hash_files([folder / name for name in manifest.files])
    for name, entry in manifest.files.items():
        if found[name] != entry:
            raise DamagedError(
                f"changed after it was written: its SHA-256 is {found[name].sha256[:16]}…, "
                f"the manifest says {entry.sha256[:16]}….",
                "Restore the folder from a copy, or make it again.",
                path=folder / name,
            )
