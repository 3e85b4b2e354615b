"""Bytes of a file, unpacked: gzip, xz, bzip2 and Zstandard, counted and hashed on the way."""

from __future__ import annotations

import bz2
import hashlib
import lzma
import queue
import sys
import threading
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from lexloom.errors import FormatError
from lexloom.text.sources import STDIN, Source, storage_error

__all__ = [
    "FREE_BYTES",
    "MAGIC",
    "PIECE_BYTES",
    "RawFile",
    "compression_of",
    "read_ahead",
    "unpack",
]

PIECE_BYTES = 1 << 20
FREE_BYTES = 1 << 30
"""So much may come out of any file, whatever it was packed to."""
XZ_MEMORY_BYTES = 512 << 20
MAGIC = {
    "gzip": b"\x1f\x8b",
    "xz": b"\xfd7zXZ\0",
    "bzip2": b"BZh",
    "zstd": b"\x28\xb5\x2f\xfd",
}
ENDINGS = {".gz": "gzip", ".xz": "xz", ".bz2": "bzip2", ".zst": "zstd"}


def compression_of(head: bytes) -> str | None:
    """Name the compression that a file beginning with `head` has, or None."""
    for name, magic in MAGIC.items():
        if head.startswith(magic) and (name != "bzip2" or head[4:10] in _BZIP2_BLOCKS):
            return name
    return None


_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""What follows the four bytes of a bzip2 header: a block, or the end of an empty file."""


class RawFile:
    """The bytes of a source as they are stored: one pass, counted and hashed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.n_bytes = 0
        self._digest = hashlib.sha256()
        self._kept = b""
        try:
            self._file: BinaryIO = (
                sys.stdin.buffer if source.path == STDIN else open(source.path, "rb", buffering=0)  # noqa: SIM115  # closed by close()
            )
        except OSError as error:
            raise storage_error(error, source.path) from error

    def peek(self, n_bytes: int) -> bytes:
        """Give the first bytes without using them up; only before the first `read`."""
        while len(self._kept) < n_bytes:
            piece = self._fetch(n_bytes - len(self._kept))
            if not piece:
                break
            self._kept += piece
        return self._kept

    def read(self, n_bytes: int = PIECE_BYTES) -> bytes:
        """Give the next bytes, at most `n_bytes`; none at the end."""
        if self._kept:
            piece, self._kept = self._kept[:n_bytes], self._kept[n_bytes:]
        else:
            piece = self._fetch(n_bytes)
        self.n_bytes += len(piece)
        self._digest.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes read so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.source.path != STDIN:
            self._file.close()

    def _fetch(self, n_bytes: int) -> bytes:
        try:
            return self._file.read(n_bytes) or b""
        except OSError as error:
            raise storage_error(error, self.source.path) from error


def unpack(raw: RawFile, compression: str | None, max_expansion: float) -> Iterator[bytes]:
    """Give the unpacked bytes of `raw`, in pieces of about `PIECE_BYTES`.

    Raises `FormatError` if the file ends too early, is damaged, or unpacks to more than
    `max_expansion` times its size (and more than `FREE_BYTES`).
    """
    pieces = _unpackers()[compression](raw) if compression else iter(raw.read, b"")
    n_bytes = 0
    for piece in pieces:
        n_bytes += len(piece)
        if compression and n_bytes > max(FREE_BYTES, max_expansion * raw.n_bytes):
            raise FormatError(
                f"{raw.n_bytes:,} bytes of {compression} have grown to {n_bytes:,}, "
                f"more than {max_expansion:g} times as many.",
                "If you trust the file, pass --max-expansion 100000.",
                path=raw.source.name,
                byte=raw.n_bytes,
            )
        yield piece


class _Decompressor(Protocol):
    """What lzma's and bz2's decompressors share."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzipper:
    """zlib's decompressor in the shape of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def _unpackers() -> dict[str, Any]:
    return {
        "gzip": lambda raw: _unpack_members(raw, "gzip", _Gunzipper),
        "xz": lambda raw: _unpack_members(
            raw, "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
        ),
        "bzip2": lambda raw: _unpack_members(raw, "bzip2", bz2.BZ2Decompressor),
        "zstd": _unpack_zstd,
    }


def _unpack_members(raw: RawFile, compression: str, start: Any) -> Iterator[bytes]:
    """Unpack the members of a file one after the other, as the command-line tools do."""
    decompressor: _Decompressor = start()
    n_bytes = 0
    left = raw.read()
    while True:
        try:
            piece = decompressor.decompress(left, PIECE_BYTES)
        except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
            raise _damaged(raw, compression, n_bytes, str(error)) from error
        n_bytes += len(piece)
        if piece:
            yield piece
        left = b""
        if decompressor.eof:
            left = (decompressor.unused_data or raw.read()).lstrip(b"\0")
            while not left and (more := raw.read()):
                left = more.lstrip(b"\0")
            if not left:
                return
            if not left.startswith(MAGIC[compression][: len(left)]):
                raise _damaged(raw, compression, n_bytes, "other bytes follow its end")
            decompressor = start()
        elif decompressor.needs_input:
            left = raw.read()
            if not left:
                raise _cut_off(raw, compression, n_bytes)


class _Lent:
    """A raw file for Arrow to read, but not to close."""

    closed = False

    def __init__(self, raw: RawFile) -> None:
        self.read = raw.read

    def close(self) -> None:
        """Leave the file open: its owner closes it."""


def _unpack_zstd(raw: RawFile) -> Iterator[bytes]:
    n_bytes = 0
    stream = pa.CompressedInputStream(pa.PythonFile(_Lent(raw), mode="r"), "zstd")
    while True:
        try:
            piece = stream.read(PIECE_BYTES)
        except (OSError, pa.ArrowException) as error:
            if "runcated" in str(error):
                raise _cut_off(raw, "zstd", n_bytes) from error
            raise _damaged(raw, "zstd", n_bytes, str(error)) from error
        if not piece:
            return
        n_bytes += len(piece)
        yield piece


def _cut_off(raw: RawFile, compression: str, n_bytes: int) -> FormatError:
    return FormatError(
        f"the {compression} data breaks off; {n_bytes:,} bytes of text came out before that.",
        "The file is incomplete: fetch or copy it again.",
        path=raw.source.name,
        byte=raw.n_bytes,
    )


def _damaged(raw: RawFile, compression: str, n_bytes: int, why: str) -> FormatError:
    return FormatError(
        f"the {compression} data is damaged ({why}); {n_bytes:,} bytes of text came out before.",
        "Fetch or copy the file again.",
        path=raw.source.name,
        byte=raw.n_bytes,
    )


def read_ahead(pieces: Iterator[bytes], depth: int = 4) -> Iterator[bytes]:
    """Fetch `pieces` in a thread, at most `depth` ahead: unpacking and hashing release the GIL."""
    waiting: queue.Queue[tuple[bytes | None, BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def fetch() -> None:
        failure = None
        try:
            for piece in pieces:
                waiting.put((piece, None))
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001  # handed to the reader, which raises it
            failure = error
        waiting.put((None, failure))

    thread = threading.Thread(target=fetch, name="lexloom-read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            piece, failure = waiting.get()
            if failure is not None:
                raise failure
            if piece is None:
                return
            yield piece
    finally:
        stopped.set()
        while thread.is_alive():
            try:
                waiting.get(timeout=0.01)
            except queue.Empty:
                thread.join(0.01)
