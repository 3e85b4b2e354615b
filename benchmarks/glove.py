"""Measure GloVe beside the C program of its paper, from text to saved vectors, in one run.

    python benchmarks/glove.py --stanford DIR     # built: vocab_count, cooccur, shuffle, glove
    python benchmarks/glove.py --stanford DIR --corpus chinese --epochs 5
    python benchmarks/glove.py                    # lexloom alone

Both get the same file of words between spaces and the same settings. Every step of either runs in
a process of its own, so that its memory and its processors' seconds are its own; these tell more
than seconds on the wall where other work runs on the machine. Each record changes the row of a
context word: what the machine copies in a second, over the bytes of a row read and written, is what
memory alone would allow; frequent words, which stay in the caches, lift training above it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from _word2vec_run import Peak
from word2vec import CORPORA, SETS, quality, words_of

HERE = Path(__file__).resolve().parent
WIDTH, WINDOW, MIN_COUNT, X_MAX = 100, 10, 5, 100


def timed(command: list[Any], source: Path | None = None, target: Path | None = None):
    """Run a program; give its seconds, its processors' seconds, its peak memory and its words."""
    with (
        (source or Path(os.devnull)).open("rb") as given,
        (target or Path(os.devnull)).open("wb") as made,
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
    ):
        began = time.perf_counter()
        out = said if target is None else made
        child = subprocess.Popen([*map(str, command)], stdin=given, stdout=out, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        said.seek(0)
        text = said.read()
    if status:
        raise SystemExit(f"{command[0]} failed:\n{text}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, text


def stanford_run(programs: Path, text: Path, work: Path, epochs: int, threads: int):
    """Count, shuffle and train with the program of the paper."""
    vocabulary, counted, shuffled, out = (
        work / f"stanford.{name}" for name in ("vocabulary", "counted", "shuffled", "vectors")
    )
    steps = {
        "vocabulary": timed(
            [programs / "vocab_count", "-min-count", MIN_COUNT, "-verbose", 0], text, vocabulary
        ),
        "counting": timed(
            [programs / "cooccur", "-window-size", WINDOW, "-memory", 4, "-verbose", 0,
             "-vocab-file", vocabulary, "-overflow-file", work / "overflow"],
            text, counted,
        ),
        "shuffling": timed(
            [programs / "shuffle", "-memory", 2, "-verbose", 0, "-temp-file", work / "temporary"],
            counted, shuffled,
        ),
    }  # fmt: skip
    records = shuffled.stat().st_size // 16
    counted.unlink()
    steps["training"] = timed(
        [programs / "glove", "-input-file", shuffled, "-vocab-file", vocabulary, "-save-file", out,
         "-threads", threads, "-iter", epochs, "-vector-size", WIDTH, "-x-max", X_MAX,
         "-binary", 0, "-verbose", 0],
    )  # fmt: skip
    shuffled.unlink()
    costs = [
        float(line.split()[-1]) for line in steps["training"][3].splitlines() if "cost" in line
    ]
    return {
        "version": "of the paper",
        "file": f"{out}.txt",
        "records": records,
        "steps": {name: step[:2] for name, step in steps.items()},
        "memory": max(step[2] for step in steps.values()),
        # That program prints half of the cost of the paper.
        "losses": [2 * cost for cost in costs],
    }


def lexloom_alone(text: Path, work: Path, epochs: int, threads: int) -> None:
    """Do it with lexloom, in this process; print the figures."""
    import lexloom
    from lexloom.static import glove_model
    from lexloom.vectors.formats import write_vectors

    trainer = lexloom.GloVe(
        width=WIDTH, window=WINDOW, x_max=X_MAX, epochs=epochs, threads=threads, held_out=0.0
    )
    trainer.fit(lexloom.Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1))
    clock = {"counting": [0.0, 0.0]}
    count = glove_model.count_pairs

    def counting(*arguments: Any) -> Any:
        began = time.perf_counter(), time.process_time()
        found = count(*arguments)
        clock["counting"] = [time.perf_counter() - began[0], time.process_time() - began[1]]
        return found

    glove_model.count_pairs = counting
    with Peak() as peak:
        began = time.perf_counter(), time.process_time()
        corpus = lexloom.Corpus.build(
            [text], out=work / "glove.corpus", language="spaces", min_count=MIN_COUNT,
            threads=threads, force=True,
        )  # fmt: skip
        clock["vocabulary"] = [time.perf_counter() - began[0], time.process_time() - began[1]]
        vectors = trainer.fit(corpus, out=work / "glove.vectors", force=True)
        total = time.perf_counter() - began[0], time.process_time() - began[1]
    clock["training"] = [
        whole - before - counted
        for whole, before, counted in zip(
            total, clock["vocabulary"], clock["counting"], strict=True
        )
    ]
    write_vectors(vectors, work / "glove.bin", format="word2vec_binary", force=True)
    figures = {
        "version": lexloom.__version__,
        "file": str(work / "glove.bin"),
        "words": corpus.n_words,
        "types": len(vectors),
        "records": vectors.metrics["n_pairs"] // epochs,
        "steps": clock,
        "memory": peak.taken,
        "losses": vectors.metrics["loss_per_epoch"],
    }
    print(json.dumps(figures))


def copied_bytes(threads: int, n_bytes: int = 1 << 28) -> float:
    """Give the bytes a second that the machine reads and writes in copying memory."""
    sides = [np.ones((threads, n_bytes // 4), np.float32) for _ in range(2)]
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            began = time.perf_counter()
            list(pool.map(np.copyto, *sides))
            best = min(best, time.perf_counter() - began)
    return 2 * threads * n_bytes / best


def show(name: str, figures: dict[str, Any], words: int, epochs: int, sets: list[Path]) -> None:
    """Print what came of one system."""
    steps, records = figures["steps"], figures["records"]
    seconds = {step: times[0] for step, times in steps.items()}
    busy = {step: times[1] for step, times in steps.items()}
    print(f"\n{name} {figures['version']}: {records:,.0f} records")
    print(
        f"  counting {seconds['counting']:.1f} s ({words / seconds['counting'] / 1e6:.2f} M words/s"
        f"), shuffling {seconds.get('shuffling', 0.0):.1f} s, training {seconds['training']:.1f} s "
        f"({records * epochs / seconds['training'] / 1e6:.2f} M records/s), file to vectors "
        f"{sum(seconds.values()):.1f} s, memory {figures['memory'] / 2**20:,.0f} MiB"
    )
    print(
        "  processors' seconds: "
        + ", ".join(f"{step} {spent:.1f}" for step, spent in busy.items())
        + f", in all {sum(busy.values()):.1f}"
    )
    print("  cost of each epoch: " + " ".join(f"{loss:.5f}" for loss in figures["losses"]))
    print("  " + "  ".join(quality(figures["file"], sets)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--stanford", type=Path, help="the folder of the built C programs")
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--work", type=Path, default=HERE.parent / ".cache" / "benchmarks")
    parser.add_argument("--corpus", choices=CORPORA, default="english")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    text = words_of(options.corpus, options.data, options.work)
    if options.alone:
        lexloom_alone(text, options.work, options.epochs, options.threads)
        return
    sets = [options.data / "words" / name for name in SETS[options.corpus]]
    *_, said = timed([sys.executable, *sys.argv, "--alone"])
    ours = json.loads(said.splitlines()[-1])
    words = ours["words"]
    copied = copied_bytes(options.threads)
    row_bytes = 2 * 2 * 4 * (-(-(WIDTH + 2) // 8) * 8)
    print(
        f"{options.corpus}: {words:,} words, {ours['types']:,} types, width {WIDTH}, window "
        f"{WINDOW}, x_max {X_MAX}, {options.epochs} epochs, {options.threads} threads; memory "
        f"copied at {copied / 1e9:.1f} GB/s, which at {row_bytes:,} bytes a record allows "
        f"{copied / row_bytes / 1e6:.1f} M records/s"
    )
    show("lexloom", ours, words, options.epochs, sets)
    if options.stanford:
        theirs = stanford_run(options.stanford, text, options.work, options.epochs, options.threads)
        show("the program", theirs, words, options.epochs, sets)
        for what, place in (("seconds", 0), ("processors' seconds", 1)):
            spent = {
                name: {step: times[place] for step, times in figures["steps"].items()}
                for name, figures in (("ours", ours), ("theirs", theirs))
            }
            rates = [
                f"{step} {found / spent['ours'][step]:.1f}×"
                for step, found in spent["theirs"].items()
                if step in spent["ours"]
            ]
            whole = sum(spent["theirs"].values()) / sum(spent["ours"].values())
            print(f"  {what}: {', '.join(rates)}, file to vectors {whole:.1f}×")


if __name__ == "__main__":
    main()
