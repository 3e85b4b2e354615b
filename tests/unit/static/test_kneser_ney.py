"""Kneser-Ney against its formula, and against a program of other people."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.reference.kneser_ney_twin import KneserNeyTwin

from lexloom.errors import SettingError
from lexloom.static.kneser_ney import KneserNey
from lexloom.static.running_text import FIRST_WORD, RunningText
from lexloom.text.corpus import Corpus
from lexloom.text.vocabulary import Vocabulary

WORDS = list("abcdefgh")
DISCOUNTS = (0.0, 0.4, 0.7, 0.9)


def sentences(n: int, seed: int) -> list[list[str]]:
    """Sentences in which a word hangs on the one before it."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        words = [int(draw.integers(8))]
        while draw.random() < 0.8 and len(words) < 12:
            words.append(int(words[-1] * 3 + draw.integers(3)) % 8)
        made.append([WORDS[i] for i in words])
    return made


@pytest.fixture(scope="module")
def trained() -> Corpus:
    return Corpus.from_sentences(sentences(300, 0), min_count=1)


@pytest.fixture(scope="module")
def asked() -> Corpus:
    return Corpus.from_sentences([*sentences(40, 1), ["zebra", "a"]], min_count=1)


def tokens(corpus: Corpus, vocabulary: Vocabulary) -> list[list[int]]:
    return [
        [vocabulary.id(w) + FIRST_WORD if w in vocabulary else 1 for w in words] for words in corpus
    ]


def test_it_is_its_formula(trained: Corpus, asked: Corpus):
    vocabulary = trained.vocabulary
    model = KneserNey(order=4, discounts=DISCOUNTS).fit(trained, vocabulary)
    twin = KneserNeyTwin(tokens(trained, vocabulary), list(DISCOUNTS), len(vocabulary) + FIRST_WORD)
    expected = [
        twin.probability((0, *sentence[:i]), token)
        for sentence in tokens(asked, vocabulary)
        for i, token in enumerate([*sentence, 0])
    ]
    found = np.exp(model.log_probabilities(asked))
    assert found == pytest.approx(np.maximum(expected, 0), rel=1e-9)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_probabilities_of_all_tokens_sum_to_one(trained: Corpus, order: int):
    vocabulary = trained.vocabulary
    model = KneserNey(order=order).fit(trained, vocabulary)
    beginnings = [["a"], ["b", "e"], ["h", "h", "h", "h"], ["zebra"], []]
    for words in beginnings:
        ends = [[*words, last] for last in [*vocabulary.words, "zebra"]]
        corpus = Corpus.from_sentences([*ends, *([words] if words else [])], min_count=1)
        text = RunningText.of_sentences(corpus, vocabulary)
        found = np.exp(model.log_probabilities(corpus))
        # The token behind `words`: a word, an unknown one or the end of the sentence.
        total = found[text.starts[:-1] - 1 + len(words)].sum()
        expected = 1.0
        if not words:  # no corpus holds an empty sentence
            text = RunningText(np.zeros(2, np.int32), np.array([1, 2]))
            expected -= model._probabilities(text, text.places)[0]
        assert total == pytest.approx(expected)


def test_it_agrees_with_nltk(trained: Corpus, asked: Corpus):
    lm = pytest.importorskip("nltk.lm", reason="needs nltk: make setup")
    order, discount = 3, 0.6
    peer = lm.KneserNeyInterpolated(order, discount=discount)
    padded = [["<s>"] * (order - 1) + list(words) + ["</s>"] for words in trained]
    grams = [
        [tuple(words[end - n : end]) for end in range(order, len(words) + 1) for n in (1, 2, 3)]
        for words in padded
    ]
    peer.fit(grams, vocabulary_text=[*WORDS, "</s>"])
    # nltk does not discount single words.
    model = KneserNey(order=order, discounts=(0.0, discount, discount))
    found = iter(np.exp(model.fit(trained, trained.vocabulary).log_probabilities(asked)))
    n_compared = 0
    for words in itertools.islice(asked, len(asked) - 1):
        for i, word in enumerate([*words, "</s>"]):
            p = next(found)
            # Its beginnings of sentences are padded with several signs, ours with one.
            if i >= order - 2:
                assert p == pytest.approx(
                    peer.score(word, words[max(i - 2, 0) : i] if i >= 2 else ["<s>", *words[:i]]),
                    abs=1e-6,
                )
                n_compared += 1
    assert n_compared > 100


def test_discounts_are_those_of_chen_and_goodman():
    from lexloom.static.kneser_ney import _estimate

    counts = np.repeat([1, 2, 3, 4, 9], [50, 20, 10, 6, 3])
    share = 50 / (50 + 2 * 20)
    expected = (1 - 2 * share * 20 / 50, 2 - 3 * share * 10 / 20, 3 - 4 * share * 6 / 10)
    assert _estimate(counts) == pytest.approx(expected)
    assert _estimate(np.array([1, 1, 2])) == (0.5, 1.0, 1.5)


def test_a_discount_for_each_order():
    corpus = Corpus.from_sentences([["a", "b"]], min_count=1)
    with pytest.raises(SettingError, match=r"^discounts must be 3, one an order, got 2\.$"):
        KneserNey(order=3, discounts=(0.1, 0.2)).fit(corpus, corpus.vocabulary)


def test_orders_that_no_sentence_reaches_add_nothing():
    short = Corpus.from_sentences([["a"], ["b"]] * 5, min_count=1)
    models = (
        KneserNey(order=order, discounts=(0.5,) * order).fit(short, short.vocabulary)
        for order in (3, 5)
    )
    three, five = (model.log_probabilities(short) for model in models)
    assert np.isfinite(five).all() and five == pytest.approx(three)
