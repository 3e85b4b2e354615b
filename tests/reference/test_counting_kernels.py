"""The kernels that count neighbours give what their slow twins give."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import counting_twins

from lexloom.kernels.sparse import multiply_rows
from lexloom.static import cooccurrence_matrix
from lexloom.static.cooccurrence_matrix import count_matrix, distance_weights
from lexloom.static.svd import positive_pmi
from lexloom.text.corpus import Corpus

sentences = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=9), min_size=1, max_size=9)


def corpus_of(lines: list[list[int]]) -> Corpus:
    return Corpus.from_sentences([[f"w{i}" for i in line] for line in lines], min_count=1)


def expected_of(corpus: Corpus, weights: np.ndarray) -> np.ndarray:
    ids = [corpus.vocabulary.ids(sentence).tolist() for sentence in corpus]
    return counting_twins.cooccurrences(ids, len(corpus.vocabulary), weights)


@settings(max_examples=40)
@given(sentences, st.sampled_from(["dynamic", "harmonic", "flat"]), st.integers(1, 12))
def test_neighbours_are_counted_within_sentences(lines, distances, window):
    corpus, weights = corpus_of(lines), distance_weights(window, distances)
    found = count_matrix(corpus, weights, threads=1)
    assert found.dtype == np.float32 and found.has_canonical_format
    assert found.toarray() == pytest.approx(expected_of(corpus, weights), rel=1e-6)


@pytest.mark.parametrize("threads", [1, 3])
def test_portions_batches_and_threads_change_nothing(monkeypatch, threads):
    draw = np.random.default_rng(0)
    lines = [draw.zipf(1.5, draw.integers(1, 20)) % 30 for _ in range(200)]
    corpus, weights = corpus_of([line.tolist() for line in lines]), distance_weights(4, "harmonic")
    updates = []
    monkeypatch.setattr(cooccurrence_matrix, "_WORDS_AT_ONCE", 100)
    monkeypatch.setattr(cooccurrence_matrix, "_NEIGHBOURS_AT_ONCE", 40)
    found = count_matrix(corpus, weights, threads=threads, on_progress=updates.append)
    assert found.toarray() == pytest.approx(expected_of(corpus, weights), rel=1e-5)
    assert updates[-1].done == updates[-1].total == corpus.n_words
    assert len(updates) > 50


@settings(max_examples=40)
@given(sentences, st.sampled_from([0.0, 0.75, 1.0]), st.sampled_from([0.5, 1.0, 5.0]))
def test_association_is_the_formula(lines, exponent, shift):
    corpus, weights = corpus_of(lines), distance_weights(3, "flat")
    expected = counting_twins.positive_pmi(expected_of(corpus, weights) + 0.0, exponent, shift)
    counts = count_matrix(corpus, weights, threads=1)
    if counts.nnz:
        found = positive_pmi(counts, exponent, shift)
        assert found.toarray() == pytest.approx(expected, abs=1e-5)
        assert (found.data > 0).all()


def test_weights_of_distances():
    assert distance_weights(4, "dynamic").tolist() == [1.0, 0.75, 0.5, 0.25]
    assert distance_weights(4, "harmonic").tolist() == [1.0, 1 / 2, 1 / 3, 1 / 4]
    assert distance_weights(2, "flat").tolist() == [1.0, 1.0]


@pytest.mark.parametrize("width", [1, 7, 32])
@pytest.mark.parametrize("density", [0.0, 0.05, 0.6])
def test_products_are_those_of_the_dense_matrices(width, density):
    draw = np.random.default_rng(0)
    sparse = scipy.sparse.random(50, 40, density, "csr", np.float32, rng=draw)
    dense = draw.standard_normal((40, width)).astype(np.float32)
    product = np.full((50, width), 9, np.float32)
    multiply_rows(sparse.indptr, sparse.indices, sparse.data, dense, (3, 50), product)
    assert product[3:] == pytest.approx((sparse.toarray() @ dense)[3:], abs=1e-5)
    assert (product[:3] == 9).all()
