"""The save protocol: at every instant the target is the complete old artefact or the new one.

Everything is written into a temporary folder beside the target, brought to the disk and read back;
the manifest comes last. Then the old folder is renamed away and the new one into its place. A
crash between these two renames leaves the old one under its other name; `recover` brings it back.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import logging
import os
import platform
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lexloom
from lexloom.artefact import disk
from lexloom.artefact.draft import Draft, write_bytes
from lexloom.artefact.locking import lock, real_target
from lexloom.artefact.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    FileEntry,
    Manifest,
    parse_manifest,
    write_manifest,
)
from lexloom.artefact.strict_json import read_bounded
from lexloom.errors import DamagedError, FormatError, LexloomError, StorageError

__all__ = ["create", "leftovers", "recover", "refuse_within", "seal"]

_LOG = logging.getLogger("lexloom")
_RECORDED = ("numpy", "numba", "pyarrow")


@contextlib.contextmanager
def create(
    target: str | os.PathLike[str],
    kind: str,
    *,
    settings: Mapping[str, Any],
    force: bool = False,
) -> Iterator[Draft]:
    """Write an artefact that appears whole when the block ends, and not at all if it fails.

    Parameters
    ----------
    target
        The folder to make.
    kind
        What it is; `catalog.CLASSES` lists the kinds.
    settings
        The settings it is made with: plain JSON values.
    force
        Replace an artefact that is there already. Anything else is never replaced.

    Yields
    ------
    Draft
        Where its files go.

    Raises
    ------
    StorageError
        If the target exists, lies within an artefact, cannot be written, or there is no space.
        What was there before is left as it was.
    BusyError
        If another process is writing it.
    SettingError
        If settings, lineage or metrics are not plain JSON.
    """
    place = real_target(target)
    refuse_within(place)
    _check_free(place, target, force=force)
    with lock(place):
        for name in recover(place):
            _LOG.warning("%s: removed %s, left by a program that ended early.", target, name)
        _check_free(place, target, force=force)
        temporary = _beside(place, "tmp")
        disk.make_folder(temporary)
        try:
            disk.probe(temporary)
            draft = Draft(temporary)
            write_manifest(_manifest(kind, settings, draft))
            yield draft
            seal(draft, kind, settings)
            _swap(temporary, place)
        finally:
            if os.path.lexists(temporary):
                disk.discard(temporary)
            recover(place)


def _manifest(kind: str, settings: Mapping[str, Any], draft: Draft, **fields: Any) -> Manifest:
    """Put together the manifest of a draft."""
    versions = {"lexloom": lexloom.__version__, "python": platform.python_version()}
    for name in _RECORDED:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return Manifest(
        kind=kind,
        format_version=FORMAT_VERSION,
        settings=settings,
        lineage=draft.lineage,
        metrics=draft.metrics,
        versions=versions,
        files=fields.get("files", {}),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def seal(draft: Draft, kind: str, settings: Mapping[str, Any]) -> dict[str, FileEntry]:
    """Bring all files to the disk, then the manifest, then the names; give the files.

    Raises
    ------
    StorageError
        If a file cannot be written, or reads back differently.
    SettingError
        If settings, lineage or metrics are not plain JSON.
    """
    files = draft.seal()
    raw = write_manifest(_manifest(kind, settings, draft, files=files))
    path = draft.folder / MANIFEST
    write_bytes(path, raw)
    if read_bounded(path) != raw:
        raise StorageError("reads back differently.", "Check the disk.", path=path)
    disk.sync_folder(draft.folder)
    return files


def _swap(temporary: Path, target: Path) -> None:
    """Put the new folder into the place of the old one."""
    old = None
    if target.is_dir() and not os.listdir(target):
        with disk.reporting(target):
            os.rmdir(target)
    elif os.path.lexists(target):
        old = _beside(target, "old")
        try:
            disk.rename(target, old)
        except StorageError as error:
            raise _keep_both(temporary, target, error) from error
    try:
        disk.rename(temporary, target)
    except StorageError:
        if old is not None:
            disk.rename(old, target)
        raise
    disk.sync_folder(target.parent)


def _keep_both(temporary: Path, target: Path, error: StorageError) -> StorageError:
    """On Windows, where a folder in use cannot be renamed, keep the new artefact beside the old."""
    if not disk.IS_WINDOWS or error.errno != errno.EACCES:
        return error
    kept = target.with_name(f"{target.name}.new-{secrets.token_hex(4)}")
    disk.rename(temporary, kept)
    return StorageError(
        f"is open in another program and cannot be replaced; the new artefact is {kept.name}.",
        "Close that program, then rename it.",
        path=target,
        errno=error.errno,
    )


def _beside(target: Path, purpose: str) -> Path:
    """Name a folder beside the target that only this writer uses."""
    return target.with_name(f".{target.name}.{purpose}-{os.getpid()}-{secrets.token_hex(4)}")


def leftovers(target: Path, purpose: str) -> list[Path]:
    """List the folders that writers of `target` left beside it."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.{purpose}-\d+-[0-9a-f]{{8}}")
    try:
        names = sorted(os.listdir(target.parent))
    except OSError:
        return []
    found = (target.with_name(name) for name in names if pattern.fullmatch(name))
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def recover(target: Path, *, tidy: bool = True) -> list[str]:
    """Bring back the old artefact if a writer died between the two renames; the lock must be held.

    Parameters
    ----------
    target
        The folder, with its links followed.
    tidy
        Remove what dead writers left, too.

    Returns
    -------
    list of str
        The names of the folders that were removed.
    """
    for path in leftovers(target, "old"):
        if not os.path.lexists(target) and (path / MANIFEST).is_file():
            with contextlib.suppress(StorageError):
                disk.rename(path, target)
                disk.sync_folder(target.parent)
    if not tidy:
        return []
    # An old artefact is only removed once something stands in its place.
    old = leftovers(target, "old") if os.path.lexists(target) else []
    return [path.name for path in leftovers(target, "tmp") + old if disk.discard(path)]


