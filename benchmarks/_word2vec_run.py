"""Train Word2Vec or FastText once, with lexloom or a peer, from a file to saved vectors.

    python benchmarks/_word2vec_run.py lexloom skip_gram text.txt out-folder 5 2

What it prints are the figures. `word2vec.py` and `subwords.py` run this in a process of its own for
each measurement, so that memory is that of one program, and imports and compiling stay outside the
clock.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, WINDOW, NOISE_WORDS, SAMPLE = 100, 5, 5, 1e-3
ASKED = "asked.txt"
"""In the folder of results: words, one a line, whose vectors are wanted, seen or not."""


def anonymous_bytes() -> int:
    """Give the memory of this process that is not a mapped file."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def has_ngrams(objective: str) -> bool:
    """Tell whether words are made of n-grams too, of 3 to 6 characters."""
    return objective.startswith("subwords")


def min_count_of(objective: str) -> int:
    """Give how often words must come; where rare words are asked for, these are left out."""
    return 200 if objective == "subwords_rare" else 5


def is_cbow(objective: str) -> bool:
    return objective.endswith("cbow")


def write(
    path: Path,
    objective: str,
    words: Sequence[str],
    matrix: np.ndarray,
    vector_of: Callable[[str], np.ndarray],
) -> None:
    """Write vectors as word2vec binary: those of the vocabulary, or of the words asked for."""
    if objective == "subwords_rare":
        words = (path.parent / ASKED).read_text(encoding="utf-8").split()
        matrix = np.array([vector_of(word) for word in words])
    with path.open("wb") as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        for word, row in zip(words, matrix.astype("<f4"), strict=True):
            file.write(word.encode() + b" " + row.tobytes() + b"\n")


class Peak:
    """Watch how much memory is taken above what there was at the start."""

    def __enter__(self) -> Peak:
        self.start = self.highest = anonymous_bytes()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.highest = max(self.highest, anonymous_bytes())

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def taken(self) -> int:
        return self.highest - self.start


def lexloom_run(
    objective: str, text: Path, out: Path, epochs: int, threads: int, mode: str
) -> dict[str, Any]:
    """Train with lexloom: corpus, vectors and artefact on disk."""
    import lexloom

    family = lexloom.FastText if has_ngrams(objective) else lexloom.Word2Vec
    trainer = family(
        width=WIDTH, window=WINDOW, noise_words=NOISE_WORDS, sample=SAMPLE, epochs=epochs,
        threads=threads, objective="cbow" if is_cbow(objective) else "skip_gram",
        loss="hierarchical_softmax" if objective == "hierarchical" else "negative_sampling",
        deterministic=mode == "deterministic", held_out=0.0,
    )  # fmt: skip
    tiny = lexloom.Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    trainer.fit(tiny)
    with Peak() as peak:
        began = time.perf_counter()
        place = out / "lexloom.corpus"
        corpus = lexloom.Corpus.build(
            [text], out=place, language="spaces", min_count=min_count_of(objective),
            threads=threads, force=True,
        )  # fmt: skip
        prepared = time.perf_counter()
        vectors = trainer.fit(corpus, out=out / "lexloom.vectors", force=True)
        ended = time.perf_counter()
    file = out / f"lexloom-{mode}.bin"
    write(file, objective, vectors.words, vectors.matrix, vectors.__getitem__)
    return {
        "version": lexloom.__version__,
        "file": str(file),
        "prepare_seconds": prepared - began,
        "train_seconds": vectors.metrics["seconds"],
        "total_seconds": ended - began,
        "n_words": corpus.n_words,
        "n_types": len(vectors),
        "n_pairs": vectors.metrics["n_pairs"],
        "loss": vectors.metrics["loss_per_epoch"],
        "taken_bytes": peak.taken,
    }


def gensim_run(
    objective: str, text: Path, out: Path, epochs: int, threads: int, mode: str
) -> dict[str, Any]:
    """Train with gensim's fastest way, `corpus_file`."""
    import gensim
    from gensim.models import FastText, Word2Vec

    hierarchical = objective == "hierarchical"
    family = FastText if has_ngrams(objective) else Word2Vec
    model = family(
        vector_size=WIDTH, window=WINDOW, min_count=min_count_of(objective), sample=SAMPLE,
        workers=threads, epochs=epochs, sg=int(not is_cbow(objective)), hs=int(hierarchical),
        negative=0 if hierarchical else NOISE_WORDS,
    )  # fmt: skip
    with Peak() as peak:
        began = time.perf_counter()
        model.build_vocab(corpus_file=str(text))
        prepared = time.perf_counter()
        model.train(
            corpus_file=str(text), total_words=model.corpus_total_words,
            total_examples=model.corpus_count, epochs=epochs,
        )  # fmt: skip
        trained = time.perf_counter()
        model.wv.save(str(out / "gensim.kv"))
        ended = time.perf_counter()
    file = out / "gensim.bin"
    write(file, objective, model.wv.index_to_key, model.wv.vectors, model.wv.__getitem__)
    return {
        "version": gensim.__version__,
        "file": str(file),
        "prepare_seconds": prepared - began,
        "train_seconds": trained - prepared,
        "total_seconds": ended - began,
        "n_words": int(sum(model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key)),
        "n_types": len(model.wv),
        "taken_bytes": peak.taken,
    }


def fasttext_run(
    objective: str, text: Path, out: Path, epochs: int, threads: int, mode: str
) -> dict[str, Any]:
    """Train with fastText; without n-grams it is Word2Vec."""
    import importlib.metadata

    import fasttext

    with Peak() as peak:
        began = time.perf_counter()
        model = fasttext.train_unsupervised(
            str(text), model="cbow" if is_cbow(objective) else "skipgram", dim=WIDTH, ws=WINDOW,
            neg=NOISE_WORDS, minCount=min_count_of(objective), t=SAMPLE, epoch=epochs,
            thread=threads, minn=3, maxn=6 if has_ngrams(objective) else 0,
            lr=0.05 if is_cbow(objective) or has_ngrams(objective) else 0.025, verbose=0,
            loss="hs" if objective == "hierarchical" else "ns",
        )  # fmt: skip
        trained = time.perf_counter()
        model.save_model(str(out / "fasttext.model"))
        ended = time.perf_counter()
    words, counts = model.get_words(include_freq=True)
    matrix = np.array([model.get_word_vector(word) for word in words])
    file = out / "fasttext.bin"
    write(file, objective, words, matrix, model.get_word_vector)
    return {
        "version": importlib.metadata.version("fasttext-numpy2-wheel"),
        "file": str(file),
        "prepare_seconds": 0.0,
        "train_seconds": trained - began,
        "total_seconds": ended - began,
        "n_words": int(np.sum(counts)),
        "n_types": len(words),
        "taken_bytes": peak.taken,
    }


SYSTEMS: dict[str, Callable[..., dict[str, Any]]] = {
    "lexloom": lexloom_run,
    "gensim": gensim_run,
    "fasttext": fasttext_run,
}


def main() -> None:
    system, objective, text, out, epochs, threads, *mode = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    figures = SYSTEMS[system](
        objective, Path(text), Path(out), int(epochs), int(threads), mode[0] if mode else "freely"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
