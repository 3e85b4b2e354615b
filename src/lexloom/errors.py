"""What can go wrong, as one tree.

Every message says what is wrong, what must be, what was found and what to do::

    LexloomError                 anything this package reports on purpose
    ├── SettingError             a setting or argument is out of its range       (ValueError)
    ├── StorageError             cannot open, no permission, no space left       (OSError)
    ├── ShapeError               an array has the wrong shape or type            (ValueError)
    ├── FormatError              a file breaks its format, at a line or byte     (ValueError)
    │   ├── EncodingError        its bytes are no text as it is read
    │   ├── MissingFieldError    the records of a file have no such field
    │   └── UnsafeFileError      a pickle, or code in disguise: never opened
    ├── DivergedError            training left the finite numbers                (ArithmeticError)
    ├── DamagedError             an artefact differs from its manifest           (ValueError)
    ├── MissingWordError         a word is not in the vocabulary                 (KeyError)
    ├── MissingExtraError        an optional package is not installed            (ImportError)
    └── BusyError                another process holds the lock                  (RuntimeError)
"""

from __future__ import annotations

import os
from typing import Any

__all__ = [
    "BusyError",
    "DamagedError",
    "DivergedError",
    "EncodingError",
    "FormatError",
    "LexloomError",
    "MissingExtraError",
    "MissingFieldError",
    "MissingWordError",
    "SettingError",
    "ShapeError",
    "StorageError",
    "UnsafeFileError",
]


class LexloomError(Exception):
    """Anything lexloom reports on purpose.

    Parameters
    ----------
    what
        What is wrong: what must be and what was found. One or two sentences.
    fix
        What to do about it, as an exact command or setting where there is one.
    path
        The file or folder it is about.
    line
        The line in that file, counted from 1.
    byte
        The byte in that file, counted from 0.
    """

    exit_code = 1
    """Exit code of the command line: 1 the data or model is at fault, 2 the command is."""

    def __init__(
        self,
        what: str,
        fix: str = "",
        *,
        path: str | os.PathLike[str] | None = None,
        line: int | None = None,
        byte: int | None = None,
    ) -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix
        self.path = None if path is None else os.fspath(path)
        self.line = line
        self.byte = byte

    @property
    def where(self) -> str:
        """The place it is about: ``"vectors.txt, line 3"``; empty when it is about none."""
        places = (
            self.path,
            None if self.line is None else f"line {self.line:,}",
            None if self.byte is None else f"byte {self.byte:,}",
        )
        return ", ".join(place for place in places if place is not None)

    def __str__(self) -> str:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return f"{message} {self.fix}" if self.fix else message

    def as_dict(self) -> dict[str, str | int | None]:
        """Give the fields of the message for a machine to read."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "fix": self.fix,
            "path": self.path,
            "line": self.line,
            "byte": self.byte,
        }


class SettingError(LexloomError, ValueError):
    """A setting or an argument is out of its range."""

    exit_code = 2


class StorageError(LexloomError, OSError):
    """A file cannot be opened, read or written: missing, no permission, no space left.

    Parameters
    ----------
    what, fix, path, line, byte
        As for every `LexloomError`.
    errno
        The number of the system's error behind it, such as ``errno.ENOSPC``, or None.
    """

    def __init__(
        self,
        what: str,
        fix: str = "",
        *,
        path: str | os.PathLike[str] | None = None,
        line: int | None = None,
        byte: int | None = None,
        errno: int | None = None,
    ) -> None:
        super().__init__(what, fix, path=path, line=line, byte=byte)
        # OSError takes two arguments for number and text; ours are two texts.
        self.errno = errno
        self.strerror = what
        self.filename = self.path

    def __reduce__(self) -> tuple[Any, ...]:
        # OSError would hand the file name over as a third argument.
        places = {"errno": self.errno, "strerror": self.strerror, "filename": self.filename}
        return type(self), (self.what, self.fix), {**self.__dict__, **places}


class ShapeError(LexloomError, ValueError):
    """An array has the wrong shape or type."""


class FormatError(LexloomError, ValueError):
    """A file breaks the format it claims or is expected to have."""


class EncodingError(FormatError):
    """The bytes of a file are no text in the encoding that it is read in.

    Attributes
    ----------
    likely
        The encoding that it seems to have; None where that cannot be told.
    """

    likely: str | None = None


class MissingFieldError(FormatError):
    """The records of a file have no field of that name."""


class UnsafeFileError(FormatError):
    """A file holds a pickle or code. It is never opened."""


class DivergedError(LexloomError, ArithmeticError):
    """Training left the finite numbers."""


class DamagedError(LexloomError, ValueError):
    """An artefact differs from what its manifest says of it."""


class MissingWordError(LexloomError, KeyError):
    """A word is not in the vocabulary."""


class MissingExtraError(LexloomError, ImportError):
    """An optional package is not installed; the message gives the pip command."""

    exit_code = 2


class BusyError(LexloomError, RuntimeError):
    """Another process is writing the same artefact."""
