"""What every embedder keeps; a new one is a line in `EMBEDDERS`."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests import small_encoders

from lexloom.contextual.encoder import Encoder
from lexloom.embedder import EmbeddedText, Embedder
from lexloom.text.segmenting import Segmentation
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

WORDS = ["the", "cat", "sat", "猫", "坐"]
TEXTS = ["the cat  sat", "猫 坐", "a cat!", "the the the", ""]


def word_vectors(segmentation=None):
    matrix = np.random.default_rng(0).standard_normal((5, 7))
    return WordVectors(WORDS, matrix, counts=[5, 4, 3, 2, 1], segmentation=segmentation)


def subword_vectors():
    table = NgramTable(Ngrams(buckets=9), range(9), np.random.default_rng(1).random((9, 7)))
    matrix = np.random.default_rng(0).standard_normal((5, 7))
    return SubwordVectors(WORDS, matrix, table=table, counts=[5, 4, 3, 2, 1])


def encoder(**settings):
    with tempfile.TemporaryDirectory() as folder:
        return Encoder.load(small_encoders.save(Path(folder), positions=8), **settings)


EMBEDDERS = {
    "encoder": encoder,
    "encoder with a prefix": lambda: encoder(prefix="the "),
    "subword vectors": subword_vectors,
    "word vectors": word_vectors,
    "word vectors that cut English": lambda: word_vectors(Segmentation(language="en")),
    "word vectors that cut characters": lambda: word_vectors(Segmentation(language="characters")),
}


@pytest.fixture(params=EMBEDDERS)
def embedder(request):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9]+ of [0-9]+ texts have no known word")
        yield EMBEDDERS[request.param]()


def test_it_keeps_the_interface(embedder):
    assert isinstance(embedder, Embedder)
    assert isinstance(embedder.width, int) and embedder.width > 0


def test_texts_become_finite_rows(embedder):
    vectors = embedder.embed_texts(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.width) and vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_a_text_has_the_same_vector_alone_and_among_others(embedder):
    together = embedder.embed_texts(TEXTS)
    alone = np.concatenate([embedder.embed_texts([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)
    assert embedder.embed_texts(TEXTS[::-1]) == pytest.approx(together[::-1], abs=1e-5)


def test_no_texts_give_no_rows(embedder):
    assert embedder.embed_texts([]).shape == (0, embedder.width)
    assert list(embedder.embed_words([])) == []


def test_words_are_aligned_with_their_text(embedder):
    embedded = list(embedder.embed_words(TEXTS))
    assert len(embedded) == len(TEXTS) and all(isinstance(one, EmbeddedText) for one in embedded)
    for text, one in zip(TEXTS, embedded, strict=True):
        assert len(one.words) == len(one.spans) == len(one.vectors)
        assert one.vectors.shape[1] == embedder.width and one.vectors.dtype == np.float32
        assert [text[start:stop] for start, stop in one.spans] == list(one.words)
        assert list(one.spans) == sorted(one.spans)
    assert embedded[0].words and not embedded[-1].words


def test_one_text_is_refused_where_many_are_expected(embedder):
    with pytest.raises(ValueError, match="got one str"):
        embedder.embed_texts("the cat")
    with pytest.raises(ValueError, match="got one str"):
        list(embedder.embed_words("the cat"))
