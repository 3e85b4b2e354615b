"""A file of vectors as a stream of bytes, unpacked on the way."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import lzma
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from lexloom.errors import FormatError, StorageError

__all__ = ["Source", "open_source"]

COMPRESSIONS = {
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
}
"""First bytes → how a file is compressed."""

HEAD_BYTES = 1 << 18


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

    def __init__(self, path: Path, stream: Any, size_bytes: int | None, packing: str) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._stream = stream
        self._packing = packing
        self._n_read = 0
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
        """Read from the stream, and say where a compressed one breaks."""
        parts = []
        try:
            while n_bytes > 0:
                part = self._stream.read(n_bytes)
                if not part:
                    break
                parts.append(part)
                self._n_read += len(part)
                n_bytes -= len(part)
        except (EOFError, lzma.LZMAError, zlib.error, pa.ArrowException, OSError) as error:
            if not self._packing:
                raise StorageError(f"cannot be read: {error}.", path=self.path) from error
            raise FormatError(
                f"the {self._packing} data is cut off or damaged; it could be unpacked up to here.",
                "Download it again.",
                path=self.path,
                byte=self._n_read,
            ) from error
        return b"".join(parts)


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
            start = file.read(8)
            file.seek(0)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StorageError(f"cannot be opened: {reason}.", path=path) from error
        packing = next(
            (name for magic, name in COMPRESSIONS.items() if start.startswith(magic)), ""
        )
        stream = stack.enter_context(_unpacked(file, packing)) if packing else file
        size_bytes = None if packing else os.fstat(file.fileno()).st_size
        yield Source(path, stream, size_bytes, packing)


def _unpacked(file: BinaryIO, packing: str) -> Any:
    """Give the stream that unpacks a file."""
    if packing == "gz":
        return gzip.GzipFile(fileobj=file)
    if packing == "bz2":
        return bz2.BZ2File(file)
    if packing == "xz":
        return lzma.LZMAFile(file)
    return pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
