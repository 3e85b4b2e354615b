"""Measure making a corpus beside gensim, jieba and a plain Python loop, in the same run.

    python benchmarks/corpus.py                    # all of the data
    python benchmarks/corpus.py --mb 20            # the first 20 MB of each file
    python benchmarks/corpus.py --only memory

Every claim is a ratio. Both sides take turns; their words are compared first. Ours goes from a file
to a corpus on disk: read, checked, cut, counted, numbered, hashed and synced. The peers' part stops
earlier, which is said beside each figure. The first ratio is of seconds; the one in brackets is of
the cores' seconds used by all threads and processes, which other work on the machine disturbs less:
ours runs on all cores, so on two of them that ratio may at best be doubled.
"""

from __future__ import annotations

import argparse
import lzma
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import gensim
import jieba
from gensim.models import Word2Vec

from lexloom.text.corpus import Corpus

ROOT = Path(__file__).resolve().parent.parent
# The English rule as one pattern (no combining marks and no Han in this text to speak of).
ENGLISH = re.compile(r"[^\W_]+(?:(?:['’](?=[^\W_])|(?<=\d)[.,](?=\d))[^\W_]+)*")


class Took(NamedTuple):
    """Seconds, and seconds of a core used by this process and its children."""

    wall: float
    cores: float

    def times(self, factor: float) -> Took:
        return Took(self.wall * factor, self.cores * factor)


def took(step: Callable[[], object]) -> Took:
    begin, used = time.perf_counter(), sum(os.times()[:4])
    step()
    return Took(time.perf_counter() - begin, sum(os.times()[:4]) - used)


def taking_turns(steps: list[Callable[[], object]], n_turns: int) -> list[Took]:
    """Give the median seconds of each step, measured in turns so that all meet the same noise."""
    turns = [[took(step) for step in steps] for _ in range(n_turns)]
    return [
        Took(*(statistics.median(values) for values in zip(*column, strict=True)))
        for column in zip(*turns, strict=True)
    ]


def report(name: str, path: Path, ours: Took, theirs: Took, peer: str) -> None:
    n_megabytes = path.stat().st_size / 1e6
    print(
        f"{name:<30} lexloom {ours.wall:6.2f} s ({n_megabytes / ours.wall:5.1f} MB/s)   "
        f"{theirs.wall:6.2f} s ({n_megabytes / theirs.wall:5.1f} MB/s) "
        f"{theirs.wall / ours.wall:5.1f}× ({theirs.cores / ours.cores:4.1f}×)  {peer}",
        flush=True,
    )


def unpacked(packed: Path, folder: Path, n_megabytes: int | None) -> Path:
    """Unpack the data, or its first megabytes, to whole lines of plain text."""
    path = folder / packed.name.removesuffix(".xz")
    limit = -1 if n_megabytes is None else n_megabytes * 1_000_000
    with lzma.open(packed) as source:
        data = source.read(limit)
    path.write_bytes(data[: data.rindex(b"\n") + 1])
    return path


def split_words(path: Path) -> Path:
    """Write the words of an English text with one blank between them."""
    split = path.with_suffix(".split.txt")
    with path.open(encoding="utf-8") as lines, split.open("w", encoding="utf-8") as out:
        out.writelines(" ".join(ENGLISH.findall(line.lower())) + "\n" for line in lines)
    return split


def build(path: Path, language: str, **settings: object) -> Corpus:
    out = path.with_suffix(f".{language}.corpus")
    return Corpus.build(path, out=out, language=language, force=True, **settings)


def gensim_scan(path: Path) -> Word2Vec:
    """Gensim's fastest public way to a vocabulary: its scan of a file of words and blanks."""
    model = Word2Vec(min_count=5, workers=os.cpu_count() or 1)
    model.build_vocab(corpus_file=str(path))
    return model


