"""Rows of tags keep the rules, and are the best of those that do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lexloom.finetuning.tagging.tag_scheme import TagScheme

BIO = TagScheme(["O", "B-A", "I-A", "B-B", "I-B"])
BIOES = TagScheme(["O", "B-A", "I-A", "E-A", "S-A"])
PARTS_OF_SPEECH = TagScheme(["NN", "VB", "DT"])


def legal(scheme: TagScheme, *tags: str) -> bool:
    return scheme.is_legal(np.array([scheme.tags.index(tag) for tag in tags], np.int32))


@pytest.mark.parametrize(
    ("scheme", "tags", "is_legal"),
    [
        (BIO, ["B-A", "I-A", "O", "B-B"], True),
        (BIO, ["B-A", "B-A", "I-A"], True),
        (BIO, ["I-A"], False),
        (BIO, ["O", "I-A"], False),
        (BIO, ["B-A", "I-B"], False),
        (BIOES, ["S-A", "B-A", "E-A", "O"], True),
        (BIOES, ["B-A", "I-A", "I-A", "E-A"], True),
        (BIOES, ["B-A"], False),
        (BIOES, ["B-A", "O"], False),
        (BIOES, ["B-A", "S-A"], False),
        (BIOES, ["E-A"], False),
        (BIOES, ["S-A", "I-A"], False),
        (PARTS_OF_SPEECH, ["VB", "VB", "DT"], True),
        (BIO, [], True),
    ],
)
def test_the_rules(scheme: TagScheme, tags: list[str], is_legal: bool):
    assert legal(scheme, *tags) == is_legal


@given(
    scores=arrays(np.float64, st.tuples(st.integers(1, 5), st.just(5)), elements=st.floats(-9, 9)),
    scheme=st.sampled_from([BIO, BIOES]),
)
def test_the_best_row_is_that_of_trying_them_all(scores: np.ndarray, scheme: TagScheme):
    found = scheme.best(scores)
    assert scheme.is_legal(found)
    units = range(len(scores))
    rows = (np.array(row) for row in itertools.product(range(5), repeat=len(scores)))
    most = max(scores[units, row].sum() for row in rows if scheme.is_legal(row))
    assert scores[units, found].sum() == pytest.approx(most)


def test_without_rules_the_best_of_each_is_best():
    scores = np.array([[0, 1, 2], [3, 1, 0]])
    assert PARTS_OF_SPEECH.best(scores).tolist() == [2, 0]
    assert BIO.best(np.empty((0, 5))).tolist() == []
    assert not PARTS_OF_SPEECH.marks_spans and BIO.marks_spans and BIOES.marks_spans
