"""Counting how often words stand near each other, in bounded memory, by any number of threads."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lexloom import artefact
from lexloom.arrays import Counts, Floats, Ids, Offsets
from lexloom.errors import SettingError
from lexloom.kernels import cooccurrences as kernels
from lexloom.kernels.cooccurrences import Arrangement, Records
from lexloom.progress import Listener, Update
from lexloom.static.cooccurrences import KIND, ROWS, Cooccurrences, file_of
from lexloom.text.sentences import Sentences

__all__ = ["Counting", "count_pairs"]

_GIGABYTE = 1 << 30
_SECONDS_UNTOLD = 2.0

_Span = tuple[int, int]
"""The first of some rows and one past the last."""


@dataclass(frozen=True)
class Counting:
    """How pairs are counted.

    Attributes
    ----------
    amounts
        float64 (window + 1), what a pair counts for at each distance; the first is not used.
    symmetric
        Whether words on the right count as well as those on the left.
    arrangement
        What becomes of a counted pair.
    strata
        How many parts the words are dealt to.
    seed
        What the order of the rows hangs on.
    max_memory_gb
        What counting may take, in GB of 2**30 bytes.
    threads
        How many shards are counted at a time.
    """

    amounts: Floats
    symmetric: bool
    arrangement: Arrangement
    strata: int
    seed: int
    max_memory_gb: float
    threads: int

    @property
    def reach(self) -> tuple[int, int]:
        """The most words to look at to the left and to the right."""
        window = len(self.amounts) - 1
        return window, window * self.symmetric


class _Listed(NamedTuple):
    """Where the words of some rows stand, from `first_row` on; `ends` of the places of each."""

    first_row: int
    places: Offsets
    ends: Offsets


def count_pairs(
    text: Sentences,
    counting: Counting,
    place: Path,
    about: Mapping[str, Any],
    pool: Executor,
    on_progress: Listener | None = None,
) -> Cooccurrences:
    """Count the pairs of a text into a folder; the same bytes, however many threads there are.

    Parameters
    ----------
    text
        The text.
    counting
        How.
    place
        The folder to make.
    about
        What the manifest keeps, to know the pairs again.
    pool
        Threads to count with.
    on_progress
        Told now and then for how many words of the vocabulary that is done.

    Returns
    -------
    Cooccurrences
        The pairs.

    Raises
    ------
    SettingError
        If it takes more memory than allowed.
    StorageError
        If the folder cannot be written.
    """
    counts = np.zeros(len(text.vocabulary), np.int64)
    kernels.count_words(text.ids.view(np.ndarray), counts)
    rows = _visiting_order(counts, counting)
    plan, at_once = _plan(rows, counts, counting)
    lengths: list[Ids] = []
    n_done, told = 0, 0.0
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        draft = stack.enter_context(artefact.create(place, KIND, settings=about, force=True))
        streams = [
            stack.enter_context(draft.open_tensor(file_of(name), name, kind))
            for name, kind in zip(Records._fields, (np.int32, np.float32, np.float32), strict=True)
        ]
        for part in plan:
            # In a generator, so that the places of a part are gone before the next are listed.
            for own, records in _count_part(text, rows, counts, counting, part, pool, at_once):
                lengths.append(own)
                for stream, array in zip(streams, records, strict=True):
                    stream.append(array)
                n_done += len(own)
                seconds = time.monotonic() - began
                told = told or seconds  # with the first shard, kernels may have been compiled
                if on_progress is not None and seconds > told + _SECONDS_UNTOLD:
                    on_progress(Update("counting", n_done, len(rows), "types", seconds))
                    told = seconds
        shards = np.array([shard for part in plan for shard in part], np.int64)
        arrays = {"words": rows, "lengths": np.concatenate(lengths), "shards": shards}
        draft.write_tensors(ROWS, arrays)
    return Cooccurrences(artefact.open_artefact(place, KIND, verify="structure"))


def _visiting_order(counts: Counts, counting: Counting) -> Ids:
    """Put the words of the text in random order, stratum after stratum."""
    generator = np.random.Generator(np.random.Philox(key=counting.seed))
    rows = generator.permutation(np.flatnonzero(counts).astype(np.int32))
    return rows[np.argsort(rows % counting.strata, kind="stable")]


def _plan(rows: Ids, counts: Counts, counting: Counting) -> tuple[list[list[_Span]], int]:
    """Part the rows into shards, and these into parts whose places are listed in one go.

    Half of the memory is for the places of a part, half for the shards in work; also given is how
    many these may be at once.
    """
    half = counting.max_memory_gb * _GIGABYTE / 2
    most_records = np.minimum(len(counts), sum(counting.reach) * counts[rows])
    records = kernels.BYTES_OF_RECORD * most_records
    places = kernels.BYTES_OF_PLACE * counts[rows]
    own = kernels.BYTES_OF_WORD * len(counts)
    least = max(own + records.max(), places.max())
    if least > half:
        enough = math.ceil(2000 * least / _GIGABYTE) / 1000
        raise SettingError(
            f"max_memory_gb must be at least {enough:g}, got {counting.max_memory_gb:g}: half of "
            "it must hold what the most frequent word takes."
        )
    at_once = min(counting.threads + 1, int(half // (own + records.max())))
    shards = _cut(rows % counting.strata, (records, half / at_once - own), (places, half))
    parts: list[list[_Span]] = [[]]
    listed_bytes = 0
    for first, last in shards:
        n_bytes = places[first:last].sum()
        if listed_bytes + n_bytes > half:
            parts.append([])
            listed_bytes = 0
        parts[-1].append((first, last))
        listed_bytes += n_bytes
    return parts, at_once


def _cut(strata: Ids, *bounds: tuple[Counts, float]) -> list[_Span]:
    """Cut rows where their stratum changes, and where what they take passes a bound."""
    borders = [*(np.flatnonzero(np.diff(strata)) + 1).tolist(), len(strata)]
    sums = [(np.cumsum(taken), bound) for taken, bound in bounds]
    shards: list[_Span] = []
    first = 0
    for border in borders:
        while first < border:
            lasts = [
                int(np.searchsorted(ends, (ends[first - 1] if first else 0) + bound, "right"))
                for ends, bound in sums
            ]
            shards.append((first, min(border, *lasts)))
            first = shards[-1][1]
    return shards


def _count_part(
    text: Sentences,
    rows: Ids,
    counts: Counts,
    counting: Counting,
    part: list[_Span],
    pool: Executor,
    at_once: int,
) -> Iterator[tuple[Ids, list[np.ndarray]]]:
    """List where the words of a part stand, then count its shards; give what comes of each."""
    ids, wanted = text.ids.view(np.ndarray), rows[part[0][0] : part[-1][1]]
    row_of = np.full(len(counts), -1, np.int32)
    row_of[wanted] = np.arange(len(wanted))
    ends = np.cumsum(counts[wanted]) - counts[wanted]
    places = np.empty(int(counts[wanted].sum()), np.int64)
    offsets = text.sentence_offsets.view(np.ndarray)
    kernels.list_places(ids, offsets, row_of, ends, *counting.reach, places)
    listed = _Listed(part[0][0], places, ends)
    count = partial(_count_shard, ids, counts, rows, listed, counting)
    yield from _in_turn(pool, at_once, count, part)


def _count_shard(
    ids: Ids, counts: Counts, rows: Ids, listed: _Listed, counting: Counting, shard: _Span
) -> tuple[Ids, list[np.ndarray]]:
    """Count the rows of a shard: the lengths of its rows, and its records."""
    words = rows[slice(*shard)]
    first, last = (row - listed.first_row for row in shard)
    start = int(listed.ends[first - 1]) if first else 0
    most = int(np.minimum(len(counts), sum(counting.reach) * counts[words]).sum())
    counted = kernels.empty_counted(len(counts), len(words), most)
    n_records = kernels.count_rows(
        ids, listed.places, start, listed.ends[first:last], counting.amounts, counted
    )
    lengths = np.zeros((len(words), counting.strata + 1), np.int32)
    records = kernels.empty_records(n_records)
    kernels.arrange_rows(words, counted, counting.arrangement, lengths, records)
    return lengths, [array[:n_records] for array in records]


def _in_turn(
    pool: Executor, at_once: int, work: Callable[[Any], Any], items: Iterable[Any]
) -> Iterator[Any]:
    """Give what comes of each item, in order, with only so many begun and not yet given."""
    waiting: deque[Future[Any]] = deque()
    for item in items:
        if len(waiting) == at_once:
            yield waiting.popleft().result()
        waiting.append(pool.submit(work, item))
    while waiting:
        yield waiting.popleft().result()
