"""The kernel that learns what texts are called does what its slow twin does."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from tests.reference import labelling_twins as twins

from lexloom.kernels.labelling import EACH, NUMBER, ONE, learn_labels

KINDS = {"label": ONE, "labels": EACH, "number": NUMBER}


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_learned_as_the_twin_learns(kind: str):
    draw = np.random.default_rng(1)
    sparse = scipy.sparse.random(30, 20, 0.2, "csr", np.float32, rng=draw)
    n_labels = 1 if kind == "number" else 4
    model = {
        "table": draw.standard_normal((20, 9)),
        "layer": draw.standard_normal((n_labels, 9)),
        "bias": draw.standard_normal(n_labels),
    }
    wanted = {
        "label": np.eye(4)[draw.integers(0, 4, 30)] * 0.9 + 0.025,
        "labels": (draw.random((30, 4)) < 0.4).astype(float),
        "number": draw.standard_normal((30, 1)),
    }[kind]
    importance = draw.random(n_labels) + 0.5
    fast = {name: array.astype(np.float32) for name, array in model.items()}
    order = draw.permutation(30)[:25].astype(np.int32)
    loss = learn_labels(
        sparse.indptr, sparse.indices, sparse.data, wanted.astype(np.float32),
        importance.astype(np.float32), order, *fast.values(), (0.02, 0.01), KINDS[kind],
    )  # fmt: skip
    before = {name: array.copy() for name, array in model.items()}
    expected = twins.learn_labels(
        sparse.toarray(), wanted, importance, order, model, (0.02, 0.01), kind
    )
    assert loss == pytest.approx(expected, rel=1e-4)
    for name, array in model.items():
        assert fast[name] == pytest.approx(array, abs=1e-3), name
        assert np.abs(array - before[name]).max() > 1e-3, name
