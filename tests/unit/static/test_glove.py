"""What is GloVe's own, beside the contract of trainers."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts import planted

from lexloom.errors import FormatError, SettingError
from lexloom.static import counting_pairs, glove_model
from lexloom.static.glove import GloVe
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES
from lexloom.training.signals import Interrupted
from lexloom.vectors.word_vectors import WordVectors

TINY = {"width": 4, "threads": 2, "epochs": 3}


def far_away(words: Any) -> WordVectors:
    """Vectors that training alone would not come near."""
    generator = np.random.default_rng(5)
    return WordVectors(list(words), generator.normal(0, 1, (len(words), 4)).astype(np.float32))


@pytest.mark.parametrize("n_words", [2, 33])
@pytest.mark.parametrize("symmetric", [False, True])
def test_small_vocabularies_are_learned(n_words: int, symmetric: bool):
    words = [f"w{n}" for n in range(n_words)]
    corpus = Corpus.from_sentences([words, words[::-1]], min_count=1)
    vectors = GloVe(**TINY, symmetric=symmetric).fit(corpus)
    assert np.isfinite(vectors.matrix).all()
    assert vectors.metrics["held_out_loss_per_epoch"] == [None] * 3
    losses = vectors.metrics["loss_per_epoch"]
    assert all(np.isfinite(losses)) and losses[-1] <= losses[0]


def test_pairs_do_not_cross_sentences():
    corpus = Corpus.from_sentences([["a", "b"], ["c", "d"]] * 5, min_count=1)
    assert GloVe(**TINY).fit(corpus).metrics["n_pairs"] == 3 * 4
    assert GloVe(**TINY, symmetric=False).fit(corpus).metrics["n_pairs"] == 3 * 2


def test_words_that_the_text_has_no_more_keep_finite_vectors():
    part, _ = Corpus.from_sentences([["a", "b"], ["c", "d"]] * 5, min_count=1).split(0.1)
    vectors = GloVe(**TINY).fit(part)
    assert len(vectors) == 4 and np.isfinite(vectors.matrix).all()


def test_the_more_attached_the_nearer_words_stay():
    corpus, settings = planted.language(), {**TINY, "epochs": 12, "learning_rate": 0.2}
    given = far_away(corpus.vocabulary.words)
    fitted = [
        GloVe(**settings, attachment=much).fit(corpus, start=given) for much in (0.0, 1.0, 100.0)
    ]
    away = [np.linalg.norm(vectors.matrix - given.matrix) for vectors in fitted]
    assert 2 * away[2] < away[1] < away[0]


def test_given_vectors_are_the_sum_training_begins_with():
    corpus = planted.language()
    given = far_away(corpus.vocabulary.words)
    begun = GloVe(**TINY).begin(corpus, given, ["a0"])
    words, contexts = begun.both()
    assert np.array_equal(words, contexts)
    assert np.array_equal(words + contexts, given.matrix)
    kept = GloVe(**TINY, keep_output=True).fit(corpus)
    words, contexts = GloVe(**TINY).begin(corpus, kept, ()).both()
    assert np.array_equal(contexts, kept.output_matrix)
    assert words + contexts == pytest.approx(kept.matrix, abs=1e-6)


def test_frozen_words_still_learn_their_biases():
    corpus = planted.language()
    given = far_away(corpus.vocabulary.words)
    trainer = GloVe(**TINY)
    begun = trainer.begin(corpus, given, ["a0"])
    with contextlib.closing(trainer.model(corpus, begun, None, None)) as model:
        for stretch in range(model.n_stretches):
            model.train(0, stretch)
    frozen = corpus.vocabulary.id("a0")
    assert begun.parameters.words[frozen, 4] and begun.parameters.contexts[frozen, 5]
    words, contexts = begun.both()
    assert np.array_equal(words[frozen] + contexts[frozen], given["a0"])


def test_output_vectors_of_another_family_are_not_contexts():
    corpus = planted.language()
    given = far_away(corpus.vocabulary.words)
    other = WordVectors(list(given.words), given.matrix, output_matrix=given.matrix[::-1].copy())
    words, contexts = GloVe(**TINY).begin(corpus, other, ()).both()
    assert np.array_equal(words, contexts)


def test_memory_and_threads_may_change_and_the_bytes_do_not():
    corpus = planted.language()
    one = GloVe(**TINY, max_memory_gb=0.001).fit(corpus)
    other = GloVe(**{**TINY, "threads": 1}).fit(corpus)
    assert np.array_equal(one.matrix, other.matrix)
    figures = ("loss_per_epoch", "held_out_loss_per_epoch")
    assert [one.metrics[name] for name in figures] == [other.metrics[name] for name in figures]


def test_too_little_memory_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(SettingError, match=r"^max_memory_gb must be at least 0\.001, got "):
        GloVe(**TINY, max_memory_gb=1e-6).fit(planted.language(), out=tmp_path / "it")
    assert list(tmp_path.iterdir()) == []


def test_pairs_are_counted_once_even_if_training_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trainer, out = GloVe(**TINY, checkpoint_minutes=0), tmp_path / "it"
    whole = trainer.fit(planted.language())
    with pytest.raises(Interrupted):
        trainer.fit(
            planted.language(), out=out,
            on_progress=lambda update: os.kill(os.getpid(), signal.SIGTERM),
        )  # fmt: skip
    assert (tmp_path / "it.training" / "cooccurrences").is_dir()
    monkeypatch.setattr(glove_model, "count_pairs", None)
    more = dataclasses.replace(trainer, threads=1)
    assert np.array_equal(more.fit(planted.language(), out=out, resume=True).matrix, whole.matrix)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_pair_of_the_window_counts_by_its_distance():
    corpus = Corpus.from_sentences([["a", "x", "b"]] * 3, min_count=1)
    for weighting, expected in [(True, [1.5, 3.0]), (False, [3.0])]:
        trainer = GloVe(**TINY, distance_weighting=weighting)
        with contextlib.closing(
            trainer.model(corpus, trainer.begin(corpus, None, ()), None, None)
        ) as model:
            logs = model._pairs.records.logs
        assert np.unique(np.exp(logs).round(3)).tolist() == expected


def test_nothing_is_trained_where_every_pair_is_held_out():
    corpus = Corpus.from_sentences([["a", "b"]] * 1000, min_count=1)
    seeds = range(1, 40)
    with pytest.raises(FormatError, match="no pair is left to learn from"):
        for seed in seeds:
            GloVe(width=4, epochs=1, held_out=0.49, seed=seed).fit(corpus)


def test_long_counting_is_told_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting_pairs, "_SECONDS_UNTOLD", 0.0)
    updates: list[Any] = []
    GloVe(**TINY).fit(planted.language(), on_progress=updates.append)
    done = [update.done for update in updates if update.task == "counting"]
    assert len(done) > 10 and done == sorted(set(done))
    assert done[-1] == updates[0].total


def test_memory_is_foretold_for_counting_too():
    # Training on the English mix took 458 MiB above its imports.
    _, n_bytes = GloVe().cost(15_588_613, 78_116)
    assert 350 < (n_bytes - BASE_BYTES) >> 20 < 600
    assert GloVe(max_memory_gb=0.1).cost(15_588_613, 78_116)[1] < n_bytes - (100 << 20)
