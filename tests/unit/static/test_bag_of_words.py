"""Bags of words: their features, weights and vectors, beside scikit-learn where it is installed."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import lexloom
from lexloom.errors import DamagedError, FormatError, SettingError
from lexloom.static import runs_of_words
from lexloom.static.bag_of_words import BagOfWords
from lexloom.static.bag_of_words_model import BagOfWordsModel
from lexloom.text.corpus import Corpus

TEXTS = ["the cat sat", "the dog sat on the cat", "", "a dog\nthe dog", "the the the"]


def corpus_of(texts: list[str]) -> Corpus:
    return Corpus.from_texts(texts, language="spaces", min_count=1)


def random_texts(n: int = 300) -> list[str]:
    draw = np.random.default_rng(0)
    return [" ".join(f"w{i % 40}" for i in draw.zipf(1.3, draw.integers(1, 20))) for _ in range(n)]


def counted(texts: list[str], max_n: int) -> list[Counter[str]]:
    """Count runs of words as the definition says."""
    bags = []
    for text in texts:
        words = text.split()
        runs = (
            " ".join(words[i : i + n])
            for n in range(1, max_n + 1)
            for i in range(len(words) - n + 1)
        )
        bags.append(Counter(runs))
    return bags


@pytest.mark.parametrize("max_n", [1, 2, 3])
def test_it_counts_every_run_of_words(max_n: int):
    bag = BagOfWords(weighting="counts", norm="none", max_n=max_n).fit(corpus_of(TEXTS))
    found = bag.embed_texts([text for text in TEXTS if text])
    names = np.array(bag.words)
    for row, expected in zip(found, counted([t for t in TEXTS if t], max_n), strict=True):
        assert dict(zip(names[row.indices], row.data, strict=True)) == expected
        assert (np.diff(row.indices) > 0).all()
    assert found.dtype == np.float32
    assert set(names) == set().union(*counted(TEXTS, max_n))


def test_portions_of_a_corpus_change_nothing(monkeypatch: pytest.MonkeyPatch):
    texts = random_texts()
    settings = BagOfWords(max_n=3, min_documents=2)
    whole = settings.fit(corpus_of(texts))
    monkeypatch.setattr(runs_of_words, "_WORDS_AT_ONCE", 50)
    parts = settings.fit(corpus_of(texts))
    assert parts.words == whole.words
    assert np.array_equal(parts.documents, whole.documents)
    assert parts.metrics == whole.metrics


@pytest.mark.parametrize(
    ("max_n", "sublinear", "min_documents", "max_share"),
    list(itertools.product([1, 2], [False, True], [1, 4], [1.0, 0.3])),
)
def test_it_weighs_as_scikit_learn_does(
    max_n: int, sublinear: bool, min_documents: int, max_share: float
):
    sklearn_text = pytest.importorskip("sklearn.feature_extraction.text")
    texts = random_texts()
    bag = BagOfWords(
        max_n=max_n, sublinear=sublinear, min_documents=min_documents, max_share=max_share
    ).fit(corpus_of(texts))
    peer = sklearn_text.TfidfVectorizer(
        ngram_range=(1, max_n), token_pattern=r"\S+", lowercase=False, sublinear_tf=sublinear,
        min_df=min_documents, max_df=max_share,
    )  # fmt: skip
    expected = peer.fit_transform(texts).toarray()
    assert sorted(bag.words) == sorted(peer.vocabulary_)
    columns = [peer.vocabulary_[word] for word in bag.words]
    assert bag.embed_texts(texts).toarray() == pytest.approx(expected[:, columns], abs=1e-6)


def test_bm25_is_the_formula():
    k1, b = 1.5, 0.6
    bag = BagOfWords(weighting="bm25", norm="none", k1=k1, b=b).fit(corpus_of(TEXTS))
    bags = counted(TEXTS, 1)
    mean_length = sum(one.total() for one in bags) / len(TEXTS)
    found = bag.embed_texts([TEXTS[1]]).toarray()[0]
    for word, frequency in bags[1].items():
        n = sum(word in one for one in bags)
        rarity = math.log(1 + (len(TEXTS) - n + 0.5) / (n + 0.5))
        damped = frequency + k1 * (1 - b + b * bags[1].total() / mean_length)
        expected = rarity * frequency * (k1 + 1) / damped
        assert found[bag.words.index(word)] == pytest.approx(expected, rel=1e-6)


def test_binary_and_length():
    texts = ["a a b", "b"]
    bag = BagOfWords(weighting="binary").fit(corpus_of(texts))
    assert bag.embed_texts(["a a a b"]).toarray() == pytest.approx(np.full((1, 2), 0.5**0.5))


def test_buckets_hold_all_counts_and_hang_on_letters_alone():
    texts = random_texts()
    settings = BagOfWords(weighting="counts", norm="none", max_n=2, buckets=64)
    bag = settings.fit(corpus_of(texts))
    found = bag.embed_texts(texts)
    assert found.shape == (len(texts), 64) == (len(texts), bag.width)
    totals = [one.total() for one in counted(texts, 2)]
    assert np.asarray(found.sum(axis=1)).ravel().tolist() == totals
    other = settings.fit(corpus_of([*texts, "w39 w38 " * 999]))
    assert list(other.vocabulary.words) != list(bag.vocabulary.words)
    assert (other.embed_texts(texts) != found).nnz == 0
    assert len(set(found.indices.tolist())) > 50


def test_buckets_without_collisions_are_the_table():
    texts = random_texts()
    exact, hashed = (
        BagOfWords(max_n=2, buckets=buckets).fit(corpus_of(texts)) for buckets in (None, 2**20)
    )
    cosines = [
        (vectors @ vectors.T).toarray()
        for vectors in (bag.embed_texts(texts) for bag in (exact, hashed))
    ]
    assert cosines[0] == pytest.approx(cosines[1], abs=1e-6)


def test_raw_text_is_cut_as_the_corpus_was():
    corpus = Corpus.from_texts(
        ["房间很大，也很干净。"] * 3 + ["早餐不错"], language="zh", min_count=1
    )
    bag = BagOfWords(weighting="counts", norm="none").fit(corpus)
    row = bag.embed_texts(["很干净，很干净！"])
    named = dict(zip(np.array(bag.words)[row.indices], row.data, strict=True))
    assert named == {"很": 2.0, "干净": 2.0}


def test_texts_without_known_words_are_empty_rows():
    bag = BagOfWords().fit(corpus_of(TEXTS))
    found = bag.embed_texts(["zebra", "cat"])
    assert np.diff(found.indptr).tolist() == [0, 1]
    assert bag.embed_texts([]).shape == (0, bag.width)


@pytest.mark.parametrize("buckets", [None, 32])
def test_what_is_saved_is_loaded(tmp_path: Path, buckets: int | None):
    texts = random_texts()
    trainer = BagOfWords(weighting="bm25", max_n=2, buckets=buckets)
    bag = trainer.fit(corpus_of(texts), out=tmp_path / "bag")
    loaded = lexloom.load(tmp_path / "bag")
    assert isinstance(loaded, BagOfWordsModel)
    assert (loaded.embed_texts(texts) != bag.embed_texts(texts)).nnz == 0
    for name in ("settings", "lineage", "metrics", "segmentation", "phrases", "vocabulary"):
        assert getattr(loaded, name) == getattr(bag, name), name
    assert repr(loaded) == repr(bag)
    again = trainer.fit(corpus_of(texts), out=tmp_path / "bag", resume=True)
    assert again.lineage == loaded.lineage


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"buckets": 8, "min_documents": 2},
            SettingError,
            "min_documents and max_share choose among runs of words, and buckets holds none. "
            "Leave out buckets, or these two.",
        ),
        (
            {"min_documents": 9},
            FormatError,
            "no run of words stands in 9 documents or more and in at most 100% of the 5. "
            "Lower min_documents, or raise max_share.",
        ),
        ({"weighting": "tfidf"}, SettingError, "weighting must be 'counts', 'binary', 'tf_idf' or"),
    ],
)
def test_what_cannot_be_counted_is_refused(settings: dict, error: type, message: str):
    with pytest.raises(error) as caught:
        BagOfWords(**settings).fit(corpus_of(TEXTS))
    assert str(caught.value).startswith(message)


def test_no_words_no_corpus_and_no_names_are_refused():
    parts = corpus_of(["a", ""]).split(0.5)
    empty = next(part for part in parts if part.n_words == 0)
    with pytest.raises(FormatError, match="the corpus has no words"):
        BagOfWords().fit(empty)
    with pytest.raises(SettingError, match="corpus must be a Corpus, got list"):
        BagOfWords().fit(["a"])  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingError, match="buckets have no names"):
        BagOfWords(buckets=4).fit(corpus_of(TEXTS)).words


def test_features_that_do_not_fit_are_refused(tmp_path: Path):
    bag = BagOfWords(max_n=2).fit(corpus_of(TEXTS))
    table = bag._features
    for runs, columns in (
        (table.runs[::-1], table.columns),
        (table.runs, table.columns[:-1]),
        (table.runs + 1000, table.columns),
        (table.runs, table.columns * 2),
    ):
        wrong = runs_of_words.RunTable(runs.copy(), columns.astype(np.int32), 2)
        made = BagOfWordsModel(
            bag.vocabulary, wrong, bag.documents, settings=bag.settings, metrics=bag.metrics
        )
        made.save(tmp_path / "it", force=True)
        with pytest.raises((FormatError, DamagedError), match="do not fit together"):
            lexloom.load(tmp_path / "it")
