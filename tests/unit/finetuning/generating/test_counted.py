"""What counting foretells, and what was copied."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.finetuning.generating.counted import copied_lines, copied_runs, trigram_nats


def test_every_text_has_its_own_surprise():
    train = [[1, 2, 3]] * 50
    found = trigram_nats(train, [[1, 2, 3], [1, 2, 3], [3, 2, 1], [0]], 5)
    assert found[0] == found[1] < 1 < found[2] and found[3] > 1
    # All pieces, and an end, that could stand first have chances that add up to one.
    firsts = [trigram_nats(train, [[piece]], 5)[0] for piece in range(5)]
    ends = [trigram_nats(train, [[piece, piece]], 5)[0] for piece in range(5)]
    assert all(np.isfinite([*firsts, *ends]))


def test_runs_of_pieces_are_found_wherever_they_stand():
    train = [list(range(20)), [5, 5, 5]]
    assert copied_runs(train, [list(range(3, 15))]) == 1
    assert copied_runs(train, [[*range(10), 99], list(range(10, 0, -1))]) == pytest.approx(1 / 3)
    # No run goes over the end of a text, on either side.
    assert copied_runs([[1, 2], [3, 4]], [[1, 2, 3, 4]], n=3) == 0
    assert copied_runs([[1, 2, 3, 4]], [[1, 2], [3, 4]], n=3) == 0
    assert copied_runs(train, [[1, 2]]) == 0 and copied_runs([], []) == 0


def test_lines_are_whole():
    assert copied_lines(["a b\nc"], ["c\n\nb", " a b "]) == pytest.approx(2 / 3)
    assert copied_lines(["a"], []) == 0