def refuse_within(target: Path) -> None:
    """Refuse a target within an artefact, which would hold what its manifest does not list.

    Parameters
    ----------
    target
        The folder to make.

    Raises
    ------
    StorageError
        If a folder above it is an artefact.
    """
    for folder in target.absolute().parents:
        path = folder / MANIFEST
        with contextlib.suppress(LexloomError, OSError):
            if path.is_file() and parse_manifest(read_bounded(path), path):
                break
    else:
        return
    raise StorageError(
        f"lies within an artefact, {folder}.", "Choose a folder beside it.", path=target
    )


def _check_free(place: Path, target: str | os.PathLike[str], *, force: bool) -> None:
    """Refuse a target that exists, or, when forced, one that is not an artefact of ours.

    Without the lock, another writer may take the target away at any time: then it is free.
    """
    names: set[str] | None = None
    with disk.reporting(target):
        try:
            names = set(os.listdir(place))
        except FileNotFoundError:
            return
        except NotADirectoryError:
            if not os.path.lexists(place):
                raise
    if names is not None and not names:
        return
    if not force:
        raise StorageError(
            "already exists.",
            "Choose another folder, or replace it with --force (force=True in Python).",
            path=target,
        )
    if names is None:
        raise StorageError(
            "is a file, and only an artefact is ever replaced.", "Choose another.", path=target
        )
    fault = "it has no manifest.json"
    if MANIFEST in names:
        try:
            path = place / MANIFEST
            known = parse_manifest(read_bounded(path), path).files.keys() | {MANIFEST}
            for part in {name.rpartition("/")[0] for name in known} - {""}:
                names = names - {part} | {f"{part}/{name}" for name in os.listdir(place / part)}
            strangers = sorted(names - known)
            fault = f"it also holds {', '.join(strangers[:3])}" if strangers else ""
        except (DamagedError, FormatError) as error:
            fault = f"its {MANIFEST} is not readable: {error.what}"
        except StorageError as error:
            if error.errno != errno.ENOENT:
                raise
            return _check_free(place, target, force=force)
    if fault:
        raise StorageError(
            f"only an artefact is ever replaced, and this folder is none: {fault.rstrip('.')}.",
            "Remove it yourself, or choose another folder.",
            path=target,
        )
