"""The kernels of GloVe give what their slow twins give."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.reference import glove_twins as twins

from lexloom.errors import SettingError
from lexloom.kernels import glove as kernels
from lexloom.kernels.cooccurrences import Arrangement
from lexloom.static.cooccurrences import Cooccurrences, Shard
from lexloom.static.counting_pairs import Counting, count_pairs
from lexloom.text.corpus import Corpus

X_MAX, ALPHA, RATE = 3.0, 0.75, 0.05
N_WORDS = 40


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    generator = np.random.default_rng(0)
    words = np.minimum(generator.geometric(0.1, 3000) - 1, N_WORDS - 1)
    cuts = np.sort(generator.choice(np.arange(1, 3000), 400, replace=False))
    sentences = [[f"w{n}" for n in part] for part in np.split(words, cuts)]
    return Corpus.from_sentences(sentences, min_count=1)


def counted(corpus: Corpus, folder: Path, window: int = 4, **changes: Any) -> Cooccurrences:
    weighted = changes.pop("weighted", True)
    held_out = np.float32(changes.pop("held_out", 0.0))
    distances = np.maximum(np.arange(window + 1), 1)
    counting = Counting(
        **{
            "amounts": 1 / distances if weighted else np.ones(window + 1),
            "symmetric": True,
            "arrangement": Arrangement(
                np.float32(X_MAX), np.float32(ALPHA), held_out, np.uint64(7)
            ),
            "strata": 4,
            "seed": 1,
            "max_memory_gb": 0.01,
            "threads": 2,
            **changes,
        }
    )
    with ThreadPoolExecutor(2) as pool:
        return count_pairs(corpus, counting, folder / "pairs", {}, pool)


def pairs_of(
    found: Cooccurrences, strata: Sequence[int], shards: Sequence[Shard] | None = None
) -> list[tuple[int, int, float, float]]:
    """List (i, j, log X, f(X)) of some strata, in the order of learning."""
    pairs = []
    for shard in found.shards if shards is None else shards:
        for stratum in strata:
            k = int(shard.starts[stratum])
            for word, n in zip(shard.words, shard.lengths[:, stratum], strict=True):
                for at in range(k, k + n):
                    logs, weights = found.records.logs[at], found.records.weights[at]
                    pairs.append((int(word), int(found.records.columns[at]), logs, weights))
                k += n
    return pairs


def ids_of(corpus: Corpus) -> list[list[int]]:
    return [corpus.vocabulary.ids(sentence).tolist() for sentence in corpus]


@pytest.mark.parametrize(
    ("window", "symmetric", "weighted", "max_memory_gb"),
    [
        (4, True, True, 0.01),
        (1, True, True, 0.01),
        (4, False, True, 0.01),
        (7, True, False, 1.2e-5),
    ],
)
def test_pairs_are_counted_as_the_twin_counts(
    corpus: Corpus,
    tmp_path: Path,
    window: int,
    symmetric: bool,
    weighted: bool,
    max_memory_gb: float,
):
    found = counted(
        corpus, tmp_path, window, symmetric=symmetric, weighted=weighted,
        max_memory_gb=max_memory_gb,
    )  # fmt: skip
    expected = twins.cooccurrences(
        ids_of(corpus), len(corpus.vocabulary), window, symmetric=symmetric, weighted=weighted
    )
    logs, weights = np.full(expected.shape, -np.inf), np.zeros(expected.shape)
    pairs = pairs_of(found, range(4))
    for i, j, log, weight in pairs:
        logs[i, j], weights[i, j] = log, weight
    assert len(pairs) == found.n_pairs == (expected > 0).sum()
    assert np.exp(logs) == pytest.approx(expected, rel=1e-5)
    known = expected > 0
    assert weights[known] == pytest.approx(
        np.minimum(1, (expected[known] / X_MAX) ** ALPHA), rel=1e-5
    )
    assert (len(found.shards) > 8) == (max_memory_gb < 1e-4)


def test_a_block_holds_one_stratum_of_rows_and_one_of_columns(corpus: Corpus, tmp_path: Path):
    found = counted(corpus, tmp_path)
    for stratum in range(4):
        assert {j % 4 for _, j, *_ in pairs_of(found, [stratum])} == {stratum}
    for shard in found.shards:
        assert set(shard.words % 4) == {shard.stratum}


def test_little_memory_gives_the_same_pairs_in_the_same_order(corpus: Corpus, tmp_path: Path):
    roomy = counted(corpus, tmp_path / "roomy")
    tight = counted(corpus, tmp_path / "tight", max_memory_gb=1.2e-5, threads=1)
    assert len(tight.shards) > len(roomy.shards) == 4
    for stratum in range(4):
        assert pairs_of(tight, [stratum]) == pairs_of(roomy, [stratum])


def test_too_little_memory_is_refused_with_what_it_takes(corpus: Corpus, tmp_path: Path):
    with pytest.raises(SettingError) as caught:
        counted(corpus, tmp_path, max_memory_gb=1e-6)
    assert str(caught.value) == (
        "max_memory_gb must be at least 0.001, got 1e-06: half of it must hold what the most "
        "frequent word takes."
    )
    assert list(tmp_path.iterdir()) == []


def test_pairs_are_set_aside_with_their_mirror_images(corpus: Corpus, tmp_path: Path):
    whole = {(i, j) for i, j, *_ in pairs_of(counted(corpus, tmp_path / "whole"), range(4))}
    found = counted(corpus, tmp_path, held_out=0.25)
    aside = {(i, j) for i, j, *_ in pairs_of(found, [4])}
    learned = {(i, j) for i, j, *_ in pairs_of(found, range(4))}
    assert aside | learned == whole and not aside & learned
    assert {(j, i) for i, j in aside} == aside
    assert 0.15 < len(aside) / len(whole) < 0.35


@pytest.mark.parametrize("width", [1, 5, 30])
def test_learning_is_the_adagrad_of_the_twin(corpus: Corpus, tmp_path: Path, width: int):
    found, n_words = counted(corpus, tmp_path), len(corpus.vocabulary)
    generator = np.random.default_rng(width)
    parameters = kernels.empty_parameters(n_words, width)
    half = parameters.words.shape[1] // 2
    drawn = [generator.normal(0, 0.3, (n_words, width)).astype(np.float32) for _ in range(2)]
    biases = generator.normal(0, 0.3, (n_words, 2)).astype(np.float32)
    for table, vectors in zip(parameters, drawn, strict=True):
        table[:, :width] = vectors
    parameters.words[:, width], parameters.contexts[:, width + 1] = biases.T
    words, contexts, both = (
        (vectors.astype(float), np.ones(vectors.shape)) for vectors in (*drawn, biases)
    )
    for _ in range(3):
        for shard in found.shards:
            for stratum in range(4):
                report = np.zeros(2)
                block = (shard.words, shard.lengths, stratum, shard.starts[stratum], found.records)
                kernels.learn(*block, parameters, np.float32(RATE), report)
                pairs = [
                    (i, j, np.exp(float(log)))
                    for i, j, log, _ in pairs_of(found, [stratum], [shard])
                ]
                costs = twins.learn(pairs, words, contexts, both, RATE, X_MAX, ALPHA)
                assert report[kernels.COST] == pytest.approx(sum(costs), rel=1e-3)
    assert parameters.words[:, :width] == pytest.approx(words[0], abs=2e-4)
    assert parameters.words[:, half : half + width] == pytest.approx(words[1], rel=1e-3)
    assert parameters.contexts[:, :width] == pytest.approx(contexts[0], abs=2e-4)
    assert parameters.words[:, width] == pytest.approx(both[0][:, 0], abs=2e-4)
    assert parameters.contexts[:, width + 1] == pytest.approx(both[0][:, 1], abs=2e-4)
    assert (parameters.words[:, width + 1] == 1).all() and (
        parameters.contexts[:, width] == 1
    ).all()
    assert not parameters.words[:, width + 2 : half].any()


def test_a_score_that_is_not_finite_ends_learning_and_names_its_word(
    corpus: Corpus, tmp_path: Path
):
    found = counted(corpus, tmp_path)
    parameters = kernels.empty_parameters(len(corpus.vocabulary), 3)
    shard = found.shards[0]
    broken = int(shard.words[2])
    parameters.words[broken, 0] = np.nan
    report = np.zeros(2)
    block = (shard.words, shard.lengths, 0, shard.starts[0], found.records, parameters)
    kernels.learn(*block, np.float32(RATE), report)
    assert np.isnan(report[kernels.COST]) and report[kernels.WORD] == broken
    before = parameters.words.copy()
    kernels.learn(*block, np.float32(RATE), report)
    assert np.array_equal(parameters.words, before, equal_nan=True)
