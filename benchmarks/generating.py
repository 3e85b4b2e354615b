"""Teach a causal model to write Tang poems by their titles, and judge them by their form.

    python benchmarks/pretraining.py --goal tang --minutes 20 --out poems
    python benchmarks/generating.py --goal tang --model poems/model

The titles judged are of poems that pretraining set aside, where its corpus lies beside the model;
otherwise it has seen them, and bits a byte flatter. A poem is of form if all its lines have five
characters, or all seven. Which characters rhyme is learned from all other poems, since no
dictionary says how Tang poets spoke: two rhyme that keep the same company at the ends of even
lines. Real poems and poems whose even lines were shuffled say what such rates are worth.
"""

from __future__ import annotations

import argparse
import itertools
import lzma
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import lexloom
from lexloom import Generator
from lexloom.contextual.language_models.causal_model import CausalModel
from lexloom.contextual.language_models.streams import _chosen_aside
from lexloom.finetuning.generating.fitted_generator import FittedGenerator
from lexloom.progress import Lines

HERE = Path(__file__).resolve().parent
PROMPT = "{title}\n"
VERSE = re.compile(r"[^，。！？；：、\s]+")
ALIKE = 0.2
"""From this cosine on two characters rhyme."""
SHOWN = 5

Poem = dict[str, str]


def poems_of(data: Path, kind: str) -> list[Poem]:
    """Give poems in the order in which pretraining reads them."""
    path = data / "generation" / "tang_song_poems.tsv.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [row.rstrip("\n").split("\t") for row in file]
    return [
        {"title": row[1], "author": row[2], "text": row[3].replace("|", "\n")}
        for row in rows
        if row[0] == kind and len(row) == 4
    ]


def unseen(model: Path, n_poems: int) -> np.ndarray | None:
    """Say which poems pretraining set aside: bool (N); None where nobody knows."""
    place = model.parent / "corpus"
    if not place.exists():
        return None
    corpus, how = lexloom.load(place), lexloom.load(model).settings
    if corpus.n_documents != n_poems or "held_out" not in how:
        return None
    aside = _chosen_aside(corpus, how["held_out"], how["seed"])
    firsts = np.minimum(corpus.document_offsets[:-1], len(aside) - 1)
    return aside[firsts] & (np.diff(corpus.document_offsets) > 0)


# What a poem is


def verses(text: str) -> list[str]:
    return VERSE.findall(text)


class Rhymes:
    """Which characters rhyme, learned from the ends of even lines."""

    def __init__(self, texts: Sequence[str]) -> None:
        ends = [[verse[-1] for verse in verses(text)[1::2]] for text in texts]
        counts = Counter(end for row in ends for end in set(row))
        names = [name for name, n in counts.items() if n >= 5]
        self._row_of = {name: row for row, name in enumerate(names)}
        together = np.zeros((len(names), len(names)), np.float32)
        for row in ends:
            known = {self._row_of[end] for end in row if end in self._row_of}
            for one, other in itertools.permutations(known, 2):
                together[one, other] += 1
        totals = np.maximum(together.sum(1, keepdims=True), 1)
        expected = totals * totals.T / max(together.sum(), 1)
        surprise = np.log(np.maximum(together / expected, 1))
        np.fill_diagonal(surprise, surprise.max(1, initial=1.0))
        self._company = surprise / np.maximum(np.linalg.norm(surprise, axis=1, keepdims=True), 1e-9)

    def rhyme(self, one: str, other: str) -> bool | None:
        """Say whether two characters rhyme; None where too few poems end lines with one."""
        rows = [self._row_of.get(end) for end in (one, other)]
        if None in rows:
            return None
        return one != other and bool(self._company[rows[0]] @ self._company[rows[1]] >= ALIKE)


def figures(texts: Sequence[str], rhymes: Rhymes) -> dict[str, float]:
    """Judge poems by their form."""
    cut = [verses(text) for text in texts]
    lengths = [{len(verse) for verse in poem} for poem in cut]
    pairs = [
        rhymes.rhyme(one[-1], other[-1])
        for poem in cut
        for one, other in itertools.pairwise(poem[1::2])
    ]
    known = [pair for pair in pairs if pair is not None]
    letters = ["".join(poem) for poem in cut]
    runs = [text[place : place + 2] for text in letters for place in range(len(text) - 1)]
    return {
        "all lines of 5 or of 7": float(np.mean([each in ({5}, {7}) for each in lengths])),
        "4 or 8 lines": float(np.mean([len(poem) in {4, 8} for poem in cut])),
        "even lines rhyme": float(np.mean(known)) if known else float("nan"),
        "distinct pairs": len(set(runs)) / max(len(runs), 1),
    }


