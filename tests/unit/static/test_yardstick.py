"""A language model beside Kneser-Ney: the same tokens, and a weight that has not seen the judge."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.errors import FormatError
from lexloom.evaluation.metrics.perplexity import best_weight, mixed, perplexity
from lexloom.static.kneser_ney import KneserNey
from lexloom.static.language_model import LanguageModel
from lexloom.static.nplm import NPLM
from lexloom.static.yardstick import measure_beside
from lexloom.text.corpus import Corpus

WORDS = ["the", "a", "cat", "dog", "mat", "log", "sat", "ran", "on", "by"]


def drawn(n_sentences: int, seed: int) -> list[list[str]]:
    """Sentences of 1 to 9 words, most of which follow from the one before."""
    generator = np.random.default_rng(seed)
    sentences = []
    for length in generator.integers(1, 10, n_sentences):
        steps = np.where(generator.random(length) < 0.7, 3, generator.integers(0, 10, length))
        sentences.append([WORDS[place % 10] for place in np.cumsum(steps)])
    return sentences


@pytest.fixture(scope="module")
def learned() -> Corpus:
    return Corpus.from_sentences(drawn(400, seed=1), min_count=1)


@pytest.fixture(scope="module")
def model(learned: Corpus) -> LanguageModel:
    trainer = NPLM(width=4, hidden=8, order=3, epochs=3, rare_below=1, threads=1)
    return trainer.fit(learned)


def test_each_half_is_measured_as_if_it_were_alone(learned: Corpus, model: LanguageModel):
    sentences = drawn(101, seed=2)
    found = measure_beside(model, learned, Corpus.from_sentences(sentences, min_count=1))
    ends = np.cumsum([len(words) + 1 for words in sentences])
    n_first = 1 + int(np.argmax(ends >= ends[-1] / 2))
    chooses, judged = (
        Corpus.from_sentences(half, min_count=1)
        for half in (sentences[:n_first], sentences[n_first:])
    )
    peer = KneserNey(order=3).fit(learned, model.vocabulary)
    weight = best_weight(model.log_probabilities(chooses), peer.log_probabilities(chooses))
    ours, theirs = model.log_probabilities(judged), peer.log_probabilities(judged)
    assert found.weight == pytest.approx(weight, abs=1e-6)
    assert found.model == pytest.approx(model.perplexity(judged))
    assert found.kneser_ney == pytest.approx(perplexity(theirs))
    assert found.mixture == pytest.approx(perplexity(mixed(ours, theirs, weight)))
    assert (found.n_chosen_on, found.n_judged) == (ends[n_first - 1], len(ours))


def test_the_last_sentence_always_judges(learned: Corpus, model: LanguageModel):
    text = Corpus.from_sentences([["cat"], ["the", "cat", "sat", "on"]], min_count=1)
    found = measure_beside(model, learned, text)
    assert (found.n_chosen_on, found.n_judged) == (2, 5)


def test_what_cannot_be_measured_is_refused(learned: Corpus, model: LanguageModel):
    one = Corpus.from_sentences([["cat", "sat"]], min_count=1)
    with pytest.raises(FormatError, match=r"at least two sentences, .* found 1"):
        measure_beside(model, learned, one)
    strange = Corpus.from_sentences([["猫", "狗"]], min_count=1)
    with pytest.raises(FormatError, match="the model knows no word of the corpus"):
        measure_beside(model, strange, learned)
