"""Projections: repeatable, and calm about NaN, few points and duplicates."""

import importlib.util

import numpy as np
import pytest

from lexloom.errors import MissingExtraError, ShapeError
from lexloom.reporting.projecting import project


def cloud(n: int, width: int = 8) -> np.ndarray:
    return np.random.default_rng(n).standard_normal((n, width)).astype(np.float32)


def test_pca_keeps_the_widest_directions():
    line = np.outer(np.linspace(-1, 1, 20), [3, 0, 0]) + np.outer(np.arange(20) % 2, [0, 0.1, 0])
    flat = project(line, method="pca")
    assert flat.method == "pca"
    assert abs(np.corrcoef(flat.positions[:, 0], line[:, 0])[0, 1]) > 0.999
    assert np.abs(flat.positions).max() == pytest.approx(1.0)


def test_tsne_keeps_clusters_apart_and_repeats():
    near = np.concatenate([cloud(30) * 0.1 + 5, cloud(31) * 0.1 - 5])
    flat = project(near)
    assert flat.method == "t-sne"
    gap = np.linalg.norm(flat.positions[:30].mean(0) - flat.positions[30:].mean(0))
    assert gap > flat.positions[:30].std()
    assert np.array_equal(flat.positions, project(near).positions)


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_few_points_fall_back_to_pca_and_say_so(n):
    flat = project(cloud(n))
    assert flat.positions.shape == (n, 2)
    assert np.isfinite(flat.positions).all()
    assert flat.notes == (f"t-SNE needs 5 different points, got {n}: shown by PCA.",)


def test_five_points_are_enough_for_tsne():
    flat = project(cloud(5))
    assert (flat.method, flat.notes) == ("t-sne", ())
    assert np.isfinite(flat.positions).all()


def test_points_that_are_not_finite_are_left_out():
    points = cloud(12)
    points[3, 1], points[7, 0] = np.nan, np.inf
    flat = project(points)
    assert flat.rows.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]
    assert flat.notes == ("2 points are not finite and were left out.",)
    assert np.isfinite(flat.positions).all()


def test_equal_points_share_a_place():
    points = np.repeat(cloud(6), 3, axis=0)
    flat = project(points)
    assert np.array_equal(flat.positions[0], flat.positions[2])
    assert flat.notes == ("12 points share their place with an equal one.",)
    same = project(np.ones((40, 3), np.float32))
    assert not same.positions.any()


def test_one_dimension_lies_on_a_line():
    assert not project(cloud(10, 1), method="pca").positions[:, 1].any()


def test_without_scikit_learn(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "sklearn" else find(name)
    )
    assert project(cloud(9)).notes == ("scikit-learn is not installed: shown by PCA.",)
    with pytest.raises(MissingExtraError, match=r"t-SNE needs scikit-learn\. pip install"):
        project(cloud(9), method="t-sne")


def test_a_list_is_no_matrix():
    with pytest.raises(ShapeError, match=r"expected a matrix \(N, D\), got shape \(3,\)"):
        project(np.zeros(3))
