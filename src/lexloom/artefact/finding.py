"""From a path to an artefact's folder, be it half-replaced, missing or another thing."""

from __future__ import annotations

import contextlib
import difflib
import os
import stat
import time
from pathlib import Path

from lexloom.artefact import disk, foreign
from lexloom.artefact.locking import lock, real_target
from lexloom.artefact.manifest import MANIFEST
from lexloom.artefact.saving import leftovers, recover
from lexloom.errors import BusyError, StorageError

__all__ = ["Identity", "find", "identify"]

Identity = tuple[int, int, int] | None
"""What tells two artefacts at the same place apart."""

_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.005


def identify(folder: Path) -> Identity:
    """Tell artefacts apart that had the same name at different times, by their manifests."""
    try:
        status = os.stat(folder / MANIFEST)
    except OSError:
        return None
    # The number alone may be used again for a file made later.
    return status.st_dev, status.st_ino, status.st_mtime_ns


def find(path: str | os.PathLike[str]) -> Path:
    """Find the folder of an artefact, or say why there is none.

    Raises
    ------
    StorageError
        If it does not exist or cannot be read.
    FormatError
        If it is a file; `UnsafeFileError` if it is a pickle.
    """
    folder = Path(path)
    with disk.reporting(path):
        try:
            mode = os.stat(folder).st_mode
        except FileNotFoundError:
            mode = _recovered_mode(folder)
        except ValueError as error:
            raise StorageError(f"no such name is possible: {error}.", path=repr(path)) from error
    if not stat.S_ISDIR(mode):
        foreign.refuse_file(folder)
    return folder


def _recovered_mode(folder: Path) -> int:
    """Bring back an artefact whose writer died while it replaced it; else name what is near."""
    place = real_target(folder)
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while leftovers(place, "old") or os.path.lexists(place):
        # Looked at first: the lock, once a living writer is done, may be the next writer's.
        with contextlib.suppress(FileNotFoundError):
            return os.stat(folder).st_mode
        if time.monotonic() > give_up:
            break
        # A living writer is between its two renames; a dead one leaves the rest to us.
        with contextlib.suppress(BusyError, StorageError), lock(place):
            recover(place, tidy=False)
        time.sleep(_PAUSE_SECONDS)
    near = []
    with contextlib.suppress(OSError):
        near = difflib.get_close_matches(folder.name, os.listdir(folder.parent)[:10_000], 3)
    fix = f"Did you mean {' or '.join(str(folder.with_name(name)) for name in near)}?"
    raise StorageError("does not exist.", fix if near else "", path=folder)
