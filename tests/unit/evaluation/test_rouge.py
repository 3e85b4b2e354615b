"""ROUGE by hand, by a slow twin, and for Chinese, where it must not read 0."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.evaluation.metrics.rouge import Rouge, rouge_l, rouge_n


def test_the_example_of_the_paper():
    reference = ["police", "killed", "the", "gunman"]
    kill, gunman = ["police", "kill", "the", "gunman"], ["the", "gunman", "kill", "police"]
    assert rouge_l(kill, reference) == Rouge(0.75, 0.75)
    assert rouge_l(gunman, reference) == Rouge(0.5, 0.5)
    assert (
        rouge_n(kill, reference, 2).f1 == rouge_n(gunman, reference, 2).f1 == pytest.approx(1 / 3)
    )


def test_chinese_that_is_the_same_agrees_wholly():
    text = list("今天天气很好")
    for found in (rouge_n(text, text, 1), rouge_n(text, text, 2), rouge_l(text, text)):
        assert found.f1 == 1


def test_words_count_as_often_as_both_have_them():
    found = rouge_n(["the", "the", "the", "cat"], ["the", "cat", "sat", "the"], 1)
    assert (found.precision, found.recall) == (0.75, 0.75)
    assert rouge_n([], ["a"], 1).f1 == rouge_n(["a"], ["a"], 2).f1 == rouge_l([], []).f1 == 0


def slow_longest(one: str, other: str) -> int:
    @functools.cache
    def longest(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return 0
        if one[i - 1] == other[j - 1]:
            return longest(i - 1, j - 1) + 1
        return max(longest(i - 1, j), longest(i, j - 1))

    return longest(len(one), len(other))


@given(st.text("abc", min_size=1, max_size=12), st.text("abc", min_size=1, max_size=12))
def test_the_longest_common_run_is_that_of_the_slow_twin(one: str, other: str):
    assert rouge_l(one, other).recall * len(other) == pytest.approx(slow_longest(one, other))
