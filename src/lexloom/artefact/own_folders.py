"""Folders beside a result that are ours alone: they carry a mark, and no other is ever removed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from lexloom.errors import StorageError

__all__ = ["claim", "claimed", "drop"]

_MARK = ".lexloom"


def claim(path: Path) -> None:
    """Make a folder of ours, or take back one that is.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    StorageError
        If it cannot be made, or something that is not ours has its name.
    """
    if path.exists() and not _is_own(path):
        what = "it holds what lexloom did not put there" if path.is_dir() else "it is no folder"
        raise StorageError(
            f"is in the way: {what}.", "Move it, or choose another folder.", path=path
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / _MARK).touch()
    except OSError as error:
        raise StorageError(
            f"cannot be made: {error.strerror}.", path=path, errno=error.errno
        ) from error


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Have a folder of ours while the block runs, and keep it if something was put there.

    Parameters
    ----------
    path
        The folder.

    Yields
    ------
    None
        When it is there.

    Raises
    ------
    StorageError
        As of `claim`.
    """
    claim(path)
    try:
        yield
    finally:
        if path.is_dir() and not any(each.name != _MARK for each in path.iterdir()):
            drop(path)


def drop(path: Path) -> None:
    """Remove a folder of ours, if there is one; its mark last, so that what a kill leaves is ours.

    Parameters
    ----------
    path
        The folder.
    """
    if not _is_own(path):
        return
    for each in path.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != _MARK:
            with contextlib.suppress(OSError):
                each.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _is_own(path: Path) -> bool:
    """Say whether a folder is ours: marked, or empty, as one is before it is marked."""
    return path.is_dir() and ((path / _MARK).is_file() or not any(path.iterdir()))
