"""How counting keeps within its memory."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.kernels import cooccurrences as kernels
from lexloom.kernels.cooccurrences import Arrangement
from lexloom.static.counting_pairs import Counting, _plan, _visiting_order

GIGABYTE = 2**30


def counting(max_memory_gb: float, threads: int = 3) -> Counting:
    numbers = Arrangement(np.float32(100), np.float32(0.75), np.float32(0), np.uint64(1))
    return Counting(np.ones(6), True, numbers, 8, 1, max_memory_gb, threads)


@pytest.mark.parametrize("max_memory_gb", [0.0003, 0.001, 0.01, 4.0])
def test_places_take_half_of_the_memory_and_shards_in_work_the_other(max_memory_gb: float):
    counts = (20_000 / np.arange(1, 2_001)).astype(np.int64)
    settings = counting(max_memory_gb)
    rows = _visiting_order(counts, settings)
    parts, at_once = _plan(rows, counts, settings)
    half = max_memory_gb * GIGABYTE / 2
    for part in parts:
        assert kernels.BYTES_OF_PLACE * counts[rows[part[0][0] : part[-1][1]]].sum() <= half
    shards = [shard for part in parts for shard in part]
    for first, last in shards:
        words = rows[first:last]
        assert len(set(words % 8)) == 1
        records = np.minimum(len(counts), 10 * counts[words]).sum()
        taken = kernels.BYTES_OF_WORD * len(counts) + kernels.BYTES_OF_RECORD * records
        assert at_once * taken <= half
    assert [0, *(last for _, last in shards)] == [*(first for first, _ in shards), len(rows)]
    assert 1 <= at_once <= 4 and (len(shards) == 8) == (max_memory_gb > 1)


def test_rows_come_in_random_order_within_their_strata():
    counts = np.ones(80, np.int64)
    counts[::7] = 0
    rows = _visiting_order(counts, counting(1.0))
    assert sorted(rows) == np.flatnonzero(counts).tolist()
    strata = rows % 8
    assert (np.diff(strata) >= 0).all()
    assert not (np.diff(rows[strata == 3]) > 0).all()
