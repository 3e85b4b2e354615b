"""The only place that writes: every operation that can fail half-way passes through here.

All of them are calls of `os`, so that a test can count them and make the N-th fail.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from lexloom.errors import StorageError

__all__ = [
    "IS_WINDOWS",
    "NewFile",
    "discard",
    "make_folder",
    "make_parents",
    "probe",
    "rename",
    "reporting",
    "storage_error",
    "sync",
    "sync_folder",
]

_BLOCK_BYTES = 1 << 20
IS_WINDOWS = os.name == "nt"
_WINDOWS_PATIENCE_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)


@contextlib.contextmanager
def reporting(path: str | os.PathLike[str], needed_bytes: int | None = None) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StorageError` that names `path` and what it takes."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(error, path, needed_bytes) from error


def storage_error(
    error: OSError, path: str | os.PathLike[str], needed_bytes: int | None = None
) -> StorageError:
    """Say in plain words what the system refused, at which path, and what to do."""
    number = error.errno or 0
    reasons = {
        errno.EFBIG: ("this system allows no file that large.", "Raise `ulimit -f`."),
        errno.EDQUOT: ("your disk quota is used up.", "Free some space, or choose another disk."),
        errno.EACCES: ("no permission.", "Choose another folder, or change its permissions."),
        errno.EPERM: ("no permission.", "Choose another folder, or change its permissions."),
        errno.EROFS: ("the disk is read-only.", "Choose another folder."),
        errno.ENAMETOOLONG: ("the name is too long.", "Choose a shorter one."),
        errno.EIO: (
            "the disk reports an input/output error.",
            "Check the disk, or choose another.",
        ),
        errno.ENOENT: ("does not exist.", ""),
        errno.ENOTDIR: ("a part of this path is a file, not a folder.", ""),
        errno.ELOOP: ("its links lead in a circle.", ""),
        errno.EEXIST: ("already exists.", ""),
        errno.ENOTEMPTY: ("already exists.", ""),
        errno.EMFILE: ("too many files are open.", "Raise `ulimit -n`."),
    }
    if number == errno.ENOSPC:
        what, fix = "no space left on the disk", "Free some space, or choose another disk."
        what += _space(path, needed_bytes)
    else:
        what, fix = reasons.get(number, (f"the system says: {error.strerror or error}.", ""))
    return StorageError(what, fix, path=path, errno=error.errno)


def _space(path: str | os.PathLike[str], needed_bytes: int | None) -> str:
    """Tell how many bytes are needed at `path` and how many are free."""
    needs = "" if needed_bytes is None else f": this needs {needed_bytes:,} bytes"
    for folder in Path(path).parents:
        with contextlib.suppress(OSError):
            free = f"{shutil.disk_usage(folder).free:,} are free."
            return f"{needs}, {free}" if needs else f": {free}"
    return f"{needs}."


class NewFile:
    """A file that is being written: it must not exist before, and counts and hashes what it takes.

    Parameters
    ----------
    path
        The file to make.
    expected_bytes
        How many bytes will come, where that is known; for the message when they do not fit.
    head_bytes
        Bytes left out at the start, for a head that `close` fills in.
    """

    closed = False

    def __init__(self, path: Path, *, expected_bytes: int = 0, head_bytes: int = 0) -> None:
        self.path = path
        self.n_bytes = 0
        self.head = b""
        self._expected_bytes = expected_bytes
        self._head_bytes = head_bytes
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        with reporting(path):
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(path, flags, 0o666)
        if head_bytes:
            self.write(b"\0" * head_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written behind the head."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Append bytes, or any object that gives its bytes."""
        view = memoryview(data).cast("B")
        if self.n_bytes >= self._head_bytes:
            self._hash.update(view)
        self.n_bytes += len(view)
        if len(view) < _BLOCK_BYTES:
            self._waiting += view
        if len(self._waiting) >= _BLOCK_BYTES or len(view) >= _BLOCK_BYTES:
            self.flush()
        if len(view) >= _BLOCK_BYTES:
            self._write_through(view)
        return len(view)

    def flush(self) -> None:
        """Hand everything that waits to the system."""
        waiting, self._waiting = self._waiting, bytearray()
        self._write_through(memoryview(waiting))

    def tell(self) -> int:
        """Give the number of bytes written."""
        return self.n_bytes

    def readable(self) -> bool:
        """Tell that it cannot be read."""
        return False

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def seekable(self) -> bool:
        """Tell that it has no way back."""
        return False

    def close(self, head: bytes = b"") -> None:
        """Write what waits and the head, and bring the file to the disk."""
        if self.closed:
            return
        try:
            self.flush()
            with reporting(self.path):
                if self._head_bytes:
                    assert len(head) == self._head_bytes
                    self.head = head
                    os.lseek(self._descriptor, 0, os.SEEK_SET)
                    self._write_through(memoryview(head))
                os.fsync(self._descriptor)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as it is."""
        if not self.closed:
            self.closed = True
            os.close(self._descriptor)

    def _write_through(self, view: memoryview) -> None:
        """Write all of `view`, however little the system takes at a time."""
        missing_bytes = max(self._expected_bytes - self.n_bytes, 0) + len(view)
        with reporting(self.path, missing_bytes):
            while len(view):
                taken = os.write(self._descriptor, view[: 1 << 30])
                view = view[taken:]


def make_folder(path: Path) -> None:
    """Make one folder, which must not exist."""
    with reporting(path):
        os.mkdir(path)


def make_parents(path: Path) -> None:
    """Make the folders above `path` that do not exist yet."""
    with reporting(path.parent):
        try:
            os.makedirs(path.parent, exist_ok=True)
        except FileExistsError as error:
            not_a_folder = OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            raise storage_error(not_a_folder, path.parent) from error


def probe(folder: Path) -> None:
    """Make sure that files can be written into `folder`, before any work is done for them."""
    path = folder / "probe"
    with NewFile(path) as file:
        file.write(b"\0" * 4096)
    with reporting(path):
        os.unlink(path)


def sync(path: Path) -> None:
    """Bring a file that somebody else wrote to the disk."""
    with reporting(path):
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk; Windows has no such call and needs none."""
    if IS_WINDOWS:
        return
    with reporting(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network disks refuse to sync a folder: they do it on every rename.
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)


def rename(source: Path, target: Path) -> None:
    """Rename a folder or a file; on Windows wait a little for programs that look into it."""
    for seconds in _WINDOWS_PATIENCE_SECONDS if IS_WINDOWS else ():
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    with reporting(target):
        os.replace(source, target)


def discard(folder: Path) -> bool:
    """Remove an artefact's folder; tell whether it is gone. A next writer removes what stays."""
    try:
        for name in os.listdir(folder):
            path = folder / name
            if stat.S_ISDIR(os.lstat(path).st_mode):
                discard(path)
            else:
                os.unlink(path)
        os.rmdir(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
