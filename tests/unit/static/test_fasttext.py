"""FastText: what rows words begin with, what is kept of them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.errors import SettingError
from lexloom.static import calming
from lexloom.static.composing import begin_composed
from lexloom.static.fasttext import FastText
from lexloom.static.starting import begin
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

SETTINGS = {"width": 8, "threads": 1, "sample": 0.0, "epochs": 3, "min_learning_rate": 0.0}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    sentences = [["cats", "chase", "mice"], ["cat", "eats", "a", "mouse"], ["大熊猫", "吃", "竹子"]]
    return Corpus.from_sentences(sentences * 40, min_count=1)


@pytest.fixture(scope="module")
def trained(corpus: Corpus) -> SubwordVectors:
    vectors = FastText(**SETTINGS, deterministic=True, keep_output=True).fit(corpus)
    assert isinstance(vectors, SubwordVectors)
    return vectors


def test_defaults_are_those_of_fasttext():
    settings = FastText()
    assert settings.ngrams == Ngrams(min_n=3, max_n=6, buckets=2_000_000, hashes=0)
    assert (settings.width, settings.window, settings.objective) == (100, 5, "skip_gram")


def test_words_begin_as_those_of_word2vec(corpus: Corpus):
    plain = begin(corpus.vocabulary, 8, 1)
    made = begin_composed(corpus.vocabulary, Ngrams(), 8, 1)
    assert made.word_vectors() == pytest.approx(plain.inputs, abs=1e-6)
    of_words, _ = Ngrams().buckets_of(corpus.vocabulary.array)
    assert sorted(made.buckets) == sorted(set(of_words.tolist()))
    assert made.inputs.shape == (len(corpus.vocabulary) + len(made.buckets), 8)


def test_frequent_buckets_come_first(corpus: Corpus):
    made = begin_composed(corpus.vocabulary, Ngrams(), 8, 1)
    (shared,) = Ngrams(min_n=3, max_n=3).buckets_of(["cat"])[0][:1]
    assert shared in made.buckets[:8]  # "<ca" of cats and cat


def test_the_result_is_the_mean_of_own_row_and_ngrams(trained: SubwordVectors):
    sums, n_ngrams = trained.table.sum_up(trained.words)
    own = trained.matrix * (n_ngrams + 1)[:, None] - sums
    assert trained.table.matrix.any() and own.any()
    again = begin_composed(trained.vocabulary, Ngrams(), 8, 1, trained)
    assert again.word_vectors() == pytest.approx(trained.matrix, abs=1e-5)
    assert again.inputs[: len(trained)] == pytest.approx(own, abs=1e-5)
    order = np.argsort(again.buckets)
    assert np.array_equal(again.buckets[order], trained.table.buckets)
    assert np.array_equal(again.inputs[len(trained) + order], trained.table.matrix)


def test_unseen_words_stand_near_those_they_look_like(corpus: Corpus):
    vectors = FastText(**{**SETTINGS, "epochs": 30}).fit(corpus)
    assert vectors.similarity("catss", "cats") > vectors.similarity("catss", "大熊猫")
    assert vectors.similarity("熊猫", "大熊猫") > vectors.similarity("熊猫", "mouse")


def test_words_kept_are_one_row_and_ngrams_of_others_stay(corpus: Corpus, trained: SubwordVectors):
    more = Corpus.from_sentences([["dogs", "chase", "cats"]] * 60, min_count=1)
    vectors = FastText(**SETTINGS).fit(more, start=trained, frozen=["cats"])
    kept = ["cats", "大熊猫", "mouse"]
    assert np.array_equal(vectors[kept], trained[kept])
    assert not np.array_equal(vectors["chase"], trained["chase"])
    assert set(trained.table.buckets) <= set(vectors.table.buckets)


def test_it_begins_with_vectors_that_have_no_ngrams(corpus: Corpus):
    plain = WordVectors(["cats", "zebra"], np.eye(2, 8))
    made = begin_composed(corpus.vocabulary, Ngrams(), 8, 1, plain)
    assert made.word_vectors()[made.vocabulary.ids(["cats", "zebra"])] == pytest.approx(
        np.eye(2, 8)
    )
    assert (
        FastText(**SETTINGS).fit(corpus, start=plain)["zebra"].tolist() == np.eye(2, 8)[1].tolist()
    )


@pytest.mark.parametrize("hashes", [1, 3])
def test_with_florets_hashes_words_have_no_row_of_their_own(corpus: Corpus, hashes: int):
    small = {**SETTINGS, "buckets": 60, "hashes": hashes}
    vectors = FastText(**small, deterministic=True).fit(corpus)
    composed, _ = vectors.table.compose(vectors.words)
    assert composed == pytest.approx(vectors.matrix, abs=1e-6)
    assert len(vectors.table.buckets) <= 60
    again = FastText(**{**small, "epochs": 1}).fit(corpus, start=vectors, frozen=["cats"])
    assert np.array_equal(again["cats"], vectors["cats"])
    with pytest.raises(SettingError, match="hashes leave a word no row of its own"):
        FastText(**SETTINGS, hashes=2).fit(corpus, start=vectors)


def test_settings_that_do_not_go_together_are_refused(corpus: Corpus):
    with pytest.raises(SettingError) as caught:
        FastText(min_n=5, max_n=4).fit(corpus)
    assert str(caught.value) == "min_n must be at most max_n, got min_n=5 and max_n=4."


def test_words_that_share_rows_are_coupled(corpus: Corpus):
    pieces = begin_composed(corpus.vocabulary, Ngrams(), 8, 1).pieces
    shares = np.full(len(corpus.vocabulary), 1 / len(corpus.vocabulary))
    coupling = dict(zip(corpus.vocabulary.words, calming.coupling_of(shares, pieces), strict=True))
    assert coupling["吃"] == pytest.approx(shares[0])
    assert coupling["cat"] > shares[0]
    assert np.array_equal(calming.coupling_of(shares, None), shares)


def test_rates_begin_as_in_the_paper():
    assert FastText().first_rate == 0.05
    assert FastText(learning_rate=0.025).first_rate == 0.025


def test_memory_is_foretold_for_the_rows_of_n_grams_too():
    # Training on the English mix took 455 MiB above its imports.
    _, n_bytes = FastText().cost(15_588_613, 78_116)
    assert 400 < (n_bytes - BASE_BYTES) >> 20 < 600
    assert FastText(buckets=1000).cost(15_588_613, 78_116)[1] < n_bytes - (300 << 20)
