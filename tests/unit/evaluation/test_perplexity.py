"""Perplexity, and the mixture of two models."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.errors import ShapeError
from lexloom.evaluation.metrics.perplexity import best_weight, mixed, perplexity


def test_an_even_guess_among_n_has_perplexity_n():
    assert perplexity(np.log(np.full(7, 1 / 50))) == pytest.approx(50)
    assert perplexity(np.log([0.5, 0.125])) == pytest.approx(4)


def test_of_nothing_there_is_none():
    with pytest.raises(ShapeError, match=r"^expected the probability of at least one token"):
        perplexity(np.empty(0))


def test_a_mixture_mixes_probabilities():
    one, other = np.log([0.9, 0.2]), np.log([0.1, 0.4])
    assert np.exp(mixed(one, other, 0.25)) == pytest.approx([0.3, 0.35])
    assert np.array_equal(mixed(one, other, 1.0), one)
    assert np.array_equal(mixed(one, other, 0.0), other)


def test_no_weight_is_better_than_the_best():
    draw = np.random.default_rng(0)
    one, other = np.log(draw.random((2, 500)))
    best = best_weight(one, other)
    tried = [perplexity(mixed(one, other, w)) for w in np.linspace(0, 1, 201)]
    assert perplexity(mixed(one, other, best)) <= min(tried) + 1e-9
    assert best == pytest.approx(np.argmin(tried) / 200, abs=0.005)


def test_a_model_that_knows_all_the_better_takes_all():
    assert best_weight(np.log([0.9] * 9), np.log([0.1] * 9)) == pytest.approx(1.0)