def with_even_lines_shuffled(texts: Sequence[str]) -> list[str]:
    """Give each poem the even lines of any."""
    cut = [verses(text) for text in texts]
    even = [verse for poem in cut for verse in poem[1::2]]
    random.Random(1).shuffle(even)
    for poem in cut:
        for place in range(1, len(poem), 2):
            poem[place] = even.pop()
    return ["，".join(poem) for poem in cut]


def show(name: str, found: dict[str, float]) -> None:
    told = ", ".join(f"{what} {value:.3f}" for what, value in found.items())
    print(f"{name:<22} {told}", flush=True)


def tang(options: argparse.Namespace) -> None:
    """Learn from titles to poems, and judge what is written for others."""
    poems = poems_of(options.data, options.kind)
    aside = unseen(options.model, len(poems))
    order = np.random.default_rng(1).permutation(len(poems))
    if aside is not None:
        order = np.concatenate([order[aside[order]], order[~aside[order]]])
    longest = min(options.longest, CausalModel.of_folder(options.model).positions)
    fitting = [poems[row] for row in order if len(poems[row]["text"]) < longest - 20]
    test, rest = fitting[: options.titles], fitting[options.titles :]
    dev, train = rest[: options.titles], rest[options.titles :][: options.poems]
    known = "that pretraining set aside" if aside is not None else "that pretraining may have seen"
    print(f"{len(train):,} poems to learn from, {len(test):,} titles {known}")
    rhymes = Rhymes([poem["text"] for poem in rest])
    trainer = Generator(
        model=str(options.model), prompt=PROMPT, method=options.method, epochs=options.epochs,
        longest=longest, threads=options.threads, learning_rate=options.rate,
    )  # fmt: skip
    began = time.perf_counter()
    with open(os.devnull if options.quiet else "/dev/stderr", "a", encoding="utf-8") as stream:
        made = trainer.fit(
            train, dev, test=test, out=options.out / "poet", resume=not options.force,
            force=options.force, on_progress=Lines(stream),
        )  # fmt: skip
    print(f"{made!r}, {time.perf_counter() - began:.0f} s")
    print("\n".join(itertools.islice(made.report.lines(), 5)))
    print("dev loss " + " ".join(f"{loss:.3f}" for loss in made.metrics["dev_loss_per_epoch"]))
    before = FittedGenerator(CausalModel.of_folder(options.model), PROMPT, "{text}")
    judge(test, rhymes, before, made)


def judge(test: list[Poem], rhymes: Rhymes, before: Any, made: Any) -> None:
    """Set poems that were written beside real ones."""
    real = [poem["text"] for poem in test]
    titles = [poem["title"] for poem in test]
    show("real poems", figures(real, rhymes))
    show("even lines shuffled", figures(with_even_lines_shuffled(real), rhymes))
    for name, model in (("before", before), ("this model", made)):
        began = time.perf_counter()
        texts = model.generate_all(titles, n_pieces=100, temperature=0.8, top_p=0.95, seed=1)
        seconds = time.perf_counter() - began
        show(name, figures(texts, rhymes))
        print(f"{'':<22} {sum(map(len, texts)) / seconds:,.0f} characters/s")
    for title, text in zip(titles[:SHOWN], texts, strict=False):
        print(f"{title} → {' / '.join(text.split())}")


GOALS = {"tang": tang}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=GOALS, default="tang")
    parser.add_argument("--model", type=Path, required=True, help="a causal model of such poems")
    parser.add_argument("--out", type=Path, default=None, help="the folder of what is learned")
    parser.add_argument("--kind", default="唐诗", help="which poems")
    parser.add_argument("--poems", type=int, default=None, help="the most to learn from")
    parser.add_argument("--titles", type=int, default=200)
    parser.add_argument("--method", default="full")
    parser.add_argument("--rate", type=float, default=None)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--longest", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    options.out = options.out or Path(tempfile.gettempdir()) / f"lexloom-writing-{options.goal}"
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    print(f"lexloom {lexloom.__version__}, torch {torch.__version__}, numpy {np.__version__}")
    GOALS[options.goal](options)


if __name__ == "__main__":
    main()
