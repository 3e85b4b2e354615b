"""Buckets of n-grams: the very ones of fastText and floret, told by those programs themselves."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reference import ngram_twins

from lexloom.errors import SettingError
from lexloom.vectors.ngrams import Ngrams

WORDS = ["the", "a", "é", "naïve", "中", "中国", "共和国", "🙂🙂", "🙂é中", "unseenword", "x" * 70]

OF_FASTTEXT = {
    "cat": [747, 973, 137, 31, 995, 106],
    "naïve": [890, 692, 190, 201, 546, 404, 43, 687, 832, 7, 331, 570, 548, 654],
    "中国": [257, 333, 843],
    "🙂é中": [797, 340, 630, 502, 528, 466],
    "</s>": [],
}
"""What ``get_subwords`` of fastText 0.9.2 gives for 3 to 6 characters and 1,000 buckets."""

OF_FLORET = {
    "a": [305, 305],
    "cat": [587, 102, 821, 587, 861, 326, 173],
    "共和国": [338, 576, 419, 338, 615, 110, 21],
    "🙂é中": [601, 243, 107, 601, 46, 920, 366],
}
"""What ``get_subwords`` of floret 0.10.5 gives for one hash."""

OF_FLORET_WITH_FOUR = [587, 415, 948, 176, 102, 46, 909, 916, 821, 654, 840, 446, 587, 415]
"""The same for ``cat`` and four hashes, the first of 28."""


def test_buckets_are_those_of_fasttext():
    ngrams = Ngrams(buckets=1000)
    for word, expected in OF_FASTTEXT.items():
        assert ngrams.buckets_of([word])[0].tolist() == expected
    together, begins = ngrams.buckets_of(list(OF_FASTTEXT))
    assert together.tolist() == [bucket for some in OF_FASTTEXT.values() for bucket in some]
    assert np.diff(begins).tolist() == [len(some) for some in OF_FASTTEXT.values()]


def test_buckets_are_those_of_floret():
    for word, expected in OF_FLORET.items():
        assert Ngrams(buckets=1000, hashes=1).buckets_of([word])[0].tolist() == expected
    found = Ngrams(buckets=1000, hashes=4).buckets_of(["cat"])[0]
    assert len(found) == 28 and found[:14].tolist() == OF_FLORET_WITH_FOUR


def test_no_words_have_no_buckets():
    buckets, begins = Ngrams().buckets_of([])
    assert (len(buckets), begins.tolist()) == (0, [0])


def test_lengths_must_be_in_order():
    with pytest.raises(SettingError) as caught:
        Ngrams(min_n=4, max_n=3)
    assert str(caught.value) == "min_n must be at most max_n, got min_n=4 and max_n=3."


@pytest.mark.parametrize("lengths", [(1, 1), (1, 3), (2, 2), (3, 6), (5, 9)])
@pytest.mark.parametrize("hashes", [0, 1, 3, 4])
def test_buckets_are_those_of_the_twin(lengths: tuple[int, int], hashes: int):
    ngrams = Ngrams(min_n=lengths[0], max_n=lengths[1], buckets=1000, hashes=hashes)
    buckets, begins = ngrams.buckets_of(WORDS)
    for i, word in enumerate(WORDS):
        expected = ngram_twins.buckets(word, *lengths, 1000, hashes)
        assert buckets[begins[i] : begins[i + 1]].tolist() == expected
