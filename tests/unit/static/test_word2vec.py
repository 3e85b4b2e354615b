"""Word2Vec's own settings, and how they become what the kernels are given."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.errors import SettingError
from lexloom.static import calming, word2vec_model
from lexloom.static.starting import begin
from lexloom.static.word2vec import Word2Vec
from lexloom.static.word2vec_model import Word2VecModel
from lexloom.text.corpus import Corpus


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    sentences = [["a"] * 6 + ["b"] * 3 + ["c"], ["a", "d"]] * 600
    return Corpus.from_sentences(sentences, min_count=1)


def model(corpus: Corpus, **settings) -> Word2VecModel:
    chosen = Word2Vec(**{"width": 4, "threads": 1, **settings})
    return Word2VecModel(chosen, corpus, begin(corpus.vocabulary, 4, 1))


def test_defaults_of_skip_gram_are_those_of_the_papers():
    settings = Word2Vec()
    assert (settings.width, settings.window, settings.noise_words) == (100, 5, 5)
    assert (settings.objective, settings.loss) == ("skip_gram", "negative_sampling")
    assert (settings.noise_exponent, settings.sample, settings.dynamic_window) == (0.75, 1e-3, True)
    assert (settings.first_rate, settings.min_learning_rate) == (0.025, 1e-4)
    assert Word2Vec(objective="cbow").first_rate > 0.025
    assert Word2Vec(objective="cbow", learning_rate=0.1).first_rate == 0.1


def test_the_rate_falls_evenly_over_all_epochs(corpus: Corpus, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(word2vec_model, "SPAN", 512)
    monkeypatch.setattr(word2vec_model, "SPANS_OF_STRETCH", 2)
    trained = model(corpus, epochs=2, learning_rate=0.2, min_learning_rate=0.1)
    assert trained.n_units == 7200
    assert trained.n_stretches == 8
    assert trained.rate(0, 0) == pytest.approx(0.2)
    assert trained.rate(0, 2) == pytest.approx(0.2 - 0.1 * 2048 / 14400)
    assert trained.rate(0, 8) == trained.rate(1, 0) == pytest.approx(0.15)
    assert trained.rate(1, 8) == pytest.approx(0.1)


def test_frequent_words_are_kept_as_often_as_word2vec_keeps_them():
    counts = np.array([900, 90, 9, 1])
    ratio = counts / 1000 / 0.01
    expected = np.minimum(1.0, np.sqrt(1 / ratio) + 1 / ratio)
    assert calming.chances_to_keep(counts, 0.01) == pytest.approx(expected)
    assert calming.chances_to_keep(counts, 0.0).tolist() == [1.0] * 4


def test_sub_sampling_trains_on_fewer_pairs(corpus: Corpus):
    pairs = [
        Word2Vec(width=4, epochs=1, threads=1, sample=sample).fit(corpus).metrics["n_pairs"]
        for sample in (0.0, 0.05, 0.001)
    ]
    assert pairs[0] > 2 * pairs[1] > 4 * pairs[2] > 0


def test_a_fixed_window_gives_all_pairs(corpus: Corpus):
    fixed, drawn = (
        Word2Vec(width=4, epochs=1, threads=1, sample=0, held_out=0, dynamic_window=dynamic).fit(
            corpus
        )
        for dynamic in (False, True)
    )
    n_pairs = 600 * (sum(min(9, p + 5) - max(0, p - 5) for p in range(10)) + 2)
    assert fixed.metrics["n_pairs"] == n_pairs
    assert 0.5 * n_pairs < drawn.metrics["n_pairs"] < 0.75 * n_pairs


def test_held_out_sentences_are_trained_by_nobody(corpus: Corpus):
    all_of_them, most = (
        Word2Vec(width=4, epochs=1, threads=1, sample=0, held_out=share, dynamic_window=False)
        .fit(corpus)
        .metrics
        for share in (0.0, 0.25)
    )
    assert all_of_them["held_out_loss_per_epoch"] == [None]
    assert most["held_out_loss_per_epoch"][0] > 0
    assert most["n_pairs"] == pytest.approx(0.75 * all_of_them["n_pairs"], rel=0.05)


def test_looking_at_the_held_out_sentences_changes_nothing(corpus: Corpus):
    trained = model(corpus, held_out=0.2, deterministic=True, threads=2)
    trained.train(0, 0)
    before = {name: array.copy() for name, array in trained.arrays().items()}
    losses = {trained.held_out_loss() for _ in range(3)}
    assert len(losses) == 1
    assert all(np.array_equal(before[name], array) for name, array in trained.arrays().items())


@pytest.mark.parametrize("threads", [2, 3])
def test_the_held_out_loss_is_the_same_for_any_number_of_threads(
    corpus: Corpus, threads: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word2vec_model, "SPAN", 16)
    losses = {model(corpus, held_out=0.2, threads=n).held_out_loss() for n in (1, threads)}
    assert len(losses) == 1


def test_few_sentences_are_not_held_out():
    corpus = Corpus.from_sentences([["a", "b"]] * 999, min_count=1)
    assert Word2Vec(width=4, held_out=0.4).fit(corpus).metrics["held_out_loss_per_epoch"][0] is None


def test_the_full_softmax_is_for_small_vocabularies(corpus: Corpus, monkeypatch):
    monkeypatch.setattr(word2vec_model, "MOST_WORDS_OF_FULL_SOFTMAX", 3)
    with pytest.raises(SettingError) as caught:
        Word2Vec(loss="full_softmax").fit(corpus)
    assert str(caught.value) == (
        "loss='full_softmax' goes over all words for each pair: it takes at most 3 words, the "
        "corpus has 4. Use loss='negative_sampling', or a corpus with fewer (max_words=)."
    )


def test_the_rate_cannot_rise(corpus: Corpus):
    with pytest.raises(SettingError) as caught:
        Word2Vec(learning_rate=0.01, min_learning_rate=0.02).fit(corpus)
    assert str(caught.value) == (
        "min_learning_rate must be at most the learning rate 0.01, got 0.02."
    )


def test_nodes_of_another_tree_are_not_taken_for_words(corpus: Corpus):
    trees = Word2Vec(width=4, epochs=1, loss="hierarchical_softmax", keep_output=True).fit(corpus)
    words = Word2Vec(width=4, epochs=1, keep_output=True).fit(corpus)
    tree = Word2Vec(width=4, loss="hierarchical_softmax")
    assert np.array_equal(Word2Vec(width=4).begin(corpus, words, ()).outputs, words.output_matrix)
    for trainer, start in [(Word2Vec(width=4), trees), (tree, words), (Word2Vec(width=4), None)]:
        assert not trainer.begin(corpus, start, ()).outputs.any()


def test_blocks_are_as_set_for_running_text_and_small_for_a_toy():
    settings = Word2Vec()
    running = np.full(100, 0.01)
    toy = np.array([0.6, 0.3, 0.1])
    assert calming.calm_blocks(settings, running) == settings.blocks
    assert calming.calm_blocks(settings, toy) == (4, 1)
    block, slots = calming.calm_blocks(settings, np.array([0.05] * 20))
    assert 4 < block * slots < np.prod(settings.blocks)


def test_in_order_no_thread_only_waits(corpus: Corpus):
    assert model(corpus, deterministic=True, threads=8)._threads == 1  # rounds of one block
    assert model(corpus, threads=8)._threads == 8


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax", "full_softmax"])
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
def test_a_word_said_over_and_over_does_not_swing_up(
    objective: str, loss: str, deterministic: bool
):
    generator = np.random.default_rng(1)
    words = [f"w{n}" for n in range(500)]
    running = [list(generator.choice(words, 20)) for _ in range(500)]
    bursts = [[word] * 300 for word in words[::50]]
    corpus = Corpus.from_sentences(running + bursts + running, min_count=1)
    vectors = Word2Vec(
        width=32, epochs=3, sample=0.01, objective=objective, loss=loss,
        deterministic=deterministic, threads=2,
    ).fit(corpus)  # fmt: skip
    assert np.linalg.norm(vectors.matrix, axis=1).max() < 30
    losses = vectors.metrics["loss_per_epoch"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
@pytest.mark.parametrize("n_words", [2, 3, 5, 30])
def test_a_toy_settles_at_the_default_rate(n_words: int, objective: str, deterministic: bool):
    words = [f"w{i}" for i in range(n_words)]
    toy = Corpus.from_sentences([words * 3] * 300, min_count=1)
    vectors = Word2Vec(
        width=10, epochs=10, sample=0, objective=objective, deterministic=deterministic
    ).fit(toy)
    assert np.abs(vectors.matrix).max() < 50
    losses = vectors.metrics["loss_per_epoch"]
    assert losses[-1] <= losses[0]


def test_a_score_that_is_no_function_is_refused_before_training():
    corpus = Corpus.from_sentences([["a", "b"]] * 9, min_count=1)
    with pytest.raises(SettingError, match="score must be a function, got 3"):
        Word2Vec(width=4).fit(corpus, score=3)  # type: ignore[arg-type]  # the fault
