"""Questions to vectors, answered as gensim answers them, and by definition where it cannot."""

import inspect

import numpy as np
import pytest

from lexloom.errors import MissingWordError, SettingError, ShapeError
from lexloom.vectors.word_vectors import WordVectors

gensim_models = pytest.importorskip("gensim.models", reason="gensim is the peer")


@pytest.fixture(scope="module")
def peer(many):
    vectors = gensim_models.KeyedVectors(many.width)
    vectors.add_vectors(list(many.words), many.matrix)
    return vectors


def assert_same_ranking(ours, theirs):
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-5)


@pytest.mark.parametrize(
    ("positive", "negative"),
    [(["w1"], []), (["w1", "w2"], ["w3"]), (["w1", "w2", "w7"], ["w3", "w4"]), ([], ["w5"])],
)
def test_most_similar_agrees_with_gensim(many, peer, positive, negative):
    assert_same_ranking(
        many.most_similar(positive, negative, n=20),
        peer.most_similar(positive, negative, topn=20),
    )


def test_analogies_agree_with_gensim(many, peer):
    assert_same_ranking(
        many.analogy("w3", "w1", "w2", n=9),
        peer.most_similar(["w1", "w2"], ["w3"], topn=9),
    )
    assert_same_ranking(
        many.analogy("w3", "w1", "w2", n=9, method="3cosmul"),
        peer.most_similar_cosmul(["w1", "w2"], ["w3"], topn=9),
    )


def test_odd_word_agrees_with_gensim(many, peer):
    for start in range(0, 50, 5):
        words = [f"w{i}" for i in range(start, start + 5)]
        assert many.doesnt_match(words) == peer.doesnt_match(words)


def test_batch_answers_are_the_single_answers(many):
    words = [f"w{i}" for i in range(0, 300, 7)]
    found = many.nearest(words, n=5)
    assert found.ids.dtype == np.int32 and found.cosines.dtype == np.float32
    for word, ids, cosines in zip(words, found.ids, found.cosines, strict=True):
        single = many.most_similar(word, n=5)
        assert [many.words[i] for i in ids] == [name for name, _ in single]
        assert cosines.tolist() == pytest.approx([score for _, score in single], abs=1e-6)


def test_a_word_is_not_its_own_neighbour_but_its_vector_is(many):
    assert all(word != "w9" for word, _ in many.most_similar("w9", n=50))
    assert many.most_similar(many["w9"], n=1)[0] == ("w9", pytest.approx(1))
    assert many.nearest(many[["w9"]], n=1).ids.tolist() == [[9]]


def test_excluded_ids_are_left_out(many):
    exclude = np.array([[9, 12], [-1, 10]], np.int32)
    found = many.nearest(many[["w9", "w10"]], n=3, exclude=exclude)
    assert 9 not in found.ids[0] and 10 not in found.ids[1]
    both = many.nearest(["w9"], n=4999, exclude=np.array([[12]], np.int32))
    assert {9, 12}.isdisjoint(both.ids[0].tolist()) and both.ids[0, -1] == -1


def test_more_words_than_there_are(fruit):
    assert len(fruit.most_similar("apple", n=100)) == 2
    assert len(fruit.analogy("apple", "banana", "orange", n=5)) == 0
    assert len(fruit.analogy("apple", "banana", "orange", n=5, method="3cosmul")) == 0
    assert fruit.nearest(fruit.matrix, n=100).ids.shape == (3, 3)
    assert fruit.nearest(["apple"], n=100).ids.tolist() == [[1, 2, -1]] or fruit.nearest(
        ["apple"], n=100
    ).ids.tolist() == [[2, 1, -1]]


def test_equal_scores_come_in_the_order_of_ids():
    vectors = WordVectors([f"w{i}" for i in range(4000)], np.ones((4000, 3), np.float32))
    assert vectors.nearest(np.ones((2, 3), np.float32), n=7).ids.tolist() == [list(range(7))] * 2


def test_the_zero_vector_is_like_nothing():
    vectors = WordVectors(["a", "zero", "b"], [[1, 2], [0, 0], [-1, 1]])
    assert vectors.similarity("a", "zero") == 0.0 == vectors.similarity("zero", "zero")
    assert dict(vectors.most_similar("a"))["zero"] == 0.0
    assert [score for _, score in vectors.most_similar("zero")] == [0.0, 0.0]
    assert np.isfinite([s for _, s in vectors.analogy("zero", "a", "b", method="3cosmul")]).all()
    assert vectors.doesnt_match(["a", "zero"]) in {"a", "zero"}


def test_very_large_and_very_small_numbers_have_cosines():
    vectors = WordVectors(["big", "small", "other"], [[3e38, 3e38], [1e-40, 1e-40], [1, -1]])
    assert vectors.similarity("big", "small") == pytest.approx(1, abs=1e-4)
    assert vectors.most_similar("big", n=1)[0][0] == "small"


