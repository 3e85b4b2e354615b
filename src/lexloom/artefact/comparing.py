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
    found = _listed(folder, "", len(manifest.files))
    for part in {name.rpartition("/")[0] for name in manifest.files} - {""}:
        # A part that is a link, or no folder, is found out below: none of its files is there.
        if part in found and stat.S_ISDIR(found[part].st_mode):
            del found[part]
            found |= _listed(folder, f"{part}/", len(manifest.files))
    # The manifest was read just now, but a writer may have taken the folder away since.
    found.pop(MANIFEST, None)
    extra = sorted(
        name
        for name in found.keys() - manifest.files.keys()
        if name.rpartition("/")[2] not in _LEFT_BY_DESKTOPS
    )
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


def _listed(folder: Path, part: str, n_expected: int) -> dict[str, os.stat_result]:
    """List what is in an artefact's folder, or in that of a part of it."""
    found = {}
    with disk.reporting(folder / part), os.scandir(folder / part) as entries:
        for entry in entries:
            found[part + entry.name] = entry.stat(follow_symlinks=False)
            if len(found) > n_expected + 100:
                raise DamagedError("holds many files that its manifest does not list.", path=folder)
    return found


def check_hashes(folder: Path, manifest: Manifest) -> None:
    """Compare the SHA-256 of every file with the manifest.

    Raises
    ------
    DamagedError
        If one differs.
    StorageError
        If one cannot be read.
    """
    found = hash_files(folder, manifest.files)
    for name, entry in manifest.files.items():
        if found[name] != entry:
            raise DamagedError(
                f"changed after it was written: its SHA-256 is {found[name].sha256[:16]}…, "
                f"the manifest says {entry.sha256[:16]}….",
                "Restore the folder from a copy, or make it again.",
                path=folder / name,
            )
