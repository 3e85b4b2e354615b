"""The matrices training begins with."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.errors import MissingWordError, SettingError, ShapeError
from lexloom.static.starting import begin
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.storing import digest
from lexloom.vectors.word_vectors import WordVectors

WORDS = Vocabulary(["a", "b", "c"], [5, 4, 3])


def given(**changes) -> WordVectors:
    matrix = np.arange(8, dtype=np.float32).reshape(2, 4)
    return WordVectors(
        ["c", "z"], matrix, **{"counts": [7, 6], "output_matrix": matrix + 1, **changes}
    )


def test_random_vectors_lie_evenly_within_half_a_width():
    start = begin(Vocabulary([f"w{i}" for i in range(5000)], [1] * 5000), 10, seed=1)
    assert start.inputs.dtype == start.outputs.dtype == np.float32
    assert np.abs(start.inputs).max() <= 0.05
    assert start.inputs.mean() == pytest.approx(0, abs=0.001)
    assert start.inputs.std() == pytest.approx(0.1 / 12**0.5, rel=0.02)
    assert not start.outputs.any()
    assert start.frozen.shape == (0,)


def test_the_seed_decides():
    one, same, other = (begin(WORDS, 4, seed).inputs for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_given_vectors_are_taken_over_and_their_words_come_behind():
    start = begin(WORDS, 4, 1, given(), ["z"])
    assert list(start.vocabulary.words) == ["a", "b", "c", "z"]
    assert start.vocabulary.counts is not None
    assert start.vocabulary.counts.tolist() == [5, 4, 3, 6]
    assert start.inputs[2:].tolist() == given().matrix.tolist()
    assert start.outputs.tolist() == [[0] * 4, [0] * 4, [1, 2, 3, 4], [5, 6, 7, 8]]
    assert start.frozen.tolist() == [0, 0, 0, 1]
    assert not begin(WORDS, 4, 1, given(), with_outputs=False).outputs.any()
    assert not begin(WORDS, 4, 1, given(output_matrix=None)).outputs.any()
    assert np.array_equal(start.inputs[:2], begin(WORDS, 4, 1, given()).inputs[:2])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (WORDS, 5, 1, given()),
            ShapeError,
            "the given vectors have width 4, training is set to 5.",
        ),
        ((WORDS, 4, 1, given(), "c"), SettingError, "frozen must be words, got a text."),
        ((WORDS, 4, 1, None, ["a"]), SettingError, "frozen words need vectors to keep, got none."),
        ((WORDS, 4, 1, given(), ["a"]), MissingWordError, "'a'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(error) as caught:
        begin(*arguments)
    assert message in caught.value.what


def test_a_digest_tells_words_and_numbers_apart():
    renamed = WordVectors(["c", "y"], given().matrix, output_matrix=given().output_matrix)
    moved = given(output_matrix=given().output_matrix + 1)
    digests = {digest(v) for v in (given(), renamed, moved, given(output_matrix=None))}
    assert len(digests) == 4
    assert digest(given(counts=[9, 8])) == digest(given())
