"""What is counted of labels is what scikit-learn counts."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.evaluation.metrics.classification import (
    calibration_error,
    confusion,
    f1_of,
    macro_f1,
    precision_of,
    recall_of,
)


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_scikit_learn(seed: int):
    metrics = pytest.importorskip("sklearn.metrics", reason="needs lexloom[demo]")
    draw = np.random.default_rng(seed)
    true, given = draw.integers(0, 4, 200), draw.integers(0, 5, 200)
    counts = confusion(true, given, 5)
    names = list(range(5))
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(true, given, labels=names))
    found = metrics.precision_recall_fscore_support(true, given, labels=names, zero_division=0)
    for ours, theirs in zip((precision_of, recall_of, f1_of), found, strict=False):
        np.testing.assert_allclose(ours(counts), theirs)
    assert macro_f1(counts) == pytest.approx(metrics.f1_score(true, given, average="macro"))


def test_a_label_that_is_nowhere_counts_for_nothing():
    assert macro_f1(confusion(np.array([0, 1]), np.array([0, 1]), 3)) == 1
    assert macro_f1(confusion(np.array([], int), np.array([], int), 3)) == 0


def test_one_who_is_always_sure_and_right_half_the_time_is_half_wrong_about_it():
    sure = np.array([[1, 0]] * 4, np.float32)
    assert calibration_error(sure, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert calibration_error(sure / 2 + 0.25, np.array([0, 0, 0, 1])) == pytest.approx(0)
    assert calibration_error(sure[:0], np.array([], int)) == 0
