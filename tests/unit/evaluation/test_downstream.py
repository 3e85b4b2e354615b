"""Probes on texts whose labels can be read off, and on texts where they cannot."""

import json
import sys

import numpy as np
import pytest
import scipy.sparse

from lexloom.errors import MissingExtraError, SettingError
from lexloom.evaluation.downstream import probe_embedder, split_in_runs
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.vectors.word_vectors import WordVectors


def texts(n: int, seed: int) -> LabelledTexts:
    draw = np.random.default_rng(seed)
    labels = draw.choice(["good", "bad"], n, p=[0.6, 0.4])
    words = {"good": ["fine", "great", "the"], "bad": ["poor", "awful", "the"]}
    made = tuple(" ".join(draw.choice(words[label], 4)) for label in labels)
    return LabelledTexts(made, tuple(map(str, labels)))


VECTORS = WordVectors(
    ["the", "fine", "great", "poor", "awful"],
    np.array([[0, 0.1], [1, 0], [1, 0.1], [-1, 0], [-1, 0.1]], np.float32),
)


class Sparse:
    """Gives the same vectors as a sparse matrix."""

    @staticmethod
    def embed_texts(texts):
        return scipy.sparse.csr_matrix(VECTORS.embed_texts(texts))


@pytest.mark.parametrize("embedder", [VECTORS, Sparse], ids=["dense", "sparse"])
def test_a_probe_reads_labels_far_above_the_majority(embedder):
    train, test = texts(300, 0), texts(150, 1)
    result = probe_embedder(embedder, train, test)
    assert result.accuracy.low > 0.85 > result.majority
    assert result.majority == test.labels.count("good") / 150
    assert (result.classes, result.n_train, result.n_test) == (("bad", "good"), 300, 150)
    json.dumps(result.as_dict(), allow_nan=False)


def test_what_cannot_be_learnt_is_refused():
    one = LabelledTexts(("fine", "great"), ("good", "good"))
    with pytest.raises(SettingError, match="got 1 and 2"):
        probe_embedder(VECTORS, one, one)
    with pytest.raises(SettingError, match="got 2 texts and 0 labels"):
        LabelledTexts(("a", "b"), ())
    with pytest.raises(SettingError, match="needs one row, got 1 texts and 2 rows"):
        LabelledTexts(("a",), ("b",), (1, 2))


def test_texts_know_their_rows():
    three = LabelledTexts(("a", "b", "c"), ("x", "y", "z"))
    assert list(three.rows) == [1, 2, 3]
    fewer = three.take(np.array([2, 0], np.int32))
    assert (fewer.texts, list(fewer.rows)) == (("c", "a"), [3, 1])
    assert fewer.take(np.array([1], np.int32)).rows == (1,)


def test_without_scikit_learn_the_command_is_given(monkeypatch):
    for name in ["sklearn", *(name for name in sys.modules if name.startswith("sklearn."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexloom\[demo\]'"):
        probe_embedder(VECTORS, texts(9, 0), texts(9, 1))


def test_runs_of_neighbours_stay_together():
    stay, held_out = split_in_runs(103, share=0.2, run=10, seed=1)
    assert sorted([*stay, *held_out]) == list(range(103))
    assert not {row // 10 for row in stay} & {row // 10 for row in held_out}
    assert np.array_equal(split_in_runs(103, share=0.2, run=10, seed=1)[1], held_out)
    with pytest.raises(SettingError, match="share must be between 0 and 1"):
        split_in_runs(10, share=1.0, run=1, seed=1)
