"""Measure searching, reading, writing and opening vectors beside gensim, in the same run.

    python benchmarks/vectors.py            # 200,000 words of 100 numbers, 1,000 queries

Every claim is a ratio; both sides take turns, and their answers are compared.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from lexloom.vectors.formats import read_vectors, write_vectors
from lexloom.vectors.word_vectors import WordVectors


def seconds(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def taking_turns(ours: Callable[[], object], theirs: Callable[[], object], n_turns: int):
    """Give the best seconds of both, measured in turns so that both meet the same noise."""
    times = [(seconds(ours), seconds(theirs)) for _ in range(n_turns)]
    return tuple(min(column) for column in zip(*times, strict=True))


def report(name: str, ours: float, theirs: float) -> None:
    print(f"{name:<34} lexloom {ours:8.3f} s   gensim {theirs:8.3f} s   {theirs / ours:6.1f}×")


def compare_search(vectors: WordVectors, peer: KeyedVectors, n_queries: int, n_turns: int) -> None:
    words = vectors.words[:n_queries]
    found = vectors.nearest(words, n=10)
    peer.fill_norms()
    n_same = 0
    for word, ids, cosines in zip(words, found.ids, found.cosines, strict=True):
        expected = peer.most_similar(word, topn=10)
        assert np.allclose(cosines, [score for _, score in expected], atol=1e-5)
        n_same += [vectors.words[i] for i in ids] == [name for name, _ in expected]
    assert n_same >= 0.999 * n_queries, n_same
    report(
        f"{n_queries:,} × 10 nearest of {len(vectors):,}",
        *taking_turns(
            lambda: vectors.nearest(words, n=10),
            lambda: [peer.most_similar(word, topn=10) for word in words],
            n_turns,
        ),
    )
    asked = words[:50]
    report(
        "50 × most_similar, one by one",
        *taking_turns(
            lambda: [vectors.most_similar(word) for word in asked],
            lambda: [peer.most_similar(word) for word in asked],
            n_turns,
        ),
    )


def compare_files(vectors: WordVectors, peer: KeyedVectors, folder: Path, n_turns: int) -> None:
    for name, is_binary in (("text", False), ("binary", True)):
        path = folder / f"vectors.{'bin' if is_binary else 'txt'}"
        write_vectors(vectors, path)
        ours = read_vectors(path)
        theirs = KeyedVectors.load_word2vec_format(path, binary=is_binary)
        assert np.array_equal(ours.matrix, theirs.vectors)
        assert list(ours.words) == theirs.index_to_key
        report(
            f"read word2vec {name} ({path.stat().st_size / 1e6:,.0f} MB)",
            *taking_turns(
                lambda path=path: read_vectors(path),
                lambda path=path, b=is_binary: KeyedVectors.load_word2vec_format(path, binary=b),
                n_turns,
            ),
        )
        report(
            f"write word2vec {name}",
            *taking_turns(
                lambda path=path: write_vectors(vectors, path, force=True),
                lambda b=is_binary: peer.save_word2vec_format(str(folder / "peer"), binary=b),
                1,
            ),
        )


def measure_opening(folder: Path, n_turns: int) -> None:
    matrix = np.random.default_rng(0).standard_normal((1_000_000, 100), np.float32)
    big = WordVectors(
        [f"word{i}" for i in range(len(matrix))], matrix, counts=np.arange(len(matrix))
    )
    big.save(folder / "big")
    structure = [
        seconds(lambda: WordVectors.load(folder / "big", verify="structure"))
        for _ in range(n_turns)
    ]
    full = seconds(lambda: WordVectors.load(folder / "big"))
    opened = statistics.median(structure) * 1000
    print(
        f"{'open 1,000,000 × 100':<34} verify='structure' {opened:.1f} ms   "
        f"verify='full' {full * 1000:,.0f} ms"
    )


def measure_pooling(vectors: WordVectors, peer: KeyedVectors, n_turns: int) -> None:
    rng = np.random.default_rng(1)
    texts = [[vectors.words[i] for i in rng.integers(0, 2000, 30)] for _ in range(5000)]
    pooled = vectors.embed_texts(texts)
    assert np.allclose(pooled[7], peer.get_mean_vector(texts[7], pre_normalize=False), atol=1e-5)
    report(
        "mean of 5,000 texts of 30 words",
        *taking_turns(
            lambda: vectors.embed_texts(texts),
            lambda: [peer.get_mean_vector(text, pre_normalize=False) for text in texts],
            n_turns,
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--width", type=int, default=100)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    shape = (arguments.words, arguments.width)
    matrix = np.random.default_rng(0).standard_normal(shape, np.float32)
    words = [f"词{i}" for i in range(arguments.words)]
    vectors = WordVectors(words, matrix)
    peer = KeyedVectors(arguments.width)
    peer.add_vectors(words, matrix)
    compare_search(vectors, peer, arguments.queries, arguments.turns)
    measure_pooling(vectors, peer, arguments.turns)
    with tempfile.TemporaryDirectory() as folder:
        compare_files(vectors, peer, Path(folder), 1)
        measure_opening(Path(folder), arguments.turns)


if __name__ == "__main__":
    main()