def count_lines(path: Path, cut: Callable[[str], list[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(cut(line.lower()))
    return counts


def plain_loop(path: Path, cut: Callable[[str], list[str]]) -> list[list[int]]:
    """Do what anyone would write: count the words, number the frequent ones, look all up."""
    counts = count_lines(path, cut)
    frequent = [word for word, count in counts.most_common() if count >= 5]
    ids = {word: place for place, word in enumerate(frequent)}
    with path.open(encoding="utf-8") as lines:
        return [[ids[word] for word in cut(line.lower()) if word in ids] for line in lines]


def compare_spaces(path: Path, n_turns: int) -> None:
    words = set(gensim_scan(path).wv.key_to_index)
    ours = set(build(path, "spaces").vocabulary)
    assert len(words ^ ours) < 1e-3 * len(words), sorted(words ^ ours)[:20]
    build_s, scan_s, loop_s = taking_turns(
        [
            lambda: build(path, "spaces"),
            lambda: gensim_scan(path),
            lambda: plain_loop(path, str.split),
        ],
        n_turns,
    )
    report("words and blanks, file to ids", path, build_s, scan_s, "gensim, vocabulary scan alone")
    report(
        "words and blanks, file to ids", path, build_s, loop_s, "plain Python loop, ids in memory"
    )


def compare_english(path: Path, n_turns: int) -> None:
    theirs = {word for word, n in count_lines(path, ENGLISH.findall).items() if n >= 5}
    ours = set(build(path, "en").vocabulary)
    print(f"  English rule: {len(ours):,} words, {len(theirs ^ ours):,} differ from the pattern's")
    assert len(theirs ^ ours) < 0.01 * len(ours), sorted(theirs ^ ours)[:20]
    build_s, scan_s, loop_s = taking_turns(
        [
            lambda: build(path, "en"),
            lambda: count_lines(path, ENGLISH.findall),
            lambda: plain_loop(path, ENGLISH.findall),
        ],
        n_turns,
    )
    report(
        "raw English, file to ids", path, build_s, scan_s, "re.findall + Counter, counting alone"
    )
    report("raw English, file to ids", path, build_s, loop_s, "plain Python loop, ids in memory")


def compare_chinese(path: Path, n_turns: int, n_megabytes: int) -> None:
    """jieba is measured on a part of the text and its rate taken: the whole would take minutes."""
    jieba.setLogLevel(60)
    jieba.initialize()
    part = path.with_suffix(".part.txt")
    data = path.read_bytes()[: n_megabytes * 1_000_000]
    part.write_bytes(data[: data.rindex(b"\n") + 1])

    def jieba_loop() -> list[list[int]]:
        ids: dict[str, int] = {}
        with part.open(encoding="utf-8") as lines:
            return [[ids.setdefault(word, len(ids)) for word in jieba.cut(line)] for line in lines]

    build(part, "zh")
    build_s, jieba_s = taking_turns([lambda: build(path, "zh"), jieba_loop], n_turns)
    jieba_s = jieba_s.times(path.stat().st_size / part.stat().st_size)
    report(
        "Chinese, file to ids", path, build_s, jieba_s, f"jieba.cut + dict, from {n_megabytes} MB"
    )


def show_packed(packed: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wall = took(lambda: Corpus.build(packed, out=Path(folder) / "c", language="en")).wall
    print(f"  the same from {packed.name}, unpacked on the way: {wall:.2f} s")


MEASURE_MEMORY = """
import sys, threading, time
import psutil
from lexloom.text.corpus import Corpus
Corpus.from_texts(["warm the kernels up"], language=sys.argv[3], min_count=1)
process = psutil.Process()
def used():
    everyone = [process, *process.children(recursive=True)]
    total = 0
    for each in everyone:
        try:
            info = each.memory_full_info()
            total += info.uss if each.pid != process.pid else info.rss - info.shared
        except psutil.Error:
            pass
    return total
before = peak = used()
done = threading.Event()
def watch():
    global peak
    while not done.wait(0.02):
        peak = max(peak, used())
watcher = threading.Thread(target=watch)
watcher.start()
began = time.perf_counter()
corpus = Corpus.build(sys.argv[1], out=sys.argv[2], language=sys.argv[3], force=True)
took = time.perf_counter() - began
done.set(); watcher.join()
print(f"{(peak - before) / 1e6:.0f} {took:.1f} {corpus.n_words}")
"""


def measure_memory(path: Path, n_gigabytes: float, language: str) -> None:
    """Repeat a file to some size, and read the peak of a child process and its children."""
    big = path.with_suffix(".big.txt")
    data = path.read_bytes()
    n_times = max(round(n_gigabytes * 1e9 / len(data)), 1)
    with big.open("wb") as out:
        for _ in range(n_times):
            out.write(data)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE_MEMORY, big, big.with_suffix(".corpus"), language],
        check=True,
        capture_output=True,
        text=True,
    )
    megabytes, wall, n_words = done.stdout.split()
    print(
        f"memory, {big.stat().st_size / 1e9:.2f} GB of {path.name} ({language}): {megabytes} MB "
        f"above what it held after imports; {wall} s, {int(n_words):,} words",
        flush=True,
    )
    big.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = os.environ.get("LEXLOOM_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--mb", type=int, help="only so many megabytes of each file")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--jieba-mb", type=int, default=5, help="megabytes that jieba cuts")
    parser.add_argument("--gb", type=float, default=1.0, help="size of the text that fills memory")
    parser.add_argument("--memory-language", default="zh", help="how the text that fills it is cut")
    parser.add_argument("--only", choices=["spaces", "english", "chinese", "memory"])
    options = parser.parse_args()
    parts = [options.only] if options.only else ["spaces", "english", "chinese", "memory"]
    texts = options.data / "corpora"
    if not texts.exists():
        sys.exit(f"needs {texts}; pass --data or set LEXLOOM_DATA")
    print(
        f"gensim {gensim.__version__}, jieba {jieba.__version__}, Python {sys.version.split()[0]}, "
        f"{os.cpu_count()} cores; medians of {options.turns} turns"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        english, chinese = texts / "en_modern.txt.xz", texts / "zhwiki.txt.xz"
        if {"spaces", "english"} & set(parts):
            raw = unpacked(english, folder, options.mb)
            if "spaces" in parts:
                compare_spaces(split_words(raw), options.turns)
            if "english" in parts:
                compare_english(raw, options.turns)
                show_packed(english)
        if {"chinese", "memory"} & set(parts):
            wiki = unpacked(chinese, folder, options.mb)
            if "chinese" in parts:
                compare_chinese(wiki, options.turns, options.jieba_mb)
            if "memory" in parts:
                measure_memory(wiki, options.gb, options.memory_language)


if __name__ == "__main__":
    main()
