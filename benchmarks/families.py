"""Set all families of word vectors beside each other: quality, speed, memory, and how they grow.

    python benchmarks/families.py                              # one table for each corpus; hours
    python benchmarks/families.py --corpus english --families word2vec glove
    python benchmarks/families.py --growth --plot growth.png   # 1×, 4× and 16× of the English text

Every family trains on the same corpus with its own defaults but for width and threads, in a process
of its own, so that memory is that of one family, and imports and compiling stay outside the clock.
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from _word2vec_run import Peak
from word2vec import CORPORA, HERE, words_of

import lexloom
from lexloom import Corpus
from lexloom.evaluation.asking import ask
from lexloom.evaluation.sets import AnalogyQuestions, read_set

WIDTH = 100
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "word2vec": ("lexloom.static.word2vec:Word2Vec", {}),
    "fasttext": ("lexloom.static.fasttext:FastText", {}),
    "glove": ("lexloom.static.glove:GloVe", {}),
    "svd": ("lexloom.static.svd:SVD", {}),
    "nplm": ("lexloom.static.nplm:NPLM", {"epochs": 1, "batch_size": 1024}),
}
SETS = {
    "english": ["wordsim353.tsv", "simlex999.txt", "questions-words.txt", "categories_ap.csv"],
    "chinese": ["wordsim240_zh.txt", "ca8_semantic_zh.txt"],
}
MOST_FREQUENT = 30_000
"""Analogies are asked among so many words, as published figures often are."""

GROUPS = "B"
"""The chapter of Cilin whose sections stand in for categories: things."""

WORDS_OF_GROUP = 20


def train(family: str, corpus: Corpus, threads: int, out: Path) -> dict[str, Any]:
    """Train a family on a corpus; give the figures."""
    module, name = FAMILIES[family][0].split(":")
    cls = getattr(importlib.import_module(module), name)
    settings = {"width": WIDTH, "threads": threads, **FAMILIES[family][1]}
    known = cls.__dataclass_fields__.keys()
    trainer = cls(**{name: value for name, value in settings.items() if name in known})
    trainer.fit(Corpus.from_sentences([list("abcde")] * 50, min_count=1))
    with Peak() as peak:
        began = time.perf_counter()
        vectors = trainer.fit(corpus)
        seconds = time.perf_counter() - began
    vectors.save(out, force=True)
    return {
        "n_words": corpus.n_words,
        "n_types": len(vectors),
        "epochs": vectors.metrics.get("epochs", 1),
        "seconds": seconds,
        "taken_bytes": peak.taken,
        "saved_bytes": sum(file.stat().st_size for file in out.iterdir()),
    }


def run(family: str, corpus: Path, out: Path, threads: int) -> dict[str, Any]:
    """Train in a process of its own."""
    command = [sys.executable, __file__, "--one", family, corpus, out, threads]
    done = subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def chinese_categories(data: Path, corpus: Corpus, work: Path) -> Path:
    """Make categories of the sections of Cilin: their most frequent words of several characters
    that stand in one section only."""
    with lzma.open(data / "knowledge" / "cilin_zh.txt.xz", "rt", encoding="utf-8") as file:
        rows = [line.split() for line in file if line.startswith(GROUPS)]
    sections = {word: row[0][:2] for row in rows for word in row[1:]}
    n_sections = Counter(word for word, _ in {(w, row[0][:2]) for row in rows for w in row[1:]})
    words = [word for word in corpus.vocabulary.words if len(word) > 1 and n_sections[word] == 1]
    kept, n_kept = [], Counter()
    for word in words:
        section = sections[word]
        if n_kept[section] < WORDS_OF_GROUP:
            n_kept[section] += 1
            kept.append(f"{word}\t{section}\n")
    path = work / "categories_cilin.tsv"
    path.write_text("".join(kept), encoding="utf-8")
    return path


def quality(vectors: Any, sets: list[Path]) -> list[str]:
    """Score vectors on each set, with its 95 % interval."""
    found = []
    for path in sets:
        asked = read_set(path)
        seen = vectors.restrict(MOST_FREQUENT) if isinstance(asked, AnalogyQuestions) else vectors
        figure = ask(seen, asked).figure
        found.append(f"{figure.value:.3f} ±{(figure.high - figure.low) / 2:.3f}")
    return found


def compare(corpus: str, options: argparse.Namespace) -> None:
    """Print the table of all families on one corpus."""
    text = words_of(corpus, options.data, options.work)
    place = options.work / f"{corpus}.corpus"
    built = Corpus.build([text], out=place, language="spaces", min_count=5, force=True)
    sets = [options.data / "words" / name for name in SETS[corpus]]
    if corpus == "chinese":
        sets.append(chinese_categories(options.data, built, options.work))
    print(f"\n{corpus}: {built.n_words:,} words, {len(built.vocabulary):,} types, width {WIDTH}")
    print("| family | " + " | ".join(path.stem for path in sets) + " | words/s | seconds | MB |")
    print("| --- " * (len(sets) + 4) + "|")
    for family in options.families:
        out = options.work / f"{corpus}-{family}.vectors"
        figures = run(family, place, out, options.threads)
        cells = quality(lexloom.load(out), sets)
        rate = figures["n_words"] * figures["epochs"] / figures["seconds"]
        cells += [f"{rate / 1e6:.2f} M", f"{figures['seconds']:.0f}"]
        cells.append(f"{figures['taken_bytes'] / 1e6:.0f}")
        print(f"| {family} | " + " | ".join(cells) + " |", flush=True)


def growth(options: argparse.Namespace) -> None:
    """Show how time and memory grow with the text, at 1×, 4× and 16×; draw it if asked."""
    text = words_of("english", options.data, options.work)
    lines = text.read_bytes().splitlines(keepends=True)
    ends = np.cumsum([len(line) for line in lines])
    rows: dict[str, list[dict[str, Any]]] = {family: [] for family in options.families}
    for factor in (1, 4, 16):
        part = options.work / f"part-{factor}.words"
        part.write_bytes(b"".join(lines[: int(np.searchsorted(ends, ends[-1] * factor / 16)) + 1]))
        place = options.work / f"part-{factor}.corpus"
        Corpus.build([part], out=place, language="spaces", min_count=5, force=True)
        for family in options.families:
            rows[family].append(run(family, place, options.work / "grown", options.threads))
    print("| family | words | types | seconds | µs a word | MB above imports |")
    print("| --- | --- | --- | --- | --- | --- |")
    for family, figures in rows.items():
        for each in figures:
            print(
                f"| {family} | {each['n_words']:,} | {each['n_types']:,} | {each['seconds']:.1f} | "
                f"{each['seconds'] / each['n_words'] * 1e6:.2f} | {each['taken_bytes'] / 1e6:.0f} |"
            )
    if options.plot:
        draw(rows, options.plot)


def draw(rows: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Draw time and memory over the number of words, on logarithmic axes."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for family, figures in rows.items():
        words = [each["n_words"] for each in figures]
        axes[0].loglog(words, [each["seconds"] for each in figures], "o-", label=family)
        axes[1].loglog(words, [each["taken_bytes"] / 1e6 for each in figures], "o-", label=family)
    for axis, title in zip(axes, ("seconds of training", "MB above imports"), strict=True):
        axis.set(xlabel="words of text", title=title)
        axis.legend()
    figure.savefig(path)


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        family, corpus, out, threads = sys.argv[2:]
        figures = train(family, Corpus.load(corpus, verify="structure"), int(threads), Path(out))
        print(json.dumps(figures))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--work", type=Path, default=HERE.parent / ".cache" / "benchmarks")
    parser.add_argument("--corpus", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--growth", action="store_true", help="1×, 4× and 16× instead of the table")
    parser.add_argument("--plot", type=Path, help="draw the growth into this file")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.growth:
        growth(options)
        return
    for corpus in options.corpus:
        compare(corpus, options)


if __name__ == "__main__":
    main()