def test_wrong_questions_say_what_is_wrong(fruit):
    with pytest.raises(SettingError, match="at least one word or vector"):
        fruit.most_similar([])
    with pytest.raises(SettingError, match="n must be at least 1, got 0"):
        fruit.most_similar("apple", n=0)
    for wrong in (True, 2.5, "2"):
        with pytest.raises(SettingError, match=f"n must be a whole number, got {wrong!r}"):
            fruit.most_similar("apple", n=wrong)
    with pytest.raises(SettingError, match="expected words or vectors, or lists of them, got 5"):
        fruit.most_similar(5)
    with pytest.raises(SettingError, match="method must be"):
        fruit.analogy("apple", "banana", "orange", method="cosadd")
    with pytest.raises(SettingError, match="at least one positive word"):
        fruit.most_similar_by_product([], "apple")
    with pytest.raises(SettingError, match="at least two words"):
        fruit.doesnt_match("apple")
    with pytest.raises(ShapeError, match=r"expected vectors of shape \('N', 3\), got \(3,\)"):
        fruit.nearest(np.zeros(3, np.float32))
    with pytest.raises(ShapeError, match="finite"):
        fruit.most_similar(np.array([np.nan, 0, 0]))
    with pytest.raises(MissingWordError):
        fruit.most_similar("aple")


@pytest.mark.parametrize(
    ("name", "before", "behind"),
    [
        ("most_similar_to_given", ["apple"], []),
        ("n_similarity", [], [["apple"]]),
        ("n_similarity", [["apple"]], []),
        ("distances", ["apple"], []),
        ("doesnt_match", [], []),
        ("restrict", [], []),
    ],
)
def test_a_list_without_words_is_refused_by_name(fruit, name, before, behind):
    least = "two words" if name == "doesnt_match" else "one word"
    for wrong in ([], (), np.array([]), *(() if name == "restrict" else (5, "banana"))):
        with pytest.raises(SettingError) as caught:
            getattr(fruit, name)(*before, wrong, *behind)
        assert str(caught.value) == f"{name} needs a list of at least {least}, got {wrong!r}."


def test_lists_of_words_may_be_of_any_kind(fruit):
    assert fruit.most_similar_to_given("apple", np.array(["banana", "apple"])) == "apple"
    assert fruit.n_similarity(("apple",), iter(["apple"])) == pytest.approx(1)
    assert len(fruit.distances("apple")) == len(fruit)


def test_a_name_of_another_library_is_answered_with_ours(fruit):
    with pytest.raises(SettingError) as caught:
        fruit.most_similar("apple", topn=5)
    assert str(caught.value) == (
        "most_similar has no argument topn; here it is called n. Pass n=5."
    )
    assert list(inspect.signature(fruit.most_similar).parameters) == ["positive", "negative", "n"]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        fruit.most_similar("apple", colour="red")


def test_names_known_from_gensim(many, peer):
    assert many.vector_size == peer.vector_size and many.index_to_key == peer.index_to_key
    assert many.key_to_index == peer.key_to_index
    assert many.has_index_for("w1") and not many.has_index_for("x")
    assert many.get_index("w3") == 3
    assert np.array_equal(many.vectors, peer.vectors)
    assert many.get_vector("w1", norm=True) == pytest.approx(peer.get_vector("w1", norm=True))
    assert many.get_normed_vectors() == pytest.approx(peer.get_normed_vectors(), abs=1e-6)
    assert_same_ranking(many.similar_by_word("w1", 3), peer.similar_by_word("w1", 3))
    assert_same_ranking(many.similar_by_key("w1", 3), peer.similar_by_key("w1", 3))
    vector = many["w1"] + many["w2"]
    assert_same_ranking(many.similar_by_vector(vector, 3), peer.similar_by_vector(vector, 3))
    asked = (["w1", "w2"], ["w3"])
    assert_same_ranking(many.most_similar_cosmul(*asked), peer.most_similar_cosmul(*asked))
    assert many.distance("w1", "w2") == pytest.approx(peer.distance("w1", "w2"), abs=1e-6)
    assert many.distances("w1", ["w2"]) == pytest.approx(peer.distances("w1", ["w2"]), abs=1e-6)
    sets = (["w1", "w2"], ["w3", "w4"])
    assert many.n_similarity(*sets) == pytest.approx(peer.n_similarity(*sets), abs=1e-6)
    assert many.rank("w1", "w2") == peer.rank("w1", "w2")
    assert sorted(many.closer_than("w1", "w2")) == sorted(peer.closer_than("w1", "w2"))
    given = ("w1", ["w5", "w6", "w7"])
    assert many.most_similar_to_given(*given) == peer.most_similar_to_given(*given)
