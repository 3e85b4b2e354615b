"""A file of vectors as a stream of bytes, unpacked on the way."""

from __future__ import annotations

import codecs
import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from lexloom.errors import FormatError, StorageError
from lexloom.text import sources
from lexloom.text.decompressing import RawFile, compression_of, unpack

__all__ = ["Source", "open_source"]

HEAD_BYTES = 1 << 18
MAGIC_BYTES = 16


class Stream(Protocol):
    """Whatever gives bytes until there are none."""

    def read(self, n_bytes: int, /) -> bytes:
        """Give the next bytes, at most `n_bytes`; none at the end."""
        ...


class Source:
    """The bytes of a file of vectors, unpacked.

    Attributes
    ----------
    path
        The file, for messages.
    head
        Its first 256 KiB; they are read again as the start of the stream.
    size_bytes
        The size of the whole, or None when it is compressed and so not known.
    """

    def __init__(self, path: Path, stream: Stream, size_bytes: int | None) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._stream = stream
        self.head = self._read_exactly(HEAD_BYTES).removeprefix(codecs.BOM_UTF8)
        self._waiting = self.head

    def read(self, n_bytes: int) -> bytes:
        """Give the next `n_bytes`; fewer only at the end."""
        first, self._waiting = self._waiting[:n_bytes], self._waiting[n_bytes:]
        if len(first) == n_bytes:
            return first
        return first + self._read_exactly(n_bytes - len(first))

    def read_line(self) -> bytes:
        """Give the first line without its newline.

        Raises
        ------
        FormatError
            If it does not end within the head.
        """
        line, newline, self._waiting = self._waiting.partition(b"\n")
        if not newline and len(line) > HEAD_BYTES // 2:
            raise FormatError(f"the first line has {len(line):,} bytes and more.", path=self.path)
        return line

    def _read_exactly(self, n_bytes: int) -> bytes:
        """Read from the stream until there is enough, or no more."""
        parts = []
        while n_bytes > 0:
            try:
                part = self._stream.read(n_bytes)
            except OSError as error:
                if isinstance(error, StorageError):
                    raise
                raise StorageError(f"cannot be read: {error}.", path=self.path) from error
            if not part:
                break
            parts.append(part)
            n_bytes -= len(part)
        return b"".join(parts)


class Pieces:
    """Pieces of bytes, to be read as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, n_bytes: int, /) -> bytes:
        """Give the next bytes, at most `n_bytes`; none at the end."""
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[n_bytes:]
        return piece[:n_bytes]


@contextlib.contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Open a file of vectors; `.gz`, `.xz`, `.bz2` and `.zst` are known by their first bytes.

    Parameters
    ----------
    path
        The file.

    Yields
    ------
    Source
        Its bytes, unpacked.

    Raises
    ------
    StorageError
        If it cannot be opened.
    FormatError
        If it is compressed and damaged.
    """
    path = Path(path)
    if path.is_dir():
        fix = f"Open a folder that lexloom saved with lexloom.load({str(path)!r})."
        raise StorageError("expected a file, found a folder.", fix, path=path)
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            start = file.read(MAGIC_BYTES)
            file.seek(0)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StorageError(f"cannot be opened: {reason}.", path=path) from error
        packing = compression_of(start)
        if packing is None:
            yield Source(path, file, os.fstat(file.fileno()).st_size)
        else:
            raw = RawFile(sources.Source(str(path), None))
            stack.callback(raw.close)
            # However much comes out, only a part of it is held at a time.
            yield Source(path, Pieces(unpack(raw, packing, math.inf)), None)
