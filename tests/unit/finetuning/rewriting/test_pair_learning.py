"""The pairs that a translator is judged by while it learns."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs lexloom[translate]")

import itertools

from lexloom.finetuning.rewriting.pair_learning import spread  # the same


@pytest.mark.parametrize(("n", "most"), [(1, 1), (10, 4), (10, 10), (3, 500), (1_059, 500), (0, 5)])
def test_rows_are_chosen_evenly(n: int, most: int):
    rows = spread(n, most)
    assert len(set(rows)) == len(rows) == min(n, most)
    steps = {after - before for before, after in itertools.pairwise(rows)}
    assert not rows or (rows[0] == 0 and max(rows) < n and max(rows) >= n - 1 - n // len(rows))
    assert not steps or max(steps) - min(steps) <= 1
