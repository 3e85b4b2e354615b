"""FastText's kernels against twins: words of several rows, composed, trained and taken apart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reference.test_word2vec_kernels import N_WORDS, Task, assert_same, groups, read_only

from lexloom.kernels import passages

N_ROWS = 90


class ComposedTask(Task):
    """The same, where a word is made of one to nine rows, some of them twice."""

    def __init__(self, name, objective, width, **more):
        super().__init__(name, objective, width, **more)
        generator = np.random.default_rng(1)
        lengths = generator.integers(1, 10, N_WORDS)
        rows = generator.integers(0, N_ROWS, lengths.sum()).astype(np.int32)
        begins = np.concatenate([[0], np.cumsum(lengths)])
        self.pieces = passages.Pieces(read_only(rows), read_only(begins))
        self.made_of = np.zeros((N_WORDS, N_ROWS))
        np.add.at(self.made_of, (np.repeat(np.arange(N_WORDS), lengths), rows), 1.0)
        self.inputs = generator.standard_normal((N_ROWS, width)).astype(np.float32)
        self.inputs /= np.float32(width**0.5)

    def passage(self, sizes, n_blocks):
        most = n_blocks * (sizes.block + 2 * sizes.window)
        return passages.empty_passage(self.pieces, most, self.inputs.shape[1], False)

    def expected(self, block, n_slots=0):
        """Train by the twin: Bojanowski et al. 2017, section 3.2, a passage at a time.

        Freely a passage is two blocks of a span, one after the other; in order it is a round.
        """
        rows, outputs = self.inputs.astype(np.float64), self.outputs.astype(np.float64)
        spans = list(self.blocks_of_spans(block))
        report = np.array([0.0, 0.0, len(self.ids)])
        if n_slots:
            parts = [[some] for some in groups([one for span in spans for one in span], n_slots)]
        else:
            parts = [groups(part, 1) for span in spans for part in groups(span, 2)]
        for part in parts:
            before = words = self.made_of @ rows / self.made_of.sum(axis=1, keepdims=True)
            for some in part:
                words, outputs = self.after(some, words, outputs, report)
            rows = rows + self.made_of.T @ (words - before)
        return rows, outputs, report


@pytest.mark.parametrize("name", ["negative_sampling", "hierarchical_softmax"])
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
@pytest.mark.parametrize("width", [1, 20])
def test_passages_change_the_rows_as_the_twin_does(name, objective, width):
    for window, block in ((1, 4), (3, 8)):
        task = ComposedTask(name, objective, width, window=window)
        assert_same(task.trained(block), task.expected(block))


@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
def test_rounds_change_the_rows_as_the_twin_does_on_any_threads(objective):
    task = ComposedTask("negative_sampling", objective, 20, n_sentences=9)
    alone = task.trained(4, n_slots=3)
    assert_same(alone, task.expected(4, n_slots=3))
    for n_threads in (2, 3, 4):
        together = task.trained(4, n_slots=3, n_threads=n_threads)
        assert all(np.array_equal(*pair) for pair in zip(alone[:2], together[:2], strict=True))


def test_average_rows():
    task = ComposedTask("negative_sampling", "cbow", 7)
    vectors = np.empty((N_WORDS, 7), np.float32)
    passages.average_rows(task.inputs, task.pieces, vectors)
    shares = task.made_of / task.made_of.sum(axis=1, keepdims=True)
    assert vectors == pytest.approx(shares @ task.inputs, abs=1e-6)
