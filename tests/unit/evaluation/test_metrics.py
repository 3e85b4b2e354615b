"""Correlations and intervals, against scipy and against what is known by hand."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from tests.reference.evaluation_twins import spearman_of_repeated

from lexloom.errors import ShapeError
from lexloom.evaluation.metrics import clustering, correlation, intervals

WITH_TIES = st.lists(
    st.tuples(st.integers(-3, 3).map(float), st.integers(0, 5).map(float)), min_size=3, max_size=40
)


@given(WITH_TIES)
def test_correlations_are_scipys_with_ties_too(points):
    x, y = np.array(points).T
    constant = np.ptp(x) == 0 or np.ptp(y) == 0
    for ours, theirs in (
        (correlation.spearman, scipy.stats.spearmanr),
        (correlation.pearson, scipy.stats.pearsonr),
    ):
        if constant:
            assert ours(x, y) is None
        else:
            assert ours(x, y) == pytest.approx(theirs(x, y).statistic, abs=1e-12)
    assert correlation.average_ranks(x) == pytest.approx(scipy.stats.rankdata(x))


def test_a_weighted_rank_correlation_counts_pairs_as_if_written_out():
    draw = np.random.default_rng(3)
    x, y = draw.integers(0, 6, 20).astype(float), draw.normal(size=20).round(1)
    weights = draw.integers(0, 4, (50, 20))
    expected = [spearman_of_repeated(x, y, row) for row in weights]
    assert correlation.weighted_spearman(x, y, weights) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [4.0, 4.0, 4.0]])
def test_too_little_says_nothing(values):
    assert correlation.spearman(values, range(len(values))) is None
    assert intervals.pearson(values, range(len(values))) == intervals.Estimate(None)


def test_huge_numbers_do_not_overflow():
    assert correlation.pearson([1e308, -1e308, 0.0], [1, -1, 0]) == pytest.approx(1.0)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match=r"shapes \(2,\) and \(3,\)"):
        correlation.pearson([1, 2], [1, 2, 3])


def test_the_interval_is_scipys_percentile_bootstrap():
    draw = np.random.default_rng(0)
    x = draw.normal(size=300).round(1)
    y = x + draw.normal(size=300)
    ours = intervals.spearman(x, y, resamples=4_000)
    theirs = scipy.stats.bootstrap(
        (x, y),
        lambda a, b: scipy.stats.spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=1_000,
        method="percentile",
        rng=1,
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=0.01)


def test_intervals_cover_the_truth_about_95_times_in_100():
    truth, n = 0.3, 200
    draw = np.random.default_rng(5)
    right = draw.binomial(n, truth, 400)
    covered = [
        figure.low <= truth <= figure.high
        for figure in (intervals.proportion(int(k), n, resamples=1_000) for k in right)
    ]
    assert 0.91 <= np.mean(covered) <= 0.98


def test_a_mean_of_one_has_no_interval_and_of_none_no_value():
    assert intervals.mean([0.5]) == intervals.Estimate(0.5)
    assert intervals.mean([]) == intervals.Estimate(None)


def test_all_right_leaves_room_for_doubt_below():
    figure = intervals.proportion(10, 10)
    assert (figure.value, figure.high) == (1.0, 1.0)
    assert figure.low == pytest.approx(scipy.stats.binomtest(10, 10).proportion_ci().low)
    none = intervals.proportion(0, 10)
    assert none.high == pytest.approx(1 - figure.low)


def test_the_same_seed_gives_the_same_interval():
    x, y = [1, 2, 3, 4, 5], [2, 1, 4, 3, 5]
    assert intervals.spearman(x, y, seed=2) == intervals.spearman(x, y, seed=2)
    assert intervals.proportion(3, 9, seed=2) == intervals.proportion(3, 9, seed=2)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (intervals.Estimate(None), "unknown"),
        (intervals.Estimate(0.5), "0.500"),
        (intervals.Estimate(0.5, 0.25, 0.75), "0.500 [0.250, 0.750]"),
    ],
)
def test_figures_are_written_with_their_interval(figure, text):
    assert str(figure) == text


def test_clusters_find_groups_that_lie_apart():
    draw = np.random.default_rng(0)
    centres = np.eye(4, 9)
    classes = draw.permutation(np.repeat(np.arange(4), 25))
    points = centres[classes] + draw.normal(0, 0.05, (100, 9))
    unit = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    groups = clustering.clusters(unit, 4)
    assert clustering.pure(groups, classes) == 100
    assert np.array_equal(groups, clustering.clusters(unit, 4))
    assert clustering.pure(groups, draw.permutation(classes)) < 60


def test_purity_counts_the_most_frequent_class_of_each_group():
    assert clustering.pure([0, 0, 0, 1, 1, 2], [3, 3, 1, 1, 1, 0]) == 5
    assert clustering.pure([], []) == 0


@pytest.mark.parametrize(
    ("groups", "classes", "expected"),
    [
        ([0, 0, 1, 1], [1, 1, 0, 0], (1, 1, 1)),
        ([0, 0, 0, 0], [0, 0, 1, 1], (0, 1, 0)),
        ([0, 1, 2, 3], [0, 0, 1, 1], (1, 0.5, 2 / 3)),
        ([0, 0, 1, 1], [0, 1, 0, 1], (0, 0, 0)),
        ([0, 0], [0, 0], (1, 1, 1)),
        ([], [], (1, 1, 1)),
    ],
)
def test_v_measure_is_that_of_the_paper(groups, classes, expected):
    assert clustering.v_measure(groups, classes) == pytest.approx(expected, abs=1e-12)


def test_v_measure_agrees_with_another():
    metrics = pytest.importorskip("sklearn.metrics", reason="needs lexloom[demo]")
    draw = np.random.default_rng(1)
    for _ in range(20):
        groups, classes = draw.integers(0, 4, 50), draw.integers(0, 3, 50)
        expected = metrics.homogeneity_completeness_v_measure(classes, groups)
        assert clustering.v_measure(groups, classes) == pytest.approx(expected, abs=1e-9)
