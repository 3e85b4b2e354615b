"""A warning names the line of the program that called, not one of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lexloom


def test_a_warning_names_the_line_that_called(tmp_path: Path):
    given: list[Any] = [("good room", "a"), ("", "a"), ("bad food", "b")] * 4
    corpus = lexloom.Corpus.from_texts(["good bad room food"] * 4, language="en", min_count=1)
    lexloom.BagOfWords().fit(corpus, out=tmp_path / "bag")
    with pytest.warns(UserWarning, match="4 texts of train are empty") as told:
        lexloom.TextClassifier(model=str(tmp_path / "bag")).fit(given, given[:3])
    assert {Path(each.filename) for each in told} == {Path(__file__)}


def test_so_does_one_behind_a_decorator():
    corpus = lexloom.Corpus.from_texts(["apple pear apples pears"] * 9, language="en", min_count=1)
    vectors = lexloom.FastText(width=8, epochs=1, threads=1).fit(corpus)
    with pytest.warns(UserWarning, match="has a row") as told:
        vectors.similarity("🍎", "apple")
    assert [Path(each.filename) for each in told] == [Path(__file__)]
