"""Measure Word2Vec beside gensim and fastText: speed, quality, memory and growth, in one run.

    python benchmarks/word2vec.py                        # everything; hours on two cores
    python benchmarks/word2vec.py --only skip_gram cbow --corpus english --rounds 1
    python benchmarks/word2vec.py --only scale

All systems get the same file of words between spaces and the same settings, and take turns; every
figure is the median of the rounds and every claim a ratio of that run. Quality is that of the last
round, with 95 % intervals. GFLOP/s count 2 · 3 · C · (K + 1) · D for a centre word, no padding.
"""

from __future__ import annotations

import argparse
import itertools
import json
import lzma
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from _word2vec_run import ASKED, NOISE_WORDS, WIDTH, WINDOW

from lexloom import Corpus
from lexloom.evaluation.analogies import evaluate_analogies
from lexloom.evaluation.sets import AnalogyQuestions, WordPairs, read_set
from lexloom.evaluation.similarity import evaluate_similarity
from lexloom.vectors.formats import read_vectors

HERE = Path(__file__).resolve().parent
CORPORA = {"english": ("en_modern.txt.xz", "en"), "chinese": ("zhwiki.txt.xz", "zh")}
SETS = {
    "english": ["wordsim353.tsv", "simlex999.txt", "questions-words.txt"],
    "chinese": ["wordsim240_zh.txt", "ca8_semantic_zh.txt"],
}
SYSTEMS = {
    "skip_gram": ["lexloom", "lexloom deterministic", "gensim", "fasttext"],
    "cbow": ["lexloom", "gensim"],
    "hierarchical": ["lexloom", "gensim"],
    "subwords_skip_gram": ["lexloom", "lexloom deterministic", "gensim", "fasttext"],
    "subwords_cbow": ["lexloom", "gensim", "fasttext"],
    "subwords_rare": ["lexloom", "gensim", "fasttext"],
}
WITHOUT_NGRAMS = ("skip_gram", "cbow", "hierarchical", "scale")


def words_of(name: str, data: Path, work: Path) -> Path:
    """Make the file of words between spaces, a sentence a line, by lexloom's own rule, once."""
    path = work / f"{name}.words"
    if not path.exists():
        packed, language = CORPORA[name]
        raw = work / f"{name}.txt"
        with lzma.open(data / "corpora" / packed) as source:
            raw.write_bytes(source.read())
        corpus = Corpus.build([raw], out=work / f"{name}.all", language=language, min_count=1)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(" ".join(sentence) + "\n" for sentence in corpus)
    return path


