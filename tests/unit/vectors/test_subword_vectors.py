"""Words never seen have a vector wherever words have one."""

from __future__ import annotations

import warnings
from collections.abc import Callable

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


ROWLESS = ["xq", "zv", "苹", "kj", "wf", "qp", "vb"]


@pytest.fixture(scope="module")
def few_rows() -> SubwordVectors:
    """Vectors with rows for the n-grams of `apple` alone, and two known words without any."""
    buckets = np.unique(Ngrams(min_n=3, max_n=4, buckets=10**6).buckets_of(["apple"])[0])
    table = NgramTable(
        Ngrams(min_n=3, max_n=4, buckets=10**6), buckets, np.ones((len(buckets), 3), np.float32)
    )
    return SubwordVectors(
        ["apple", "known", "zero"], [[1, 0, 0], [0, 1, 0], [0, 0, 0]], table=table
    )


def warned(ask: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ask()
    assert all(warning.filename == __file__ for warning in told)
    return [str(warning.message) for warning in told]


@pytest.mark.parametrize(
    "name",
    [
        "vectors_of", "getitem", "nearest", "similarity", "most_similar", "analogy", "product",
        "doesnt_match", "n_similarity", "distances", "given", "look_up", "embed_texts",
        "embed_words",
    ],
)  # fmt: skip
def test_words_of_which_no_ngram_has_a_row_are_told_once(few_rows: SubwordVectors, name: str):
    a, b = ROWLESS[:2]
    asked = {
        "vectors_of": lambda: few_rows.vectors_of([a, "apple", b, a]),
        "getitem": lambda: few_rows[[a, b]],
        "nearest": lambda: few_rows.nearest([a, b], n=1),
        "similarity": lambda: few_rows.similarity(a, b),
        "most_similar": lambda: few_rows.most_similar([a, "apple"], [b]),
        "analogy": lambda: few_rows.analogy(a, "apple", b),
        "product": lambda: few_rows.most_similar_by_product([a], [b]),
        "doesnt_match": lambda: few_rows.doesnt_match([a, b, "apple"]),
        "n_similarity": lambda: few_rows.n_similarity([a], [b, "apple"]),
        "distances": lambda: few_rows.distances(a, [b]),
        "given": lambda: few_rows.most_similar_to_given(a, ["apple", b]),
        "look_up": lambda: few_rows.look_up([a, b]),
        "embed_texts": lambda: few_rows.embed_texts([f"{a} apple", "known", f"{b} {a}"]),
        "embed_words": lambda: list(few_rows.embed_words([f"{a} apple", "known", f"{b} {a}"])),
    }
    first, second = (b, a) if name in {"analogy", "distances", "given"} else (a, b)
    assert warned(asked[name]) == [
        f"no n-gram of 2 unseen words has a row, so that the vector is zero: {first!r}, {second!r}."
    ]


def test_one_such_word_is_told_of(few_rows: SubwordVectors):
    said = ["no n-gram of 1 unseen word has a row, so that the vector is zero: 'xq'."]
    assert warned(lambda: few_rows["xq"]) == warned(lambda: few_rows.get_vector("xq")) == said


def test_of_many_such_words_the_first_are_named(few_rows: SubwordVectors):
    texts = [f"{word} apple" for word in ROWLESS] * 3000  # more than are cut at a time
    assert warned(lambda: few_rows.embed_texts(texts)) == [
        "no n-gram of 7 unseen words has a row, so that the vector is zero: 'xq', 'zv', '苹', "
        "'kj', 'wf', …."
    ]


def test_words_that_have_a_vector_are_not_told_of(few_rows: SubwordVectors):
    assert warned(lambda: few_rows[["known", "zero", "apple", "apples"]]) == []
    with pytest.raises(MissingWordError):
        few_rows.vocabulary.id("xq")


def test_a_question_that_fails_leaves_no_words_behind(few_rows: SubwordVectors):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ShapeError):
            few_rows.most_similar(["xq", 5])  # type: ignore[list-item]  # that is the point
        few_rows.most_similar("apple")
