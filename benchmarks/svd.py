"""Measure SVD and its counting beside a scikit-learn pipeline that does the same, in one run.

    python benchmarks/svd.py                   # a quarter of the English text
    python benchmarks/svd.py --share 1 --exact

Both get the same words and the same settings: window 5, weights of a dynamic window, PPMI with
contexts to the power 0.75, width 100, singular values to the power 0.5. The peer counts with
Python's Counter and factors with scikit-learn's TruncatedSVD at its defaults; with ``--exact``
SciPy's ARPACK factors too. Quality is printed for all, with 95 % intervals.
"""

from __future__ import annotations

import argparse
import itertools
import lzma
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import scipy
import scipy.sparse
import scipy.sparse.linalg
import sklearn
from sklearn.decomposition import TruncatedSVD

from lexloom import Corpus, WordVectors
from lexloom.evaluation.sets import read_set
from lexloom.evaluation.similarity import evaluate_similarity
from lexloom.static.cooccurrence_matrix import count_matrix, distance_weights
from lexloom.static.decomposing import decompose
from lexloom.static.svd import SVD, positive_pmi

HERE = Path(__file__).resolve().parent
WIDTH, WINDOW, EXPONENT, POWER, MIN_COUNT = 100, 5, 0.75, 0.5, 5
SETS = ["wordsim353.tsv", "simlex999.txt"]


def corpus_of(data: Path, work: Path, share: float) -> Corpus:
    """Make a corpus of a share of the documents, with words that are frequent enough in it."""
    path = work / f"svd-{share:g}.corpus"
    if not path.exists():
        with lzma.open(data / "corpora" / "en_modern.txt.xz", "rt", encoding="utf-8") as source:
            lines = source.readlines()
        chosen = lines[: round(share * len(lines))]
        Corpus.from_texts(chosen, out=path, language="en", min_count=MIN_COUNT)
    return Corpus.load(path)


def counted_by_python(corpus: Corpus) -> scipy.sparse.csr_matrix:
    """Count pairs of words as one does without kernels: a Counter, sentence by sentence."""
    weights = distance_weights(WINDOW, "dynamic")
    counts: Counter[tuple[int, int]] = Counter()
    ids, ends = corpus.ids.tolist(), corpus.sentence_offsets.tolist()
    for begin, end in itertools.pairwise(ends):
        words = ids[begin:end]
        for distance, weight in enumerate(weights.tolist(), start=1):
            for pair in zip(words, words[distance:], strict=False):
                counts[pair] += weight
    pairs = np.array(list(counts), np.int32).reshape(-1, 2)
    values = np.array(list(counts.values()), np.float32)
    shape = (len(corpus.vocabulary),) * 2
    matrix = scipy.sparse.coo_matrix((values, pairs.T), shape).tocsr()
    return matrix + matrix.T


def quality(corpus: Corpus, matrix: np.ndarray, sets: list) -> str:
    """Score vectors on each set, with its interval."""
    vectors = WordVectors(corpus.vocabulary, np.ascontiguousarray(matrix, np.float32))
    found = [evaluate_similarity(vectors, asked) for asked in sets]
    return ", ".join(
        f"{one.name} {one.spearman} ({one.n_known}/{one.n_pairs} known)" for one in found
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--work", type=Path, default=HERE.parent / ".cache" / "benchmarks")
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--exact", action="store_true", help="factor with ARPACK too")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    corpus = corpus_of(options.data, options.work, options.share)
    sets = [read_set(options.data / "words" / name) for name in SETS]
    weights = distance_weights(WINDOW, "dynamic")
    count_matrix(Corpus.from_sentences([["a", "b"]], min_count=1), weights, threads=1)  # compiles
    print(f"{corpus.n_words:,} words, {len(corpus.vocabulary):,} types, {options.threads} threads")

    times: dict[str, dict[str, float]] = {"lexloom": {}, "peer": {}}

    def timed(who: str, what: str, work, *arguments, **named):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work(*arguments, **named)
        times[who][what] = time.perf_counter() - wall
        print(
            f"  {who:<10} {what:<10} {times[who][what]:8.2f} s  "
            f"{time.process_time() - cpu:8.2f} s of processors",
            flush=True,
        )
        return result

    threads = options.threads
    counts = timed("lexloom", "count", count_matrix, corpus, weights, threads=threads)
    theirs = timed("peer", "count", counted_by_python, corpus)
    assert abs(counts - theirs).max() < 1e-2 * abs(counts).max() ** 0.5
    association = positive_pmi(counts, EXPONENT, 1.0)
    settings = SVD(width=WIDTH)
    ours = timed(
        "lexloom", "factor", decompose, association, WIDTH,
        iterations=settings.iterations, seed=1, threads=threads,
    )  # fmt: skip
    model = TruncatedSVD(WIDTH, random_state=1)
    scaled = timed("peer", "factor", model.fit_transform, association)
    for what in ("count", "factor"):
        print(f"  {what}: {times['peer'][what] / times['lexloom'][what]:.1f}×")
    total = {who: sum(parts.values()) for who, parts in times.items()}
    print(f"  both: {total['peer'] / total['lexloom']:.1f}×")
    print(f"lexloom: {quality(corpus, ours.left * ours.values**POWER, sets)}")
    scaled /= model.singular_values_ ** (1 - POWER)
    print(f"scikit-learn {sklearn.__version__}: {quality(corpus, scaled, sets)}")
    if options.exact:
        left, values, _ = timed("peer", "exact", scipy.sparse.linalg.svds, association, WIDTH)
        print(f"scipy {scipy.__version__} svds: {quality(corpus, left * values**POWER, sets)}")


if __name__ == "__main__":
    main()
