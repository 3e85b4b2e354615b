"""Rows of tags keep the rules, and are the best of those that do."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lexloom.evaluation.metrics.spans import spans_of
from lexloom.finetuning.tagging.tag_scheme import TagScheme, opened

BIO = TagScheme(["O", "B-A", "I-A", "B-B", "I-B"])
BIOES = TagScheme(["O", "B-A", "I-A", "E-A", "S-A"])
PARTS_OF_SPEECH = TagScheme(["NN", "VB", "DT"])


SPANS = {
    BIO: "O|B-A( I-A)*|B-B( I-B)*",
    BIOES: "O|S-A|B-A( I-A)* E-A",
    PARTS_OF_SPEECH: "NN|VB|DT",
}
"""What a row of tags is made of, as a pattern."""


def legal(scheme: TagScheme, *tags: str) -> bool:
    """The slow twin: a row that keeps the rules is one whole span after the other."""
    span = f"({SPANS[scheme]})"
    return not tags or re.fullmatch(f"{span}( {span})*", " ".join(tags)) is not None


def best(scheme: TagScheme, *tags: str) -> list[str]:
    """The best row where these tags are scored highest."""
    scores = np.array([[tag == one for one in scheme.tags] for tag in tags], np.float64)
    return [scheme.tags[number] for number in scheme.best(scores.reshape(-1, len(scheme.tags)))]


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
    assert legal(scheme, *tags) == is_legal == (best(scheme, *tags) == tags)


@given(
    scores=arrays(np.float64, st.tuples(st.integers(1, 5), st.just(5)), elements=st.floats(-9, 9)),
    scheme=st.sampled_from([BIO, BIOES]),
)
def test_the_best_row_is_that_of_trying_them_all(scores: np.ndarray, scheme: TagScheme):
    found = scheme.best(scores)
    assert legal(scheme, *(scheme.tags[number] for number in found))
    units = range(len(scores))
    rows = itertools.product(range(5), repeat=len(scores))
    kept = [list(row) for row in rows if legal(scheme, *(scheme.tags[n] for n in row))]
    most = max(scores[units, row].sum() for row in kept)
    assert scores[units, found].sum() == pytest.approx(most)


def test_without_rules_the_best_of_each_is_best():
    scores = np.array([[0, 1, 2], [3, 1, 0]])
    assert PARTS_OF_SPEECH.best(scores).tolist() == [2, 0]
    assert BIO.best(np.empty((0, 5))).tolist() == []
    assert not PARTS_OF_SPEECH.marks_spans and BIO.marks_spans and BIOES.marks_spans


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "I-B", "E-A", "S-A"])))
def test_spans_that_begin_otherwise_are_the_same_spans(tags: list[str]):
    made = opened(tags)
    assert spans_of(made) == spans_of(tags)
    assert all(one == other or (one[0], other[0]) == ("I", "B")
               for one, other in zip(tags, made, strict=True))  # fmt: skip
    assert opened(made) == made


def test_tags_without_a_beginning_and_those_between_neighbours_become_bio():
    assert opened(["I-A", "I-A", "O", "I-B"]) == ("B-A", "I-A", "O", "B-B")
    assert opened(["I-A", "B-A", "I-B"]) == ("B-A", "B-A", "B-B")
