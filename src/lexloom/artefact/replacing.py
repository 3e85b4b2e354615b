"""One file that appears whole or not at all, for results in the formats of other programs."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator

from lexloom.artefact import disk
from lexloom.artefact.locking import real_target
from lexloom.errors import StorageError

__all__ = ["replace_file"]


@contextlib.contextmanager
def replace_file(target: str | os.PathLike[str], *, force: bool = False) -> Iterator[disk.NewFile]:
    """Write a file beside `target` and put it there when the block ends, not if it fails.

    Parameters
    ----------
    target
        The file to make.
    force
        Replace a plain file that is there already.

    Yields
    ------
    NewFile
        Takes the bytes.

    Raises
    ------
    StorageError
        If the target exists, or cannot be written. What was there before is left as it was.
    """
    place = real_target(target)
    with disk.reporting(target), contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(place).st_mode):
            raise StorageError("is no plain file.", "Choose another name.", path=target)
        if not force:
            raise StorageError(
                "already exists.",
                "Choose another name, or replace it with --force (force=True in Python).",
                path=target,
            )
    disk.make_parents(place)
    temporary = place.with_name(f".{place.name}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with disk.NewFile(temporary) as file:
            yield file
        disk.rename(temporary, place)
        disk.sync_folder(place.parent)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
