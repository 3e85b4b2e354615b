"""Running text: boundaries, unknown words, contexts."""

from __future__ import annotations

import numpy as np

from lexloom.static.running_text import BOUNDARY, FIRST_WORD, UNKNOWN, RunningText
from lexloom.text.corpus import Corpus
from lexloom.text.vocabulary import Vocabulary


def test_a_corpus_and_its_lists_of_words_read_alike():
    sentences = [["a", "b", "a"], ["c"], ["b", "zebra"]]
    vocabulary = Vocabulary(["b", "a"])
    corpus = Corpus.from_sentences(sentences, min_count=1)
    one = RunningText.of_sentences(corpus, vocabulary)
    other = RunningText.of_words([*sentences, []], vocabulary)
    assert one.tokens.tolist() == other.tokens.tolist() == [0, 3, 2, 3, 0, 1, 0, 2, 1, 0]
    assert one.starts.tolist() == other.starts.tolist() == [1, 5, 7, 10]


def test_what_looks_like_a_special_token_is_a_word():
    words = ["<unk>", "<s>", "</s>"]
    text = RunningText.of_words([words, ["other"]], Vocabulary(words))
    assert text.tokens.tolist() == [BOUNDARY, *range(FIRST_WORD, 5), BOUNDARY, UNKNOWN, BOUNDARY]


def test_contexts_end_where_the_sentence_begins():
    text = RunningText.of_words([["a", "b", "c"], ["b"]], Vocabulary(["a", "b", "c"]))
    assert text.contexts(text.places, 3).tolist() == [
        [0, 0, 0],
        [2, 0, 0],
        [3, 2, 0],
        [4, 3, 2],
        [0, 0, 0],
        [3, 0, 0],
    ]
    assert text.sentence_of(text.places).tolist() == [0, 0, 0, 0, 1, 1]


def test_a_context_may_be_longer_than_the_text():
    text = RunningText.of_words([["a"]], Vocabulary(["a"]))
    assert text.contexts(text.places, 9).tolist() == [[0] * 9, [2, *[0] * 8]]


def test_an_empty_text_foretells_nothing():
    text = RunningText.of_words([], Vocabulary(["a"]))
    assert len(text.places) == 0
    assert text.contexts(text.places, 2).shape == (0, 2)
    assert text.tokens.tolist() == [BOUNDARY]
    assert np.array_equal(text.starts, [1])
