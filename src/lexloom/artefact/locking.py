"""One writer at a time: a lock file beside the target, held by the system, not by its presence."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from lexloom.artefact import disk
from lexloom.errors import BusyError, StorageError

__all__ = ["lock", "real_target"]

_LOG = logging.getLogger("lexloom")
_HELD: dict[str, tuple[int, int]] = {}
"""Lock file → process and thread that hold it; a forked child inherits this, but not the right."""


def real_target(target: str | os.PathLike[str]) -> Path:
    """Follow the links of a path, so that the folder itself is replaced and not a link to it.

    Raises
    ------
    StorageError
        If no such path is possible.
    """
    text = os.fspath(target)
    if "\0" in text:
        raise StorageError("the name holds a NUL character.", path=text.replace("\0", "\\0"))
    with disk.reporting(text):
        return Path(os.path.realpath(text))


@contextlib.contextmanager
def lock(target: str | os.PathLike[str]) -> Iterator[None]:
    """Hold the right to write `target`, a path that need not exist.

    The lock is `.NAME.lock` beside the target, and ends with the process that holds it. A thread
    that holds it may take it again.

    Parameters
    ----------
    target
        The folder about to be written.

    Raises
    ------
    BusyError
        If another process, or another thread of this one, holds it.
    StorageError
        If the place cannot be written.
    """
    place = real_target(target)
    path = place.with_name(f".{place.name}.lock")
    key, me = str(path), (os.getpid(), threading.get_ident())
    if _HELD.get(key) == me:
        yield
        return
    disk.make_parents(path)
    descriptor = _acquire(path, target)
    _HELD[key] = me
    try:
        with disk.reporting(path):
            _sign(descriptor, path)
        yield
    finally:
        del _HELD[key]
        _release(descriptor, path)


def _acquire(path: Path, target: str | os.PathLike[str]) -> int:
    """Open and lock the lock file; give its descriptor."""
    while True:
        with disk.reporting(target):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            taken = _try_lock(descriptor)
            # The holder before may have removed the file between our opening and locking it.
            if taken and _is_same_file(descriptor, path):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            raise StorageError(
                f"this file system cannot lock files ({error.strerror}).",
                "Choose a folder on a local disk.",
                path=path,
                errno=error.errno,
            ) from error
        holder = _read_holder(descriptor)
        os.close(descriptor)
        if not taken:
            what, fix = _describe(holder)
            raise BusyError(what, fix, path=target)


def _is_same_file(descriptor: int, path: Path) -> bool:
    """Tell whether `path` still names the file behind the descriptor."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _sign(descriptor: int, path: Path) -> None:
    """Write into the lock who holds it; explain a lock that a dead process left."""
    stale = _read_holder(descriptor)
    if stale:
        _LOG.warning("%s: took over the lock of %s, which has ended.", path, stale)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    text = f"process {os.getpid()} on {socket.gethostname()} since {started}"
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, text.encode("utf-8", "replace"))


def _read_holder(descriptor: int) -> str:
    """Read who holds the lock, or held it last; empty if nobody signed."""
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        text = os.read(descriptor, 200).decode("utf-8", "replace")
        return "".join(character for character in text if character.isprintable())
    return ""


def _describe(holder: str) -> tuple[str, str]:
    """Say who holds the lock and what to do about it."""
    words = holder.split()
    if len(words) > 3 and words[1].isdigit() and words[3] == socket.gethostname():
        process = int(words[1])
        if process == os.getpid():
            return "another thread of this program is writing it.", "Wait until it is done."
        if not _is_alive(process):
            what = f"{holder} has ended, but a process it started is still writing."
            return what, "Wait until that ends, or stop it."
    return f"{holder or 'another process'} is writing it.", "Wait until it is done, or stop it."


def _is_alive(process: int) -> bool:
    """Tell whether a process of this machine runs; if unsure, that it does."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


if os.name == "nt":
    import msvcrt

    # Windows forbids reading locked bytes, so one far behind the signature is locked.
    _LOCKED_BYTE = 1 << 20

    def _try_lock(descriptor: int) -> bool:
        """Lock the file behind the descriptor unless another holds it."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _release(descriptor: int, path: Path) -> None:
        """Give the lock back."""
        with contextlib.suppress(OSError):
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(path)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        """Lock the file behind the descriptor unless another holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return False
            raise
        return True

    def _release(descriptor: int, path: Path) -> None:
        """Give the lock back; the file goes first, while nobody else can have locked it."""
        with contextlib.suppress(OSError):
            os.unlink(path)
        with contextlib.suppress(OSError):
            # A forked child shares the lock: closing alone would leave it held.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
