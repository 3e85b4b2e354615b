"""Average precision and the best line, beside plain counting."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.evaluation.metrics.correlation import spearman
from lexloom.evaluation.metrics.intervals import spearman_gain
from lexloom.evaluation.metrics.matching import average_precision, best_threshold


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn(seed: int):
    metrics = pytest.importorskip("sklearn.metrics", reason="needs lexloom[finetune]")
    draw = np.random.default_rng(seed)
    scores, is_right = draw.integers(0, 9, 40) / 8, draw.random(40) < 0.3
    expected = metrics.average_precision_score(is_right, scores)
    assert average_precision(scores, is_right) == pytest.approx(expected)
    assert average_precision(scores, np.zeros(40, bool)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_best_line_is_the_best_of_all(seed: int):
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 9, 30) / 8
    is_right = scores + draw.normal(0, 0.3, 30) > 0.5

    def n_fine(line: float) -> int:
        return int(((scores >= line) == is_right).sum())

    tried = max(n_fine(line) for line in np.linspace(-1, 2, 301))
    assert n_fine(best_threshold(scores, is_right)) == tried


def test_all_may_be_alike():
    scores = np.array([0.5, 0.5])
    assert best_threshold(scores, np.array([True, True])) <= 0.5
    assert best_threshold(scores, np.array([False, False])) > 0.5


def test_a_gain_in_order_is_a_difference_with_its_interval():
    draw = np.random.default_rng(1)
    wanted = draw.normal(size=80)
    near, far = wanted + draw.normal(0, 0.3, 80), wanted + draw.normal(0, 2, 80)
    gain = spearman_gain(near, far, wanted)
    difference = (spearman(near, wanted) or 0) - (spearman(far, wanted) or 0)
    assert gain.value == pytest.approx(difference)
    assert gain.low is not None and gain.high is not None
    assert 0 < gain.low < difference < gain.high
    assert spearman_gain(near, near, wanted).high == 0
    assert spearman_gain(near, np.ones(80), wanted).value is None
