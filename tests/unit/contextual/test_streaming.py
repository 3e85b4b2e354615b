"""Embedding into a folder: bounded, interrupted and gone on with, the same in the end."""

from __future__ import annotations

import numpy as np
import pytest

import lexloom
from lexloom.contextual import streaming
from lexloom.contextual.streaming import embed_into
from lexloom.errors import SettingError, StorageError
from lexloom.training.signals import Interrupted
from lexloom.vectors.word_vectors import WordVectors

TEXTS = ["the cat", "", "a cat sat", "no words", "cat"] * 3
RUN = {"model": "tiny"}


class Counting(WordVectors):
    """Word vectors that count what they are asked, and fail when told to."""

    fails_at = None
    asked = 0

    def embed_words(self, texts):
        for one in super().embed_words(texts):
            if self.asked == self.fails_at:
                raise KeyboardInterrupt
            self.asked += 1
            yield one


@pytest.fixture
def vectors():
    matrix = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    return Counting(["the", "cat", "a", "sat"], matrix)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(streaming, "TEXTS_OF_PART", 4)


def test_words_come_back_as_they_were(vectors, tmp_path):
    done = []
    made = embed_into(
        vectors, iter(TEXTS), tmp_path / "out", words=True, run=RUN,
        on_progress=lambda update: done.append(update.done),
    )  # fmt: skip
    assert len(made) == 15 and done == [4, 8, 12, 15]
    opened = lexloom.load(tmp_path / "out")
    assert opened.has_words and opened.width == 3 and "15 texts" in repr(opened)
    for one, expected in zip(opened, vectors.embed_words(TEXTS), strict=True):
        assert (one.words, one.spans) == (expected.words, expected.spans)
        assert np.array_equal(one.vectors, expected.vectors)
    assert opened[-1].words == ("cat",)
    with pytest.raises(IndexError):
        opened[15]
    assert not (tmp_path / "out.embedding").exists()


@pytest.mark.filterwarnings("ignore:.*no known word")
def test_texts_come_back_as_they_were(vectors, tmp_path):
    made = embed_into(vectors, TEXTS, tmp_path / "out", words=False, run=RUN)
    assert np.array_equal(made.vectors, vectors.embed_texts(TEXTS)) and not made.has_words
    assert made[2].vectors.shape == (1, 3) and made[2].words == ()


def test_no_texts_are_an_artefact_too(vectors, tmp_path):
    for words in (True, False):
        made = embed_into(vectors, [], tmp_path / f"out{words}", words=words, run=RUN)
        assert len(made) == 0 and made.vectors.shape == (0, 3)


def test_an_interrupted_run_goes_on_where_it_was(vectors, tmp_path):
    whole = embed_into(vectors, TEXTS, tmp_path / "whole", words=True, run=RUN)
    vectors.asked, vectors.fails_at = 0, 10
    with pytest.raises(Interrupted, match=r"out\.embedding holds what was done: .* --resume"):
        embed_into(vectors, TEXTS, tmp_path / "out", words=True, run=RUN)
    assert not (tmp_path / "out").exists()
    vectors.fails_at = None
    with pytest.raises(SettingError, match="unfinished run"):
        embed_into(vectors, TEXTS, tmp_path / "out", words=True, run=RUN)
    with pytest.raises(SettingError, match="model was 'tiny', is None"):
        embed_into(vectors, TEXTS, tmp_path / "out", words=True, run={}, resume=True)
    with pytest.raises(SettingError, match="is another: texts was"):
        embed_into(vectors, TEXTS[1:], tmp_path / "out", words=True, run=RUN, resume=True)
    vectors.asked = 0
    made = embed_into(vectors, TEXTS, tmp_path / "out", words=True, run=RUN, resume=True)
    assert vectors.asked == 15 - 8  # two parts of four were kept
    assert np.array_equal(made.vectors, whole.vectors)
    again = embed_into(vectors, TEXTS, tmp_path / "out", words=True, run=RUN, resume=True)
    assert vectors.asked == 15 - 8 and np.array_equal(again.vectors, whole.vectors)
    for texts, run in ((TEXTS[1:], RUN), (TEXTS, {"model": "other"})):
        with pytest.raises(StorageError, match="already exists"):
            embed_into(vectors, texts, tmp_path / "out", words=True, run=run, resume=True)
    assert (tmp_path / "whole" / "words.arrow").read_bytes() == (
        tmp_path / "out" / "words.arrow"
    ).read_bytes()


def test_what_is_there_is_kept_unless_forced(vectors, tmp_path):
    embed_into(vectors, TEXTS, tmp_path / "out", words=True, run=RUN)
    with pytest.raises(StorageError, match="already exists"):
        embed_into(vectors, TEXTS[:2], tmp_path / "out", words=True, run=RUN)
    assert len(embed_into(vectors, TEXTS[:2], tmp_path / "out", words=True, run=RUN, force=True))
    assert len(lexloom.load(tmp_path / "out")) == 2
