"""The pairs of a part are looked at some at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lexloom.finetuning.matching import judging
from lexloom.finetuning.matching.judging import judge_of
from lexloom.finetuning.matching.text_pairs import TextPairs


def test_many_candidates_take_no_more_memory(monkeypatch: pytest.MonkeyPatch):
    names = [str(n) for n in range(60)]
    judge = judge_of(TextPairs("pairs", tuple(names[:30]), tuple(names[30:])), "")
    vectors = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    ranks = judge.answers(vectors)
    belong, sizes = judge.pairs.belong, list[int]()

    def noted(*sides: Any) -> Any:
        found = belong(*sides)
        sizes.append(found.size)
        return found

    monkeypatch.setattr(judge.pairs, "belong", noted)
    for most in (1, 100, 1_000):
        monkeypatch.setattr(judging, "_CELLS_AT_ONCE", most)
        np.testing.assert_array_equal(judge.answers(vectors), ranks)
        assert max(sizes) <= max(most, 30)
        sizes.clear()
