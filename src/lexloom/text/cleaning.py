"""Valid UTF-8 to blocks of clean lines: the buffer around the cleaning kernel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lexloom.arrays import Offsets
from lexloom.kernels import cleaning as kernel

__all__ = ["Cleaner", "Part"]

Part = tuple[bytes, Offsets, str, int]


class Cleaner:
    """Turn pieces of text into blocks of whole lines.

    Parameters
    ----------
    block_bytes
        A block is given out as soon as its whole lines hold so many bytes.
    max_line_bytes
        A longer line is cut.
    """

    def __init__(self, block_bytes: int, max_line_bytes: int) -> None:
        self._block_bytes = max(1, block_bytes)
        self._max_line_bytes = max_line_bytes
        n_bytes = self._block_bytes + 2 * max_line_bytes + 64
        self._out = np.empty(n_bytes, np.uint8)
        self._starts = np.empty(n_bytes // 2 + 2, np.int64)
        self._state = np.zeros(len(kernel.STATE), np.int64)
        self._mode = kernel.MODES["line"]
        self._block_source, self._block_line = "", 1
        self._n_lines_out = 0
        self.source = ""
        self.last_bad_place = ""

    def begin(self, source: str, mode: str) -> None:
        """Begin a file: a document begins with its first character."""
        self.source = source
        self._mode = kernel.MODES[mode]
        self._state[kernel.DUE] = 1
        self._state[kernel.SOURCE_LINES] = 0
        if not self._state[kernel.OUT]:
            self._block_source, self._block_line = source, 1

    def feed(self, text: bytes) -> Iterator[Part]:
        """Take valid UTF-8 that ends with a whole character; give the blocks that it fills."""
        data = np.frombuffer(text, np.uint8)
        self._state[kernel.POSITION] = 0
        while kernel.clean(
            data,
            self._out,
            self._starts,
            self._state,
            self._mode,
            self._max_line_bytes,
            self._block_bytes,
        ):
            yield self._take()

    def skip_line(self) -> None:
        """Drop the line that is being read, and its document if it began there."""
        state = self._state
        state[kernel.OUT] = state[kernel.LINE_START]
        state[kernel.SKIPPING] = 1
        last = state[kernel.STARTS] - 1
        if last >= 0 and self._starts[last] == state[kernel.LINES]:
            state[kernel.STARTS] = last
            state[kernel.DOCUMENTS] -= 1
            state[kernel.DUE] = 1

    def end_source(self) -> Iterator[Part]:
        """End a file, and its last line where it has no end."""
        state = self._state
        if state[kernel.SKIPPING] or state[kernel.OUT] > state[kernel.LINE_START]:
            yield from self.feed(b"\n")
        state[kernel.AFTER_CR] = 0
        if state[kernel.LINE_START] >= self._block_bytes:
            yield self._take()

    def finish(self) -> Iterator[Part]:
        """Give the last block."""
        yield from self.end_source()
        if self._state[kernel.LINE_START] or self._state[kernel.STARTS]:
            yield self._take(is_last=True)

    @property
    def source_line(self) -> int:
        """The line of the file that is being read, counted from 1."""
        return int(self._state[kernel.SOURCE_LINES]) + 1

    @property
    def n_lines(self) -> int:
        """Lines given out so far."""
        return self._n_lines_out

    @property
    def n_documents(self) -> int:
        """Documents begun so far."""
        return int(self._state[kernel.DOCUMENTS])

    @property
    def n_nul(self) -> int:
        """NUL characters met so far."""
        return int(self._state[kernel.NULS])

    @property
    def n_cuts(self) -> int:
        """Cuts through long lines so far."""
        return int(self._state[kernel.CUTS])

    def _take(self, *, is_last: bool = False) -> Part:
        """Take the whole lines out of the buffer, and move what is left to its start."""
        state = self._state
        end, n_lines = int(state[kernel.LINE_START]), int(state[kernel.LINES])
        n_left = int(state[kernel.OUT]) - end
        n_starts = int(state[kernel.STARTS])
        open_start = not is_last and n_starts > 0 and self._starts[n_starts - 1] == n_lines
        starts = self._starts[: n_starts - open_start].copy()
        part = (self._out[:end].tobytes(), starts, self._block_source, self._block_line)
        self._out[:n_left] = self._out[end : end + n_left].copy()
        self._starts[0] = 0
        state[kernel.STARTS] = int(open_start)
        state[kernel.OUT] = n_left
        state[kernel.LINE_START] = state[kernel.LINES] = 0
        self._n_lines_out += n_lines
        self._block_source, self._block_line = self.source, self.source_line
        return part
