"""Find again which of two words a made-up word stands for, as senses (Schütze 1998).

    python benchmarks/senses.py                    # all-MiniLM-L6-v2
    python benchmarks/senses.py --model FOLDER --prefix "query: "

Two words are written as one, `oilcoach`, in news of AG News; a sense is right where it holds the
places of one of them. The words are chosen by rule, not by hand: of each of the four classes the
most frequent words of which at least 95 % stand once in a text of that class, paired across
classes. The number of senses is left to be found. Prints the V-measure of each pair, and how many
of the words themselves, which the rule takes for words of one sense, are parted in several.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from distilling import HERE, minilm

import lexloom
from lexloom import Corpus, Encoder
from lexloom.contextual.senses import SenseSearch, WordSenses
from lexloom.evaluation.metrics.clustering import v_measure
from lexloom.evaluation.metrics.intervals import mean
from lexloom.text.segmenting import Segmentation

CUT = Segmentation(language="en")
PURE, SHORTEST, PLACES = 0.95, 4, 100


def news(data: Path) -> list[tuple[str, str]]:
    """Read the texts of AG News and their classes."""
    path = data / "classification" / "agnews_10k.tsv"
    rows = (row.rsplit("\t", 1) for row in path.read_text(encoding="utf-8").splitlines())
    return [(text, label) for text, label in rows]


def telling_words(texts: list[tuple[str, str]], n: int) -> dict[str, list[str]]:
    """Choose of each class its most frequent words that hardly stand in another."""
    counts: Counter[tuple[str, str]] = Counter()
    totals: Counter[str] = Counter()
    for text, label in texts:
        found = Counter(CUT.words(text))
        totals.update(found)
        once = (word for word, n_times in found.items() if n_times == 1 and len(word) >= SHORTEST)
        counts.update((word, label) for word in once)
    chosen: dict[str, list[str]] = {label: [] for label in sorted({label for _, label in texts})}
    for (word, label), count in counts.most_common():
        if word.isalpha() and count >= PURE * totals[word] and len(chosen[label]) < n:
            chosen[label].append(word)
    return chosen


def places(texts: list[tuple[str, str]], word: str, written: str) -> list[str]:
    """Give texts in which a word stands once, the word written in another way."""
    found = []
    for text, _ in texts:
        spans = [span for span in CUT.spans(text) if span[0] == word]
        if len(spans) == 1 and len(found) < PLACES:
            _, start, stop = spans[0]
            found.append(f"{text[:start]}{written}{text[stop:]}")
    return found


def senses_of(encoder: Encoder, lines: list[str], word: str, search: SenseSearch) -> WordSenses:
    """Look for the senses of a word in some lines."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        corpus = Corpus.build([path], out=Path(folder) / "it", language="en", min_count=1)
        return search.find(encoder, corpus, word, sources=[path])


def run_pair(
    encoder: Encoder, texts: list[tuple[str, str]], pair: tuple[str, str], search: SenseSearch
) -> tuple[float, WordSenses]:
    """Write two words as one and find them again; give the V-measure and the senses."""
    both = [places(texts, word, "".join(pair)) for word in pair]
    lines = [*both[0], *both[1]]
    classes = np.repeat([0, 1], [len(both[0]), len(both[1])])
    found = senses_of(encoder, lines, "".join(pair), search)
    return v_measure(found.groups, classes).value, found


def pairs_of(texts: list[tuple[str, str]], n: int) -> list[tuple[str, str]]:
    """Pair the first words of each two classes, then the second, …"""
    chosen = list(telling_words(texts, n).values())
    return [(a[i], b[i]) for i in range(n) for a, b in itertools.combinations(chosen, 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--model", type=Path, default=None, help="the folder of an encoder")
    parser.add_argument("--prefix", default="")
    parser.add_argument(
        "--pairs-of-classes", type=int, default=2, help="pairs for each two classes"
    )
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    encoder = Encoder.load(options.model or minilm(), prefix=options.prefix, precision="float32")
    search, texts = SenseSearch(occurrences=2 * PLACES), news(options.data)
    print(f"lexloom {lexloom.__version__}, torch {torch.__version__}, {encoder}, {search}")
    began, values = time.perf_counter(), []
    for pair in pairs_of(texts, options.pairs_of_classes):
        value, found = run_pair(encoder, texts, pair, search)
        values.append(value)
        told = f"{len(found.senses)} senses of {len(found.groups)} places"
        print(f"  {'/'.join(pair):<24} V {value:.3f}  {told}, certainty {found.certainty:.1f}")
    print(f"mean V-measure {mean(values)} of {len(values)} pairs")
    words = {word for pair in pairs_of(texts, options.pairs_of_classes) for word in pair}
    parted = []
    for word in sorted(words):
        found = senses_of(encoder, places(texts, word, word), word, search)
        parted.append(len(found.senses))
        print(f"  {word:<24} {parted[-1]} senses, certainty {found.certainty:.1f}", flush=True)
    print(f"{sum(n > 1 for n in parted)} of {len(parted)} words alone are parted; "
          f"{time.perf_counter() - began:.0f} s in all")  # fmt: skip


if __name__ == "__main__":
    main()
