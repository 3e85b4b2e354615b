"""Words never seen have a vector wherever words have one."""

from __future__ import annotations

import numpy as np
import pytest

import lexloom
from lexloom.errors import DamagedError, MissingWordError, SettingError, ShapeError
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors

NGRAMS = Ngrams(min_n=3, max_n=4, buckets=50)


@pytest.fixture(scope="module")
def vectors() -> SubwordVectors:
    generator = np.random.default_rng(0)
    buckets = [*range(0, 50, 2), 49]
    table = NgramTable(NGRAMS, buckets, generator.standard_normal((26, 5)))
    words = ["apple", "pear", "</s>", "苹果"]
    return SubwordVectors(
        words, generator.standard_normal((4, 5)), table=table, counts=[9, 5, 3, 1]
    )


def of_ngrams(vectors: SubwordVectors, word: str) -> np.ndarray:
    """The mean over all n-grams; those without a row count as zero."""
    rows = np.zeros((50, 5))
    rows[vectors.table.buckets] = vectors.table.matrix
    return rows[NGRAMS.buckets_of([word])[0]].mean(axis=0)


def test_an_unseen_word_is_the_mean_of_its_ngrams(vectors: SubwordVectors):
    for word in ("apples", "a", "梨", "🍎🍎", "new york"):
        assert vectors[word] == pytest.approx(of_ngrams(vectors, word), abs=1e-6)
    mixed = vectors[["pears", "apple", "pears", "苹果"]]
    assert np.array_equal(mixed[0], mixed[2]) and np.array_equal(mixed[1], vectors.matrix[0])
    assert mixed[0] == pytest.approx(of_ngrams(vectors, "pears"), abs=1e-6)


def test_the_name_people_know_gives_the_same(vectors: SubwordVectors):
    assert np.array_equal(vectors.get_vector("apples"), vectors["apples"])
    assert np.linalg.norm(vectors.get_vector("apples", norm=True)) == pytest.approx(1)


@pytest.mark.parametrize("word", [5, b"apple", None])
def test_a_word_is_a_str(vectors: SubwordVectors, word: object):
    with pytest.raises(SettingError, match="a word must be a str"):
        vectors[[word]]
    assert np.isfinite(vectors["apples\ud800"]).all()


def test_it_is_not_in_the_vocabulary(vectors: SubwordVectors):
    assert "apples" not in vectors and "apple" in vectors
    assert len(vectors) == 4 and list(vectors.words)[:2] == ["apple", "pear"]
    with pytest.raises(MissingWordError):
        vectors.vocabulary.id("apples")


def test_a_word_without_any_ngram_is_missing(vectors: SubwordVectors):
    long = SubwordVectors(
        ["apple"], np.eye(1), table=NgramTable(Ngrams(min_n=9, max_n=9, buckets=5), [0], [[1.0]])
    )
    for ask in (long.__getitem__, long.most_similar, lambda word: long.similarity(word, "apple")):
        with pytest.raises(MissingWordError) as caught:
            ask("pear")
        assert str(caught.value) == "'pear' is not among the 1 words."
    assert np.isfinite(long["strawberry"]).all()


def test_questions_take_unseen_words(vectors: SubwordVectors):
    unit = vectors.index.unit
    query = vectors["apples"] / np.linalg.norm(vectors["apples"])
    expected = sorted(zip((unit @ query).tolist(), vectors.words, strict=True), reverse=True)
    found = vectors.most_similar("apples", n=4)
    assert [word for word, _ in found] == [word for _, word in expected]
    assert [cosine for _, cosine in found] == pytest.approx([cosine for cosine, _ in expected])
    assert vectors.similarity("apples", "pear") == pytest.approx(float(query @ unit[1]), abs=1e-6)
    assert len(vectors.most_similar_by_product(["apples", "pear"], n=9)) == 3
    neighbors = vectors.nearest(["apples", "pear"], n=4)
    assert (neighbors.ids[0] >= 0).all() and neighbors.ids[1].tolist()[-1] == -1
    assert vectors.analogy("apple", "apples", "pear")[0][0] in vectors
    assert vectors.doesnt_match(["apple", "apples", "梨"]) in ("apple", "apples", "梨")
    assert -1 <= vectors.n_similarity(["apples"], ["pear", "梨"]) <= 1


def test_texts_take_unseen_words(vectors: SubwordVectors):
    texts = ["apple apples", ["梨"], "pear", "apples apples"]
    rows = vectors.embed_texts(texts)
    assert rows[0] == pytest.approx((vectors["apple"] + vectors["apples"]) / 2, abs=1e-6)
    assert rows[1] == pytest.approx(vectors["梨"], abs=1e-6)
    assert np.array_equal(rows[2], vectors["pear"]) and rows[3] == pytest.approx(vectors["apples"])
    weight = 1e-3 / (1e-3 + 9 / 18)
    (frequent,) = vectors.embed_texts(["apple apples"], "frequency")
    assert frequent == pytest.approx((weight * vectors["apple"] + vectors["apples"]) / 2, abs=1e-6)
    (embedded,) = vectors.embed_words(["an apple and apples"])
    assert embedded.words == ("an", "apple", "and", "apples")
    assert embedded.spans[3] == (13, 19)
    assert np.array_equal(embedded.vectors[1], vectors["apple"])


def test_restricted_it_still_knows_unseen_words(vectors: SubwordVectors):
    fewer = vectors.restrict(["pear"])
    assert isinstance(fewer, SubwordVectors) and list(fewer.words) == ["pear"]
    assert np.array_equal(fewer["apples"], vectors["apples"])
    assert fewer["apple"] == pytest.approx(of_ngrams(vectors, "apple"), abs=1e-6)


def test_what_is_saved_is_loaded(vectors: SubwordVectors, tmp_path):
    vectors.save(tmp_path / "it")
    loaded = lexloom.load(tmp_path / "it")
    assert isinstance(loaded, SubwordVectors) and loaded.table.ngrams == NGRAMS
    assert np.array_equal(loaded["apples"], vectors["apples"])
    (tmp_path / "it" / "ngrams.safetensors").write_bytes(b"no")
    with pytest.raises(DamagedError):
        lexloom.load(tmp_path / "it")


def test_parts_that_do_not_fit_are_refused():
    for buckets, matrix, message in [
        ([0, 1], np.eye(3), "expected a bucket for each row of n-grams, got (2,) for (3, 3)."),
        ([1, 0], np.eye(2), "buckets must rise, from 0 to 49 at most."),
        ([0, 50], np.eye(2), "buckets must rise, from 0 to 49 at most."),
        ([0], [[np.nan]], "the vector of an n-gram has NaN or infinity."),
    ]:
        with pytest.raises(ShapeError) as caught:
            NgramTable(NGRAMS, buckets, matrix)
        assert str(caught.value) == message
    with pytest.raises(ShapeError) as caught:
        SubwordVectors(["a"], np.eye(1), table=NgramTable(NGRAMS, [0], [[1.0, 2.0]]))
    assert str(caught.value) == "the vectors of n-grams have width 2, those of words 1."
