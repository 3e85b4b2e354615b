"""Distilling: the means are those of the sentences, every word has its turn, a run goes on."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from tests import small_encoders
from tests.unit.contextual.small import aligned

import lexloom
from lexloom import Corpus, WordVectors
from lexloom.contextual import word_steps
from lexloom.contextual.distilling import Distilling, distill
from lexloom.contextual.reducing import principal_components, word_weights
from lexloom.contextual.sampling import choose_passages, passages, sample_places
from lexloom.errors import DamagedError, FormatError, SettingError
from lexloom.training.signals import Interrupted

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

WORDS = ["今天", "天气", "good", "days", "公园", "isn't", "3.14", "naïve", ",", "手机"]


def mixed(n_sentences: int = 200, longest: int = 30) -> Corpus:
    """Sentences of Chinese and English words, some words a hundred times as frequent as others."""
    generator = np.random.default_rng(1)
    shares = 1 / np.arange(1, len(WORDS) + 1) ** 2
    sentences = [
        generator.choice(WORDS, generator.integers(1, longest), p=shares / shares.sum()).tolist()
        for _ in range(n_sentences)
    ]
    return Corpus.from_sentences(sentences, min_count=1)


class Spelling:
    """An encoder that gives each word the vector of its letters: what stands there is told."""

    width = 6
    precision = "float32"
    fingerprint = None
    settings: ClassVar[dict] = {"layers": "last", "pieces": "mean"}

    def __init__(self, drops: str = "\0") -> None:
        self.drops = drops
        self.seen: list[str] = []

    def of(self, word: str) -> np.ndarray:
        seed = int.from_bytes(word.encode()[:8], "little")
        return np.random.default_rng(seed).standard_normal(self.width).astype(np.float32)

    def embed_spans(self, texts: Any, spans: Any) -> Any:
        for text, places in zip(texts, spans, strict=True):
            self.seen.append(text)
            words = [text[start:stop] for start, stop in places]
            kept = np.array([self.drops not in word for word in words])
            yield (
                np.array([self.of(w) for w in words if self.drops not in w]).reshape(-1, 6),
                aligned(kept),
            )

    def embed_texts(self, texts: Any) -> np.ndarray:
        return np.array([self.of(text) for text in texts])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> lexloom.Encoder:
    folder = small_encoders.save(tmp_path_factory.mktemp("models") / "it")
    return lexloom.Encoder.load(folder, precision="float32")


def distances(matrix: np.ndarray) -> np.ndarray:
    """Distances of all pairs, which turning and centring leave as they are."""
    return np.linalg.norm(matrix[:, None] - matrix[None], axis=-1)


def test_passages_lie_within_sentences():
    corpus = mixed(longest=50)
    bounds = passages(corpus, 7)
    assert np.diff(bounds).max() <= 7 and np.diff(bounds).min() >= 1
    assert set(corpus.sentence_offsets.tolist()) <= set(bounds.tolist())


def test_a_sample_of_places_is_one_of_each_word(monkeypatch: pytest.MonkeyPatch):
    corpus = mixed()
    words, places = sample_places(corpus, 5, seed=3)
    assert (np.asarray(corpus.ids)[places] == words).all()
    n_of_word = np.bincount(words, minlength=len(corpus.vocabulary))
    assert n_of_word.tolist() == np.minimum(corpus.vocabulary.counts, 5).tolist()
    assert len(set(places.tolist())) == len(places)
    assert np.array_equal(sample_places(corpus, 5, seed=3)[1], places)
    assert not np.array_equal(sample_places(corpus, 5, seed=4)[1], places)
    monkeypatch.setattr("lexloom.contextual.sampling._WORDS_AT_ONCE", 100)
    in_blocks = sample_places(corpus, 5, seed=3)
    assert in_blocks[0].tolist() == words.tolist()
    assert (np.asarray(corpus.ids)[in_blocks[1]] == words).all()


def test_every_place_is_as_likely_to_be_drawn():
    corpus = Corpus.from_sentences([["a"] * 10] * 10, min_count=1)
    drawn = np.concatenate([sample_places(corpus, 10, seed)[1] for seed in range(300)])
    times = np.bincount(drawn, minlength=100)
    # 300 draws of a tenth: 30 each, with a standard deviation of 5.2.
    assert times.min() > 30 - 5 * 5.2 and times.max() < 30 + 5 * 5.2


@pytest.mark.parametrize("often", [1, 3, 50])
def test_every_word_is_met_as_often_as_asked(often: int):
    corpus = mixed()
    bounds = passages(corpus, 7)
    chosen = choose_passages(corpus, bounds, often, None, seed=1)
    met = np.concatenate([corpus.ids[bounds[i] : bounds[i + 1]] for i in chosen])
    n_met = np.bincount(met, minlength=len(corpus.vocabulary))
    assert (n_met >= np.minimum(corpus.vocabulary.counts, often)).all()
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    if often < 50:
        assert len(chosen) < len(bounds) / 4


def test_under_a_limit_the_frequent_words_are_met():
    corpus = Corpus.from_sentences([["a", "b"]] * 90 + [[f"w{i}", "a"] for i in range(50)],
                                   min_count=1)  # fmt: skip
    bounds = passages(corpus, 7)
    chosen = choose_passages(corpus, bounds, 5, 30, seed=1)
    met = {int(i) for passage in chosen for i in corpus.ids[bounds[passage] : bounds[passage + 1]]}
    assert len(chosen) == 15
    assert {corpus.vocabulary.id("a"), corpus.vocabulary.id("b")} <= met
    assert len(choose_passages(corpus, bounds, 5, 1, seed=1)) == 1


@pytest.mark.parametrize("n_rows", [3, 40])
def test_principal_components_are_those_of_the_singular_values(n_rows: int):
    matrix = np.random.default_rng(1).standard_normal((n_rows, 9)).astype(np.float32) + 5
    turned, kept = principal_components(matrix, 4)
    centred = matrix - matrix.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    known = min(4, n_rows - 1)
    assert np.abs(turned[:, :known]) == pytest.approx(np.abs(left * values)[:, :known], abs=1e-4)
    assert turned[:, known:] == pytest.approx(0, abs=1e-4)
    assert kept == pytest.approx((values[:4] ** 2).sum() / (values**2).sum(), abs=1e-5)
    assert (turned.max(axis=0) >= -turned.min(axis=0) - 1e-5).all()


def test_weights_are_those_of_the_formulas():
    counts = np.array([90, 1, 9])
    assert word_weights(counts, "sif", 0.1) == pytest.approx([0.1, 0.1 / 0.11, 0.1 / 0.19])
    assert word_weights(counts, "zipf", 0.1) == pytest.approx(np.log([2, 4, 3]))
    assert word_weights(counts, "none", 0.1).tolist() == [1, 1, 1]
    with pytest.raises(SettingError, match="weights must be"):
        word_weights(counts, "sfi", 0.1)  # type: ignore[arg-type]  # that is the point


def test_each_vector_is_that_of_its_word_in_its_sentence():
    corpus, reads = mixed(), Spelling()
    made = distill(reads, corpus, width=6, weights="none", context=9)
    expected = np.array([reads.of(word) for word in made.words])
    assert list(made.words) == list(corpus.vocabulary.words)
    assert distances(made.matrix) == pytest.approx(distances(expected), abs=1e-4)
    assert any("今天今天" in text for text in reads.seen)
    assert any("good good" in text for text in reads.seen)


def test_the_mean_is_over_all_occurrences(encoder: lexloom.Encoder):
    corpus = Corpus.from_texts(
        ["the cat sat on the mat", "a good cat", "the price of the phone"] * 3,
        language="en", min_count=1,
    )  # fmt: skip
    made = distill(encoder, corpus, weights="none", occurrences=100)
    met: dict[str, list[np.ndarray]] = {}
    texts = [" ".join(sentence) for sentence in corpus]
    for one in encoder.embed_words(texts, language="en"):
        for word, vector in zip(one.words, one.vectors, strict=True):
            met.setdefault(word, []).append(vector)
    expected = np.array([np.mean(met[word], axis=0) for word in made.words])
    assert made.width == encoder.width
    assert distances(made.matrix) == pytest.approx(distances(expected), abs=1e-4)
    assert made.metrics["n_words_read"] == corpus.n_words


def test_words_alone_are_texts_of_their_own(encoder: lexloom.Encoder):
    corpus = Corpus.from_texts(["the cat sat", "苹果 很 贵"], language="spaces", min_count=1)
    made = distill(encoder, corpus, method="words", weights="none")
    expected = encoder.embed_texts(list(made.words))
    assert distances(made.matrix) == pytest.approx(distances(expected), abs=1e-4)


def test_frequent_words_weigh_less():
    corpus = mixed()
    plain, weighed = (distill(Spelling(), corpus, weights=how) for how in ("none", "sif"))
    share = corpus.vocabulary.counts / corpus.n_words
    expected = plain.matrix * (1e-3 / (1e-3 + share))[:, None]
    assert weighed.matrix == pytest.approx(expected, rel=1e-4)


def test_words_that_were_not_met_are_reported():
    corpus = Corpus.from_sentences([["a", "b"]] * 9 + [["c", "d"]], min_count=1)
    with pytest.warns(UserWarning, match="2 of 4 words were not met .* most frequent is 'c'"):
        made = distill(Spelling(), corpus, most_words=2)
    assert list(made.words) == ["a", "b"] and made.counts.tolist() == [9, 9]
    assert (made.metrics["n_unmet"], made.metrics["unmet_words"]) == (2, ["c", "d"])
    with pytest.warns(UserWarning, match="1 of 4 words"):
        assert "d" not in distill(Spelling(drops="d"), corpus)


def test_what_is_made_is_kept_whole(encoder: lexloom.Encoder, tmp_path: Path):
    corpus = Corpus.from_texts(["the cat sat on the mat"] * 5, language="en", min_count=1)
    made = distill(encoder, corpus, out=tmp_path / "it", width=3)
    loaded = lexloom.load(tmp_path / "it")
    assert type(loaded) is WordVectors and np.array_equal(loaded.matrix, made.matrix)
    assert loaded.width == 3 and loaded.segmentation == corpus.segmentation
    assert loaded.counts.tolist() == corpus.vocabulary.counts.tolist()
    assert loaded.lineage["encoder"]["fingerprint"] == encoder.fingerprint
    assert len(encoder.fingerprint) == 64
    assert loaded.lineage["corpus"]["fingerprint"] == corpus.fingerprint
    assert loaded.embed_texts(["the cat!"]).shape == (1, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_another_model_has_another_fingerprint(encoder: lexloom.Encoder, tmp_path: Path):
    other = lexloom.Encoder.load(small_encoders.save(tmp_path / "it", "bpe"), precision="float32")
    assert other.fingerprint != encoder.fingerprint


@pytest.mark.parametrize("method", ["contexts", "words"])
@pytest.mark.parametrize("after", [1, 3])
def test_a_run_goes_on_where_it_was_interrupted(
    method: str, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word_steps, "WORDS_OF_STEP", 200)
    monkeypatch.setattr(word_steps, "ALONE_OF_STEP", 2)
    corpus, told = mixed(), []
    often = {"method": method, "occurrences": 50}
    whole = distill(Spelling(), corpus, out=tmp_path / "whole", **often)

    def stop(update: Any) -> None:
        told.append(update)
        if len(told) == after:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted, match="resume"):
        distill(Spelling(), corpus, out=tmp_path / "it", on_progress=stop, **often)
    assert len(told) == after and not (tmp_path / "it").exists()
    with pytest.raises(SettingError, match="unfinished run"):
        distill(Spelling(), corpus, out=tmp_path / "it", **often)
    rest: list[Any] = []
    made = distill(
        Spelling(), corpus, out=tmp_path / "it", resume=True, on_progress=rest.append, **often
    )
    assert np.array_equal(made.matrix, whole.matrix)
    assert rest[0].done > told[-1].done and rest[-1].is_last
    with pytest.raises(Interrupted, match="ran without out="):
        distill(
            Spelling(), corpus, **often,
            on_progress=lambda update: os.kill(os.getpid(), signal.SIGINT),
        )  # fmt: skip


def test_what_cannot_be_is_refused(encoder: lexloom.Encoder, tmp_path: Path):
    corpus = mixed(20)
    with pytest.raises(SettingError, match="width must be at most 16, the encoder's, got 17"):
        distill(encoder, corpus, width=17)
    with pytest.raises(SettingError, match="corpus must be a Corpus"):
        distill(encoder, [["a"]])  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingError, match="method must be"):
        Distilling(method="context")  # type: ignore[arg-type]  # that is the point
    alone = Corpus.from_sentences([["a", "a"]], min_count=1)
    with pytest.raises(FormatError, match="at least 2 words"):
        distill(encoder, alone, out=tmp_path / "it")
    assert list(tmp_path.iterdir()) == []

    class Broken(Spelling):
        def of(self, word: str) -> np.ndarray:
            return np.full(6, np.nan, np.float32)

    with pytest.raises(DamagedError, match="no finite number"):
        distill(Broken(), corpus)


def test_two_words_and_no_variance_give_finite_numbers():
    class Same(Spelling):
        def of(self, word: str) -> np.ndarray:
            return np.ones(6, np.float32)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = distill(Same(), Corpus.from_sentences([["a", "b"]], min_count=1))
    assert np.isfinite(made.matrix).all()
