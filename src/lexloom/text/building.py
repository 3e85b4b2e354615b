"""From blocks of text to a corpus on disk: cut on all cores, number in order, keep the frequent.

Blocks are cut side by side, and their words entered into one table in the order of the text, so
ids do not depend on the number of threads. The whole text is never in memory: what grows is the
table of different words.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import starmap
from typing import Protocol

import numpy as np

from lexloom.arrays import Ids, Offsets
from lexloom.errors import DamagedError
from lexloom.oddities import tell_oddity
from lexloom.progress import Listener, Update
from lexloom.text.counting import Pruning, WordTable
from lexloom.text.cutting import Cut
from lexloom.text.segmenting import Segmentation
from lexloom.text.selecting import Selection
from lexloom.text.spool import Spool

__all__ = ["CutBlock", "Reader", "TextBlock", "cut_blocks"]

_CHECKPOINT_SECONDS = 30.0
_QUEUED_BLOCKS = 2
"""Blocks waiting beyond one for each thread."""


class TextBlock(Protocol):
    """What reading gives: whole lines of valid UTF-8, and where documents start."""

    @property
    def text(self) -> bytes:
        """Whole lines of valid UTF-8."""
        ...

    @property
    def document_starts(self) -> Offsets:
        """The lines of the block at which documents start, int64."""
        ...


@dataclass(frozen=True, slots=True)
class CutBlock:
    """The words of one block.

    Attributes
    ----------
    cut
        Its words; None where the block is passed over because it was read before.
    document_starts
        int64, the line of the block each document starts on.
    n_bytes
        The bytes of its text.
    digest
        The SHA-256 of its text.
    """

    cut: Cut | None
    document_starts: Offsets
    n_bytes: int
    digest: str


def cut_blocks(
    blocks: Iterable[TextBlock], segmentation: Segmentation, threads: int, n_known: int = 0
) -> Iterator[CutBlock]:
    """Cut blocks on several threads or processes and give them in their order.

    Parameters
    ----------
    blocks
        The blocks of text.
    segmentation
        How they are cut.
    threads
        How many are cut at once.
    n_known
        So many blocks at the beginning were cut before: they are passed over.

    Yields
    ------
    CutBlock
        The words of each block, in the order of the blocks.
    """
    if segmentation.runs_in == "nowhere":
        threads = 1
    n_side_by_side = threads
    if threads > 1 and segmentation.runs_in == "processes":
        n_side_by_side += 1  # a block is numbered here while each process cuts one
    numbered = enumerate(blocks)
    cutter = segmentation.cutter(threads if segmentation.runs_in == "processes" else 1)

    def cut(place: int, block: TextBlock) -> CutBlock:
        digest = hashlib.sha256(block.text).hexdigest()
        words = None if place < n_known else cutter.cut(segmentation.prepared(block.text))
        return CutBlock(words, block.document_starts, len(block.text), digest)

    try:
        if threads == 1:
            yield from starmap(cut, numbered)
        else:
            yield from _side_by_side(cut, numbered, n_side_by_side)
    finally:
        cutter.close()


def _side_by_side(
    cut: Callable[[int, TextBlock], CutBlock],
    numbered: Iterable[tuple[int, TextBlock]],
    threads: int,
) -> Iterator[CutBlock]:
    """Cut blocks on several threads, a few ahead of the one that is given."""
    waiting: deque[Future[CutBlock]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="lexloom-cut") as pool:
        try:
            for place, block in numbered:
                waiting.append(pool.submit(cut, place, block))
                if len(waiting) >= threads + _QUEUED_BLOCKS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class Reader:
    """Takes cut blocks in order, numbers their words and spools them.

    Parameters
    ----------
    spool
        Where ids and lines go.
    selection
        How many different words may be held.
    on_progress
        Called now and then with an `Update` in bytes.
    n_bytes_expected
        About how many bytes of text will come, where that is known.
    """

    def __init__(
        self,
        spool: Spool,
        selection: Selection,
        on_progress: Listener | None,
        n_bytes_expected: int | None = None,
    ) -> None:
        self.table = WordTable()
        self.prunings: list[dict[str, int]] = []
        self.n_bytes = self.n_too_long = 0
        self._digests: list[str] = []
        self._n_passed = 0
        self._spool = spool
        self._selection = selection
        self._on_progress = on_progress
        self._n_bytes_expected = n_bytes_expected
        self._began = self._saved = time.monotonic()

    @property
    def n_words(self) -> int:
        """Words read so far."""
        return self._spool.sizes["ids"]

    @property
    def n_blocks(self) -> int:
        """Blocks taken so far."""
        return len(self._digests)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 over the SHA-256 of all blocks read."""
        return hashlib.sha256("".join(self._digests).encode("ascii")).hexdigest()

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        restored = self._spool.restore()
        if restored is None:
            return
        state, arrays = restored
        self.table = WordTable.from_arrays(arrays)
        self.prunings = state["prunings"]
        self.n_bytes, self.n_too_long = state["n_bytes"], state["n_too_long"]
        self._digests = state["digests"]

    def take(self, block: CutBlock) -> None:
        """Take the next block: number its words and spool them."""
        if block.cut is None:
            self._pass(block)
            return
        sizes = self._spool.sizes
        self._spool.append(
            documents=block.document_starts + sizes["lengths"],
            ids=self.table.add(block.cut),
            lengths=block.cut.line_lengths,
        )
        self._digests.append(block.digest)
        self.n_bytes += block.n_bytes
        self.n_too_long += block.cut.n_too_long
        if self.table.n_words > self._selection.max_types:
            self._prune()
        if time.monotonic() - self._saved > _CHECKPOINT_SECONDS:
            self.checkpoint()
        # Listeners take an update that is complete for the last, and that one `finish` gives.
        if self._n_bytes_expected is None or self.n_bytes < self._n_bytes_expected:
            self._report(self._n_bytes_expected)

    def finish(self) -> None:
        """Hand all to the system, and tell the listener that this was all."""
        self._spool.flush()
        self._report(self.n_bytes)

    def checkpoint(self) -> None:
        """Save how far reading has come, so that a killed build can go on."""
        state = {
            "n_blocks": self.n_blocks,
            "digests": self._digests,
            "n_bytes": self.n_bytes,
            "n_too_long": self.n_too_long,
            "prunings": self.prunings,
        }
        self._spool.checkpoint(state, self.table.arrays())
        self._saved = time.monotonic()

    def segments(self, final_ids: Ids) -> list[tuple[int, Ids]]:
        """Give, for each stretch of lines between prunings, its end and its words' final ids."""
        segments = [(self._spool.sizes["lengths"], final_ids)]
        for place in reversed(range(len(self.prunings))):
            new_ids = self._spool.load_array(f"pruned-{place}")
            final_ids = np.where(new_ids < 0, np.int32(-1), final_ids[new_ids])
            segments.insert(0, (self.prunings[place]["n_lines"], final_ids))
        return segments

    def _pass(self, block: CutBlock) -> None:
        """Make sure that a block read before the interruption is still the same."""
        if block.digest != self._digests[self._n_passed]:
            raise DamagedError(
                f"the text changed since the interrupted build (in block {self._n_passed}).",
                "Start again without resume=True.",
            )
        self._n_passed += 1

    def _prune(self) -> None:
        """Drop the rarest words, remember where that was, and say so."""
        pruning = self.table.prune(self._selection.max_types)
        assert pruning is not None  # called when there are too many
        self._spool.save_array(f"pruned-{len(self.prunings)}", pruning.new_ids)
        self.prunings.append(_record(pruning, self._spool.sizes["lengths"]))
        tell_oddity(
            f"more than {self._selection.max_types:,} different words: dropped "
            f"{pruning.n_words:,} seen {pruning.largest_count} times or less so far."
        )

    def _report(self, n_bytes_expected: int | None) -> None:
        """Tell the listener how far reading has come."""
        if self._on_progress is not None:
            seconds = time.monotonic() - self._began
            figures = {"words": float(self.n_words), "types": float(self.table.n_words)}
            self._on_progress(
                Update("reading", self.n_bytes, n_bytes_expected, "bytes", seconds, figures)
            )


def _record(pruning: Pruning, n_lines: int) -> dict[str, int]:
    """Give what the statistics keep of a pruning."""
    return {
        "largest_count": pruning.largest_count,
        "n_words": pruning.n_words,
        "n_lines": n_lines,
    }
