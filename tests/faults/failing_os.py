"""A stand-in for `os` in the modules that write: it counts operations and makes the N-th fail."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import Any

from lexloom.artefact import disk, locking, saving

WRITING = {"open", "write", "fsync", "ftruncate", "mkdir", "makedirs", "replace"}
REMOVING = {"unlink", "rmdir"}


class CountingOs:
    """Forward everything to `os`, but first tell `hook` the name and arguments of an operation."""

    def __init__(self, hook: Callable[[str, tuple[Any, ...]], None]) -> None:
        self.hook = hook

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in WRITING | REMOVING:
            return real

        def call(*arguments: Any, **named: Any) -> Any:
            self.hook(name, arguments)
            return real(*arguments, **named)

        return call


def install(monkeypatch: Any, hook: Callable[[str, tuple[Any, ...]], None]) -> None:
    """Put the stand-in into every module that writes."""
    for module in (disk, saving, locking):
        monkeypatch.setattr(module, "os", CountingOs(hook))


class Fault:
    """Fail at the N-th operation: once, for ever, or by dying."""

    def __init__(self, at: int, number: int, *, lasting: bool = False, dying: bool = False) -> None:
        self.at, self.number, self.lasting, self.dying = at, number, lasting, dying
        self.n_operations = 0
        self.hit = False

    def __call__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.n_operations += 1
        if self.n_operations < self.at or (self.hit and not self.lasting):
            return
        # A full disk still lets files be removed; a broken one does not.
        if self.hit and self.number == errno.ENOSPC and name in REMOVING:
            return
        self.hit = True
        # What a full disk takes of a write, and what a dying process hands over, is a part of it.
        if name == "write":
            os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        if self.dying:
            os._exit(137)
        raise OSError(self.number, os.strerror(self.number))


class Recorder:
    """Keep a log of operations, from which the states a disk may show are built."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self._waiting: tuple[Any, ...] | None = None

    def __call__(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in {"write", "fsync", "ftruncate"}:
            descriptor = arguments[0]
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            if name == "fsync":
                is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
                self.log.append(("sync folder" if is_folder else "sync", path))
            elif name == "write":
                offset = os.lseek(descriptor, 0, os.SEEK_CUR)
                self.log.append(("write", path, offset, bytes(arguments[1])))
        elif name == "open":
            flags = arguments[1]
            if flags & os.O_CREAT:
                self.log.append(("create", os.fspath(arguments[0])))
        else:
            self.log.append((name, *map(os.fspath, arguments[: 2 if name == "replace" else 1])))
