"""Hashes of whole lines in bulk, and a bounded sample of them for finding repeated lines."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

__all__ = ["LineSample", "hash_lines", "line_bounds"]

Hashes = NDArray[np.uint64]
MAX_KEPT = 1 << 20
"""Hashes that are kept at most; beyond, only those divisible by a growing power of two."""
N_WEIGHTS = 1 << 16


def line_bounds(text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give where each line of `text` begins and ends (before its LF), int64 (lines)."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")).astype(np.int64)
    starts = np.concatenate([np.zeros(min(1, ends.size), np.int64), ends[:-1] + 1])
    return starts, ends


def hash_lines(text: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Hashes:
    """Hash each line, uint64 (lines): a sum of its bytes times weights of their places.

    The weights repeat after 65,536 places; equal lines have equal hashes in every process.
    """
    if not starts.size:
        return np.zeros(0, np.uint64)
    data = np.frombuffer(text, np.uint8)
    places = np.arange(data.size) - np.repeat(starts, ends - starts + 1)
    weighted = (data.astype(np.uint64) + 1) * _weights()[places % N_WEIGHTS]
    sums = np.add.reduceat(weighted, starts)
    sums ^= sums >> np.uint64(29)
    sums *= np.uint64(0xBF58476D1CE4E5B9)
    return sums ^ (sums >> np.uint64(32))


@functools.cache
def _weights() -> Hashes:
    drawn = np.random.Generator(np.random.PCG64(1)).integers(0, 1 << 63, N_WEIGHTS, np.uint64)
    return drawn | np.uint64(1)


class LineSample:
    """A sample of the different lines of a text, chosen by their hashes, in bounded memory.

    The same lines are chosen in every text, so that samples can be compared.
    """

    def __init__(self) -> None:
        self.n_lines = 0
        self.hashes: Hashes = np.zeros(0, np.uint64)
        self.shift = 0

    @property
    def is_exact(self) -> bool:
        """Whether every line is in the sample."""
        return self.shift == 0

    def add(self, hashes: Hashes) -> None:
        """Take in the hashes of more lines."""
        chosen = self._chosen(hashes, self.shift)
        self.n_lines += chosen.size
        self.hashes = np.union1d(self.hashes, chosen)
        while self.hashes.size > MAX_KEPT:
            before = self.hashes.size
            self.shift += 1
            self.hashes = self._chosen(self.hashes, self.shift)
            self.n_lines = round(self.n_lines * self.hashes.size / before)

    @property
    def repeated_share(self) -> float:
        """The share of lines that repeat one before them."""
        return 1 - self.hashes.size / self.n_lines if self.n_lines else 0.0

    def shared_with(self, other: LineSample) -> int:
        """Estimate how many different lines this text shares with another."""
        shift = max(self.shift, other.shift)
        common = np.intersect1d(self._chosen(self.hashes, shift), self._chosen(other.hashes, shift))
        return common.size << shift

    @staticmethod
    def _chosen(hashes: Hashes, shift: int) -> Hashes:
        return hashes[hashes & np.uint64((1 << shift) - 1) == 0]
