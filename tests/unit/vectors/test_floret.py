"""floret's files: words without a vocabulary, as that program itself makes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexloom.errors import FormatError
from lexloom.static.fasttext import FastText
from lexloom.text.corpus import Corpus
from lexloom.vectors.formats import detect, read_vectors, write_vectors
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

OF_FLORET = """6 2 3 5 2 2166136261 < >
0 -1.7379 1.6401
1 -2.5556 2.4117
2 -1.9528 1.8429
3 -1.2342 1.1648
4 -2.3484 2.2162
5 -1.0298 0.97181
"""
"""What ``save_floret_vectors`` of floret 0.10.5 wrote, but for blanks at the ends of lines."""

VECTORS = {  # what its model gave for these words
    "cat": [-1.764653, 1.665328],
    "中国": [-2.046006, 1.930842],
    "unseen": [-1.866269, 1.761225],
    "🙂é中": [-1.778687, 1.678573],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "v.floret"
    path.write_text(OF_FLORET.replace("\n", " \n"), encoding="utf-8")
    return path


def test_any_word_has_the_vector_that_floret_gives(path: Path):
    assert detect(path) == "floret"
    vectors = read_vectors(path)
    assert isinstance(vectors, SubwordVectors) and len(vectors) == 0
    assert vectors.table.ngrams == Ngrams(min_n=3, max_n=5, buckets=6, hashes=2)
    for word, expected in VECTORS.items():
        assert vectors[word] == pytest.approx(expected, abs=1e-4)
    assert vectors.embed_texts(["cat 中国"])[0] == pytest.approx(
        (vectors["cat"] + vectors["中国"]) / 2, abs=1e-6
    )
    assert vectors.most_similar("cat") == []


def test_what_is_written_is_read(path: Path, tmp_path: Path):
    vectors = read_vectors(path)
    write_vectors(vectors, tmp_path / "again.floret")
    again = (tmp_path / "again.floret").read_text(encoding="utf-8")
    assert [line.split() for line in again.splitlines()] == [
        line.split() for line in OF_FLORET.splitlines()
    ]


def test_what_was_trained_here_keeps_its_words_as_they_are_spelt(tmp_path: Path):
    corpus = Corpus.from_sentences([["the", "cat", "sat"]] * 60, min_count=1)
    settings = {"width": 5, "sample": 0.0, "threads": 1, "buckets": 50}
    vectors = FastText(**settings, hashes=2).fit(corpus)
    write_vectors(vectors, tmp_path / "v.floret")
    words = [*vectors.words, "cats"]
    assert read_vectors(tmp_path / "v.floret")[words] == pytest.approx(vectors[words], abs=1e-6)
    with pytest.raises(FormatError, match="no place for floret's hashes"):
        write_vectors(vectors, tmp_path / "v.bin")
    for other in (FastText(**settings).fit(corpus), WordVectors(["a"], np.eye(1))):
        with pytest.raises(FormatError, match="whose words have no rows of their own"):
            write_vectors(other, tmp_path / "w.floret")


@pytest.mark.parametrize(
    ("now", "then", "message"),
    [
        ("2166136261", "7", "only the seed 2166136261 and the marks < and > are known."),
        ("< >", "^ $", "only the seed 2166136261 and the marks < and > are known."),
        ("3 5", "5 3", "min_n must be at most max_n, got min_n=5 and max_n=3."),
        (" 2 2166136261", " 9 2166136261", "hashes must be at most 4, got 9."),
        ("\n3 -1.2342", "\n7 -1.2342", "the rows are not numbered from 0 on."),
        ("6 2 3", "6 2000000 3", "expected vectors of 1 to"),
        ("4 -2.3484", "4", "expected 2 numbers, found 1"),
        ("6 2 3", "7 2 3", "the header announces 7 rows"),
    ],
)
def test_what_is_wrong_is_said(path: Path, now: str, then: str, message: str):
    path.write_text(OF_FLORET.replace(now, then, 1), encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_vectors(path)
    assert message in str(caught.value)
