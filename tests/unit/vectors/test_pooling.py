"""Text vectors: the guide's example, the weights of the paper, and texts nobody knows."""

import warnings

import numpy as np
import pytest

from lexloom.errors import SettingError
from lexloom.text.phrases import Phrases, PhraseTable
from lexloom.text.segmenting import Segmentation
from lexloom.vectors.word_vectors import WordVectors


def test_the_example_of_the_guide(fruit):
    summed = fruit.embed_texts(["apple banana orange"], pooling="sum")
    assert summed.dtype == np.float32
    assert summed[0].tolist() == pytest.approx([0.8, 1.0, 0.4])


def test_mean_is_the_default_and_counts_known_words_only(fruit):
    known = fruit.embed_texts(["apple unknown banana", ["apple", "banana"]])
    expected = (fruit["apple"] + fruit["banana"]) / 2
    assert known == pytest.approx(np.stack([expected, expected]))


def test_frequency_weights_are_those_of_the_paper(fruit):
    a, shares = 1e-3, np.array([0.6, 0.3, 0.1])
    weights = a / (a + shares)
    expected = (weights[[0, 2]] @ fruit.matrix[[0, 2]]) / 2
    assert fruit.embed_texts(["apple orange"], "frequency")[0] == pytest.approx(expected)


def test_frequency_needs_counts(fruit):
    uncounted = WordVectors(list(fruit.words), fruit.matrix)
    with pytest.raises(SettingError, match="needs the counts"):
        uncounted.embed_texts(["apple"], "frequency")


def test_texts_without_known_words_are_zero_and_counted_once(fruit):
    with pytest.warns(
        UserWarning, match="2 of 3 texts have no known word, the first is number 1"
    ) as w:
        pooled = fruit.embed_texts(["apple", "", "nothing here"])
    assert len(w) == 1 and not pooled[1:].any()


def test_no_texts_give_no_rows(fruit):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fruit.embed_texts([]).shape == (0, 3)


def test_many_texts_agree_with_a_loop(many):
    rng = np.random.default_rng(1)
    texts = [[f"w{i}" for i in rng.integers(0, 5500, n)] for n in rng.integers(1, 30, 9000)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pooled = many.embed_texts(iter(texts))
    for place in (0, 1, 4095, 4096, 8999):
        known = [many[word] for word in texts[place] if word in many]
        expected = np.mean(known, axis=0) if known else np.zeros(20)
        assert pooled[place] == pytest.approx(expected, abs=1e-6)


def test_one_text_is_no_list_of_texts(fruit):
    with pytest.raises(SettingError, match="got one str"):
        fruit.embed_texts("apple")
    with pytest.raises(SettingError, match="pooling must be"):
        fruit.embed_texts(["apple"], pooling="max")


EXAMPLE = "Pass such as ['good quality', 'arrived late']."


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (1, "texts must be a list of texts, got 1. "),
        *(
            (
                ["apple", wrong],
                "texts must be a list of texts, each a str or a list of words, "
                f"got {wrong!r} as number 1. ",
            )
            for wrong in (1, None, b"apple", ["apple", 1])
        ),
    ],
)
def test_what_is_no_text_is_named(fruit, texts, said):
    with pytest.raises(SettingError) as caught:
        fruit.embed_texts(texts)
    assert str(caught.value) == said + EXAMPLE


def test_what_is_no_raw_text_is_named(fruit):
    with pytest.raises(SettingError) as caught:
        list(fruit.embed_words([["apple"]]))
    assert str(caught.value) == (
        "texts must be a list of texts, each a str, got ['apple'] as number 0. " + EXAMPLE
    )


def test_words_may_come_in_any_collection(fruit):
    words = [["apple"], ("apple",), np.array(["apple"])]
    assert (fruit.embed_texts(words) == fruit["apple"]).all()


def test_words_keep_their_place_in_the_text(fruit):
    text = "  apple, then\torange pear apple"
    (embedded,) = fruit.embed_words([text])
    assert embedded.words == ("orange", "apple")
    assert [text[start:stop] for start, stop in embedded.spans] == ["orange", "apple"]
    assert embedded.vectors == pytest.approx(fruit[["orange", "apple"]])


def test_raw_text_is_cut_as_the_corpus_was(fruit, tmp_path):
    english = WordVectors(
        list(fruit.words), fruit.matrix, segmentation=Segmentation(language="en", lowercase=True)
    )
    english.save(tmp_path / "v")
    for vectors in (english, WordVectors.load(tmp_path / "v")):
        text = "An APPLE, then: orange!"
        (embedded,) = vectors.embed_words([text])
        assert embedded.words == ("apple", "orange")
        assert [text[start:stop] for start, stop in embedded.spans] == ["APPLE", "orange"]
        assert vectors.embed_texts([text], "sum")[0] == pytest.approx(
            fruit["apple"] + fruit["orange"]
        )


def test_phrases_are_joined_in_raw_text_as_in_the_corpus(tmp_path):
    phrases = PhraseTable(Phrases(), ((("new", "york", 9.0),),))
    joiner = phrases.settings.joiner
    vectors = WordVectors([f"new{joiner}york", "new"], np.eye(2), phrases=phrases)
    vectors.save(tmp_path / "v")
    for one in (vectors, WordVectors.load(tmp_path / "v")):
        (embedded,) = one.embed_words(["new  york new"])
        assert embedded.words == (f"new{joiner}york", "new")
        assert embedded.spans == ((0, 9), (10, 13))
        assert one.embed_texts(["new york new"], "sum").tolist() == [[1, 1]]
        assert one.restrict(1).phrases is one.phrases
