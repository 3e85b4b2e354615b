"""The decomposition finds what NumPy finds, and the settings of `SVD` do what they say."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from tests.contracts import planted

from lexloom.errors import FormatError
from lexloom.static import decomposing
from lexloom.static.decomposing import decompose
from lexloom.static.svd import SVD
from lexloom.text.corpus import Corpus


def sparse(n_rows: int, n_columns: int, rank: int, seed: int = 0) -> scipy.sparse.csr_matrix:
    """A matrix of a rank whose singular values fall, half of its rows empty."""
    draw = np.random.default_rng(seed)
    left, right = draw.standard_normal((n_rows, rank)), draw.standard_normal((rank, n_columns))
    whole = (left * 0.7 ** np.arange(rank)) @ right
    whole[::2] = 0
    return scipy.sparse.csr_matrix(whole.astype(np.float32))


def test_it_finds_the_largest_singular_vectors():
    matrix = sparse(300, 200, 60)
    found = decompose(matrix, 10, iterations=4, seed=1, threads=2)
    left, values, right = np.linalg.svd(matrix.toarray())
    assert found.values == pytest.approx(values[:10], rel=1e-4)
    for mine, theirs in ((found.left, left[:, :10]), (found.right, right[:10].T)):
        assert mine.dtype == np.float32
        assert np.abs((mine * theirs).sum(axis=0)) == pytest.approx(np.ones(10), abs=1e-3)
        assert mine.T @ mine == pytest.approx(np.eye(10), abs=1e-4)
    assert (found.left[np.abs(found.left).argmax(axis=0), np.arange(10)] > 0).all()


def test_more_iterations_come_nearer():
    draw = np.random.default_rng(0)
    matrix = scipy.sparse.csr_matrix(draw.random((400, 400)).astype(np.float32))
    exact = np.linalg.svd(matrix.toarray(), compute_uv=False)[:5]
    off = [
        np.abs(decompose(matrix, 5, iterations=n, seed=1, threads=1).values - exact).max()
        for n in (0, 2, 8)
    ]
    assert off[0] > off[1] > off[2]


@pytest.mark.parametrize("rank", [1, 3])
def test_a_low_rank_gives_fewer_vectors(rank: int):
    matrix = sparse(50, 40, rank)
    found = decompose(matrix, 10, iterations=2, seed=1, threads=1)
    assert len(found.values) == found.left.shape[1] == found.right.shape[1] == rank
    whole = (found.left * found.values) @ found.right.T
    assert whole == pytest.approx(matrix.toarray(), abs=1e-4)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decomposing, "_ROWS_AT_ONCE", 7)
    one, three = (SVD(width=8, threads=n).fit(planted.language()).matrix for n in (1, 3))
    assert np.array_equal(one, three)


def test_singular_values_weigh_directions():
    raw, none, half = (
        SVD(width=6, value_power=power).fit(planted.language()) for power in (1.0, 0.0, 0.5)
    )
    lengths = np.linalg.norm(raw.matrix, axis=0)
    assert lengths[0] == pytest.approx(raw.metrics["largest_value"], rel=1e-4)
    assert lengths[-1] == pytest.approx(raw.metrics["smallest_value"], rel=1e-4)
    assert np.linalg.norm(none.matrix, axis=0) == pytest.approx(np.ones(6), abs=1e-4)
    assert np.linalg.norm(half.matrix, axis=0) == pytest.approx(lengths**0.5, rel=1e-3)


def test_contexts_are_added():
    plain, both = (
        SVD(width=6, add_contexts=added, context_exponent=1.0).fit(planted.language())
        for added in (False, True)
    )
    # The matrix is symmetric then: contexts are words, but for the sign of their direction.
    ratio = np.linalg.norm(both.matrix, axis=0) / np.linalg.norm(plain.matrix, axis=0)
    assert (np.isclose(ratio, 2, atol=1e-2) | np.isclose(ratio, 0, atol=1e-2)).all()
    assert ratio[0] == pytest.approx(2, abs=1e-2)


def test_widths_beyond_the_rank_are_filled_with_zeros():
    vectors = SVD(width=9).fit(Corpus.from_sentences([["a", "b", "c"]] * 5, min_count=1))
    assert vectors.matrix.shape == (3, 9)
    assert not vectors.matrix[:, 3:].any()


def test_a_text_in_which_nothing_stands_out_is_refused():
    corpus = Corpus.from_sentences([["a", "b"]] * 5, min_count=1)
    with pytest.raises(FormatError) as caught:
        SVD(shift=50.0).fit(corpus)
    assert str(caught.value) == (
        "no pair of words stands together more often than by chance. "
        "Give more text, or a lower shift."
    )
