"""Every different word of a corpus with its count, while the corpus is being read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lexloom.arrays import Ids
from lexloom.kernels.word_table import fill_slots, merge_words
from lexloom.text.cutting import Cut

__all__ = ["Pruning", "WordTable"]

_FIRST_WORDS = 1 << 16
_FIRST_BYTES = 1 << 20
_KEPT_SHARE = 0.75
"""The most of `max_types` that stays when the table is pruned."""


@dataclass(frozen=True)
class Pruning:
    """What was dropped from a table that grew too large.

    Attributes
    ----------
    largest_count
        Words seen this often or less were dropped.
    n_words
        How many different words that were.
    new_ids
        int32, for each id before the pruning the one after it, -1 where dropped.
    """

    largest_count: int
    n_words: int
    new_ids: Ids


class WordTable:
    """The different words seen so far, numbered in the order of their first appearance.

    An open hash table over one growing run of bytes: about 45 bytes a word and the word itself.
    """

    def __init__(self) -> None:
        self.n_words = 0
        self.counts = np.zeros(_FIRST_WORDS, np.int64)
        self._blob = np.empty(_FIRST_BYTES, np.uint8)
        self._offsets = np.zeros(_FIRST_WORDS + 1, np.int64)
        self._keys = np.empty(_FIRST_WORDS, np.uint64)
        self._make_slots()

    def add(self, cut: Cut) -> Ids:
        """Count the words of a block and give their ids in this table: int32 (T)."""
        n_new = len(cut.keys)
        self._make_room(n_new, len(cut.blob))
        table = (self._blob, self._offsets, self._keys, self._slot_keys, self._slot_ids)
        ids, self.n_words = merge_words((cut.blob, cut.offsets, cut.keys), table, self.n_words)
        np.add.at(self.counts, ids, np.bincount(cut.ids, minlength=n_new))
        return ids[cut.ids]

    def prune(self, max_types: int) -> Pruning | None:
        """Drop the rarest words, in place, when there are more than `max_types`.

        All words with a count up to some threshold go, the smallest threshold that leaves three
        quarters of `max_types` at most. A dropped word that comes again is counted from 0.
        """
        if self.n_words <= max_types:
            return None
        counts = self.counts[: self.n_words]
        n_kept_most = max(int(max_types * _KEPT_SHARE), 1)
        threshold = int(np.partition(counts, -n_kept_most)[-n_kept_most])
        if (counts >= threshold).sum() <= n_kept_most:
            threshold -= 1
        kept = np.flatnonzero(counts > threshold)
        new_ids = np.full(self.n_words, -1, np.int32)
        new_ids[kept] = np.arange(len(kept), dtype=np.int32)
        n_dropped = self.n_words - len(kept)
        self._keep(kept)
        return Pruning(threshold, n_dropped, new_ids)

    def words(self) -> pa.Array:
        """Give the words as an Arrow ``large_string`` array that shares this table's memory."""
        offsets = pa.py_buffer(self._offsets[: self.n_words + 1])
        blob = pa.py_buffer(self._blob[: self._offsets[self.n_words]])
        return pa.LargeStringArray.from_buffers(self.n_words, offsets, blob)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give what has to be stored to go on later."""
        return {
            "counts": self.counts[: self.n_words],
            "blob": self._blob[: self._offsets[self.n_words]],
            "offsets": self._offsets[: self.n_words + 1],
            "keys": self._keys[: self.n_words],
        }

    @classmethod
    def from_arrays(cls, stored: dict[str, np.ndarray]) -> WordTable:
        """Go on from what `arrays` gave."""
        table = cls()
        table._make_room(len(stored["counts"]), len(stored["blob"]))
        n_words = len(stored["counts"])
        table.counts[:n_words] = stored["counts"]
        table._offsets[: n_words + 1] = stored["offsets"]
        table._keys[:n_words] = stored["keys"]
        table._blob[: len(stored["blob"])] = stored["blob"]
        table.n_words = n_words
        table._make_slots()
        return table

    def _keep(self, kept: np.ndarray) -> None:
        """Leave only the words with these ids, in place and in their order."""
        words = pa.LargeStringArray.from_buffers(
            self.n_words, pa.py_buffer(self._offsets), pa.py_buffer(self._blob)
        ).take(pa.array(kept))
        _, offsets, blob = words.buffers()
        n_kept = len(kept)
        self.counts = self.counts[kept]
        self._keys = self._keys[kept]
        self._offsets = np.frombuffer(offsets, np.int64, n_kept + 1).copy()
        self._blob = np.frombuffer(blob, np.uint8).copy()
        self.n_words = n_kept
        self._make_slots()

    def _make_room(self, n_words: int, n_bytes: int) -> None:
        """Let the arrays grow so that so many more words fit."""
        words_needed = self.n_words + n_words
        if words_needed > len(self.counts):
            size = max(words_needed, len(self.counts) * 3 // 2)
            self.counts = _grown(self.counts, size, fill=0)
            self._keys = _grown(self._keys, size)
            self._offsets = _grown(self._offsets, size + 1)
        bytes_needed = int(self._offsets[self.n_words]) + n_bytes
        if bytes_needed > len(self._blob):
            self._blob = _grown(self._blob, max(bytes_needed, len(self._blob) * 3 // 2))
        if 2 * words_needed > len(self._slot_ids):
            self._make_slots(words_needed)

    def _make_slots(self, n_words: int = 0) -> None:
        """Build the hash table anew, at most half full with so many words."""
        n_slots = 2 * _FIRST_WORDS
        while n_slots < 3 * max(self.n_words, n_words):
            n_slots *= 2
        self._slot_keys = np.zeros(n_slots, np.uint64)
        self._slot_ids = np.empty(n_slots, np.int32)
        fill_slots(self._keys, self.n_words, self._slot_keys, self._slot_ids)


def _grown(array: np.ndarray, size: int, fill: int | None = None) -> np.ndarray:
    """Copy an array into a longer one."""
    longer = np.empty(size, array.dtype) if fill is None else np.full(size, fill, array.dtype)
    longer[: len(array)] = array
    return longer
