"""Scores, probabilities, temperature; and logistic regression as scikit-learn has it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from lexloom.errors import ShapeError
from lexloom.finetuning.head import Head
from lexloom.finetuning.linear import learn_linear
from lexloom.finetuning.targets.labels import OneLabel

LABEL = OneLabel(["a", "b", "c"])


def head(**changes) -> Head:
    parts = {"weights": np.eye(3, 2, dtype=np.float32), "bias": np.arange(3, dtype=np.float32)}
    return Head(**{**parts, **changes})


def test_scores_are_a_linear_layer_and_probabilities_sum_to_one():
    vectors = np.array([[1, 2], [-3, 0]], np.float32)
    scores = head().scores(vectors)
    np.testing.assert_array_equal(scores, [[1, 3, 2], [-3, 1, 2]])
    np.testing.assert_array_equal(head().scores(scipy.sparse.csr_matrix(vectors)), scores)
    np.testing.assert_array_equal(head(temperature=2.0).scores(vectors), scores / 2)
    found = LABEL.chances(scores)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(found[0, 1] / found[0, 0], np.exp(2), rtol=1e-5)
    assert np.isfinite(LABEL.chances(scores * 1e6)).all()


def test_the_temperature_makes_someone_too_sure_as_sure_as_they_are_right():
    draw = np.random.default_rng(1)
    true = draw.integers(0, 3, 4_000)
    honest = draw.standard_normal((4_000, 3)).astype(np.float32)
    chances = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    true = (chances.cumsum(1) > draw.random((4_000, 1))).argmax(1)
    assert head().calibrated(honest * 5, true, LABEL).temperature == pytest.approx(5, rel=0.1)
    assert head().calibrated(honest / 2, true, LABEL).temperature == pytest.approx(0.5, rel=0.1)


def test_who_is_right_about_few_texts_does_not_become_all_sure():
    scores = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32) * 100
    found = head().calibrated(scores, np.arange(3), LABEL)
    assert LABEL.chances(scores / found.temperature).max() == pytest.approx(4 / 5, abs=1e-2)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": np.ones(3, np.float32)},
        {"bias": np.ones(2, np.float32)},
        {"bias": np.array([0, np.nan, 0], np.float32)},
        {"temperature": 0.0},
        {"temperature": float("inf")},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_are_refused(changes):
    with pytest.raises(ShapeError):
        head(**changes)


@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_logistic_regression_is_that_of_scikit_learn(n_labels: int, sparse: bool):
    linear = pytest.importorskip("sklearn.linear_model", reason="needs lexloom[finetune]")
    draw = np.random.default_rng(3)
    vectors = (draw.standard_normal((300, 4)) * [1, 5, 0.1, 1] + [0, 3, 0, 1]).astype(np.float32)
    vectors[:, 3] = 1  # a number that never varies
    wanted = (vectors[:, :1] + draw.standard_normal((300, 1)) * 0.3)[:, 0]
    target = OneLabel([str(n) for n in range(n_labels)])
    true = np.digitize(wanted, np.linspace(-0.5, 0.5, n_labels + 1)[1:-1]).astype(np.int32)
    given = scipy.sparse.csr_matrix(vectors) if sparse else vectors
    found = learn_linear(
        (given[:200], true[:200]), (given[200:], true[200:]), target, balanced=False
    )
    assert found.weights.shape == (n_labels, 4)
    mean, deviation = vectors[:200].mean(0), vectors[:200].std(0)
    deviation[3] = 1
    scaled = given if sparse else (vectors - mean) / deviation
    surprises = {}
    for strength in (0.03, 0.3, 3.0, 30.0):
        machine = linear.LogisticRegression(C=strength, max_iter=2_000).fit(
            scaled[:200], true[:200]
        )
        theirs = machine.predict_proba(scaled[200:])
        surprises[strength] = (target.surprise(np.log(theirs), true[200:]), theirs)
    _, theirs = min(surprises.values(), key=lambda pair: pair[0])
    np.testing.assert_allclose(target.chances(found.scores(given[200:])), theirs, atol=1e-4)
