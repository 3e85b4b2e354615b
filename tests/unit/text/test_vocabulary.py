"""Words, ids and counts."""

import numpy as np
import pyarrow as pa
import pytest

from lexloom.errors import FormatError, MissingWordError, SettingError, ShapeError
from lexloom.text.vocabulary import Vocabulary


@pytest.fixture
def vocabulary():
    return Vocabulary(["the", "苹果", "Apple", "apples", "</s>"], [9, 5, 3, 2, 1])


def test_words_ids_and_counts(vocabulary):
    assert len(vocabulary) == 5
    assert vocabulary.id("苹果") == 1
    assert vocabulary.word(2) == "Apple"
    assert "</s>" in vocabulary and "apple" not in vocabulary
    assert vocabulary.ids(["apples", "no", "the"]).tolist() == [3, -1, 0]
    assert vocabulary.ids([]).dtype == np.int32
    assert vocabulary.words == ["the", "苹果", "Apple", "apples", "</s>"]
    assert vocabulary.words[1:3] == ["苹果", "Apple"]
    assert vocabulary.words[-1] == "</s>"
    with pytest.raises(IndexError):
        vocabulary.words[5]
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.counts[0] = 1


def test_missing_word_names_nearest_spellings(vocabulary):
    with pytest.raises(
        MissingWordError, match=r"'apple' is not among the 5 words\. .*Apple, apples"
    ):
        vocabulary.id("apple")
    with pytest.raises(MissingWordError):
        vocabulary.id("")


def test_table_round_trip(vocabulary):
    again = Vocabulary.from_table(vocabulary.table())
    assert again == vocabulary
    assert Vocabulary(vocabulary.words).counts is None
    with pytest.raises(FormatError, match="column 'word'"):
        Vocabulary.from_table(pa.table({"x": [1]}))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "a"], "more than once"),
        (["a", ""], "word 1 is empty"),
        (["a\0"], "NUL"),
        (["a", None], "None"),
        (["\ud800"], "UTF-8"),
        ([1], "str"),
        ("abc", "one str"),
    ],
)
def test_what_is_no_word(words, message):
    with pytest.raises(SettingError, match=message):
        Vocabulary(words)


def test_counts_must_fit():
    with pytest.raises(ShapeError, match="each of 1 words"):
        Vocabulary(["a"], [1, 2])


def test_all_missing_words_are_named_at_once(vocabulary):
    known = list(vocabulary)
    vocabulary.require(known)
    with pytest.raises(MissingWordError, match=r"'zq' is not among the"):
        vocabulary.require([known[0], "zq", "zq"])
    with pytest.raises(MissingWordError) as caught:
        vocabulary.require([*known, *(f"{n}zq" for n in range(12))])
    assert caught.value.what.startswith("'0zq', '1zq', ")
    assert "'11zq' are not among the" in caught.value.what
