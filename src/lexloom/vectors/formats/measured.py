"""A file of numbers read piece by piece: no length in it is believed before the bytes are there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import FormatError
from lexloom.vectors.formats.source import Source

__all__ = ["Measured"]

CHUNK_BYTES = 1 << 22
LONGEST_WORD_BYTES = 1 << 16


class Measured:
    """The bytes of a file, counted; every reading says what it is for, and fails by that name."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ahead = b""
        self.n_read = 0

    def fail(self, what: str, fix: str = "", *, byte: int | None = None) -> NoReturn:
        """Refuse the file, for what is wrong at this place.

        Raises
        ------
        FormatError
            Always.
        """
        place = self.n_read if byte is None else byte
        raise FormatError(what, fix, path=self._source.path, byte=place)

    def take(self, n_bytes: int, what: str) -> bytes:
        """Give exactly so many bytes.

        Raises
        ------
        FormatError
            If there are fewer.
        """
        missing = n_bytes - len(self._ahead)
        if missing > 0:
            self._ahead += self._source.read(missing)
        if len(self._ahead) < n_bytes:
            end = self.n_read + len(self._ahead)
            self.fail(f"the file ends within {what}; it is cut off.", "Get it again.", byte=end)
        taken, self._ahead = self._ahead[:n_bytes], self._ahead[n_bytes:]
        self.n_read += n_bytes
        return taken

    def unpack(self, layout: struct.Struct, what: str) -> tuple[Any, ...]:
        """Give the numbers of a layout."""
        return layout.unpack(self.take(layout.size, what))

    def expect(self, n_bytes: int, what: str) -> None:
        """Refuse a file too small for what it announces, where its size is known."""
        size = self._source.size_bytes
        if size is not None and n_bytes > size - self.n_read:
            self.fail(
                f"{what} announces {n_bytes:,} bytes, the file has {size - self.n_read:,} more; it "
                "is damaged or cut off.",
                "Get it again.",
            )

    def take_word(self, what: str) -> bytes:
        """Give the bytes up to the next NUL, and pass that."""
        while (end := self._ahead.find(b"\0")) < 0:
            if len(self._ahead) > LONGEST_WORD_BYTES:
                self.fail(f"no word ends within {LONGEST_WORD_BYTES:,} bytes.")
            more = self._source.read(LONGEST_WORD_BYTES)
            if not more:
                self.take(len(self._ahead) + 1, what)
            self._ahead += more
        return self.take(end + 1, what)[:-1]

    def rows(self, n_rows: int, width: int, what: str) -> Iterator[Vectors]:
        """Give rows of finite float32 numbers, some at a time.

        Raises
        ------
        FormatError
            If there are fewer, or a number is not finite.
        """
        self.expect(4 * n_rows * width, what)
        n_at_once = max(CHUNK_BYTES // (4 * width), 1)
        for first in range(0, n_rows, n_at_once):
            n = min(n_at_once, n_rows - first)
            some = np.frombuffer(self.take(4 * n * width, what), "<f4").reshape(n, width)
            if not np.isfinite(some).all():
                self.fail(f"{what} hold NaN or infinity; every number must be finite.")
            yield some.astype(np.float32, copy=False)

    def end(self) -> None:
        """Refuse bytes that nothing announced.

        Raises
        ------
        FormatError
            If there are any.
        """
        if self._ahead or self._source.read(1):
            self.fail("found more bytes than the file announces.", "Get it again.")
