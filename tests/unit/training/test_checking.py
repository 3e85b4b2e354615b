"""What is said of a corpus that is no running text."""

from __future__ import annotations

import pytest

from lexloom import Corpus
from lexloom.training.checking import warn_of_gaps

TEXTS = ["A cat, a dog.", "A cat!"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "less than 5 times and where punctuation stood. Build it with --min-count 1 "
             "--punctuation (min_count=1, punctuation=True)"),
        ({"min_count": 1}, "gaps where punctuation stood. Build it with --punctuation ("),
        ({"punctuation": True}, "less than 5 times. Build it with --min-count 1 (min_count=1)"),
        ({"min_count": 1, "punctuation": True}, ""),
        ({"min_count": 1, "language": "spaces"}, ""),
        ({"min_count": 1, "language": None, "pattern": r"\S+"}, ""),
    ],
    ids=str,
)  # fmt: skip
def test_gaps_are_told_with_what_leaves_none(
    options: dict, told: str, caplog: pytest.LogCaptureFixture
):
    asked = {name: value for name, value in {"language": "en", **options}.items() if value}
    warn_of_gaps(Corpus.from_texts(TEXTS * 3, **asked), marks=True)
    assert told in caplog.text and bool(told) == bool(caplog.text)
    caplog.clear()
    warn_of_gaps(Corpus.from_texts(TEXTS * 3, **asked))
    assert "punctuation" not in caplog.text


def test_words_that_came_as_lists_miss_no_punctuation(caplog: pytest.LogCaptureFixture):
    warn_of_gaps(Corpus.from_sentences([["a", "cat"]] * 5), marks=True)
    assert "punctuation" not in caplog.text