def run(system: str, objective: str, text: Path, work: Path, epochs: int, threads: int):
    """Train once in a process of its own."""
    name, _, mode = system.partition(" ")
    command = [sys.executable, HERE / "_word2vec_run.py", name, objective, text, work, epochs]
    done = subprocess.run(
        [*map(str, command), str(threads), *([mode] if mode else [])],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def sgemm_rate(size: int = 2048, turns: int = 5) -> float:
    """Give the GFLOP/s of a large float32 matrix product on all cores."""
    a = np.ones((size, size), np.float32)
    best = float("inf")
    for _ in range(turns):
        began = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best / 1e9


def quality(path: str, sets: list[Any]) -> list[str]:
    """Score saved vectors on each set, with its interval."""
    vectors = read_vectors(path, on_duplicate="first")
    found = []
    for asked in (read_set(one) if isinstance(one, Path) else one for one in sets):
        if isinstance(asked, AnalogyQuestions):
            result = evaluate_analogies(vectors.restrict(30_000), asked)
            estimate, share = result.total.accuracy, result.total.n_known / result.total.n_questions
        else:
            result = evaluate_similarity(vectors, asked)
            estimate, share = result.spearman, result.n_known / result.n_pairs
        found.append(
            f"{asked.name} {estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
            f" ({share:.0%} known)"
        )
    return found


def rare_pairs(sets: list[Path], work: Path) -> list[WordPairs]:
    """Give the pairs of the sets of which a word is not in the vocabulary of the last corpus."""
    known = Corpus.load(work / "lexloom.corpus", verify="structure").vocabulary
    found = []
    for one in map(read_set, sets):
        if isinstance(one, WordPairs):
            rows = [
                row
                for row, pair in enumerate(one.pairs)
                if any(word.lower() not in known for word in pair)
            ]
            pairs = tuple(one.pairs[i] for i in rows)
            found.append(WordPairs(one.name, pairs, tuple(one.scores[i] for i in rows)))
    return found


def compare(objective: str, corpus: str, text: Path, options: argparse.Namespace) -> None:
    """Let the systems take turns and print their medians and ratios."""
    systems = [system for system in SYSTEMS[objective] if system in options.systems]
    rounds: dict[str, list[dict[str, Any]]] = {system: [] for system in systems}
    rates = []
    sets = [options.data / "words" / name for name in SETS[corpus]]
    pairs = [one.pairs for one in map(read_set, sets) if isinstance(one, WordPairs)]
    words = {word.lower() for pair in itertools.chain(*pairs) for word in pair}
    (options.work / ASKED).write_text("\n".join(sorted(words)), encoding="utf-8")
    for _ in range(options.rounds):
        rates.append(sgemm_rate())
        for system in systems:
            rounds[system].append(
                run(system, objective, text, options.work, options.epochs, options.threads)
            )
    peer = "gensim" if "gensim" in systems else systems[0]
    first = rounds[peer]
    print(
        f"\n{corpus}, {objective}: {first[0]['n_words']:,} words, {first[0]['n_types']:,} types, "
        f"{options.epochs} epochs, {options.rounds} round(s), {options.threads} thread(s); "
        f"sgemm {max(rates):.0f} GFLOP/s"
    )

    def median(system: str, figure: str) -> float:
        return statistics.median(found[figure] for found in rounds[system])

    for system in systems:
        last = rounds[system][-1]
        n_words = last["n_words"] * options.epochs
        line = (
            f"  {system + ' ' + last['version']:<28} "
            f"{n_words / median(system, 'train_seconds') / 1e6:6.2f} M words/s "
            f"{median(peer, 'train_seconds') / median(system, 'train_seconds'):6.2f}× {peer}  "
            f"file to vectors {median(system, 'total_seconds'):7.1f} s "
            f"{median(peer, 'total_seconds') / median(system, 'total_seconds'):6.2f}× {peer}  "
            f"memory {last['taken_bytes'] / 2**20:6.0f} MiB"
        )
        if objective.endswith("skip_gram") and "n_pairs" in last:
            products = 2 * 3 * last["n_pairs"] * (NOISE_WORDS + 1) * WIDTH
            line += f"  {products / median(system, 'train_seconds') / 1e9:.0f} GFLOP/s"
        print(line, flush=True)
        asked = rare_pairs(sets, options.work) if objective == "subwords_rare" else sets
        print("    " + "  ".join(quality(last["file"], asked)), flush=True)


def scale(text: Path, options: argparse.Namespace) -> None:
    """Show how time and memory grow with the corpus, at 1×, 4× and 16×."""
    lines = text.read_bytes().splitlines(keepends=True)
    sizes = np.cumsum([len(line) for line in lines])
    print("\ngrowth of skip-gram, 1 epoch")
    for factor in (1, 4, 16):
        part = options.work / f"part-{factor}.words"
        n_lines = int(np.searchsorted(sizes, sizes[-1] * factor / 16)) + 1
        part.write_bytes(b"".join(lines[:n_lines]))
        found = [run("lexloom", "skip_gram", part, options.work, 1, options.threads)
                 for _ in range(options.rounds)]  # fmt: skip
        seconds = statistics.median(each["train_seconds"] for each in found)
        matrices = 2 * found[0]["n_types"] * WIDTH * 4
        bound = 2.2 * matrices + 200e6
        print(
            f"  {factor:>2}×  {found[0]['n_words']:>11,} words  {found[0]['n_types']:>8,} types  "
            f"{seconds:6.2f} s training  {seconds / found[0]['n_words'] * 1e9:5.0f} ns a word  "
            f"{found[0]['taken_bytes'] / 1e6:5.0f} MB taken (bound {bound / 1e6:.0f} MB)",
            flush=True,
        )


def main(objectives: tuple[str, ...], title: str) -> None:
    """Measure some objectives, or those of them that are asked for."""
    parser = argparse.ArgumentParser(description=title)
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--work", type=Path, default=HERE.parent / ".cache" / "benchmarks")
    parser.add_argument("--corpus", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--only", nargs="+", choices=objectives, default=objectives)
    parser.add_argument(
        "--systems", nargs="+", choices=SYSTEMS["skip_gram"], default=SYSTEMS["skip_gram"]
    )
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"width {WIDTH}, window {WINDOW}, K {NOISE_WORDS}, {options.threads} threads")
    for corpus in options.corpus:
        text = words_of(corpus, options.data, options.work)
        for objective in options.only:
            if objective != "scale":
                compare(objective, corpus, text, options)
            elif corpus == "english":
                scale(text, options)


if __name__ == "__main__":
    main(WITHOUT_NGRAMS, __doc__.splitlines()[0])
