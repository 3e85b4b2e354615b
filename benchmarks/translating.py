"""Learn to translate from some ten thousand pairs, from nothing, on a processor, and report.

    python benchmarks/translating.py --goal multi30k --minutes 90  # English to German, captions
    python benchmarks/translating.py --goal tatoeba --minutes 60   # English to Chinese

Multi30k comes as it was parted: 29,000 pairs to learn from, 1,014 to choose by, the 1,000 of 2016
to be judged by. Of Tatoeba 1,000 sources each are drawn, with all their translations, to choose and
to be judged by; none of them is learned from. A run that was interrupted goes on by the same
command.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import sacrebleu
import torch
import transformers

import lexloom
from lexloom.finetuning.rewriting.translator import Translator
from lexloom.progress import Lines

HERE = Path(__file__).resolve().parent
Pairs = list[tuple[str, str]]
Parts = tuple[Pairs, Pairs, Pairs]
_ASIDE = 1_000


def multi30k(data: Path) -> Parts:
    """Captions of images in English and German."""
    parts = []
    for name in ("train", "val", "test2016"):
        sides = [
            (data / "parallel" / f"multi30k_{name}.{language}").read_text(encoding="utf-8")
            for language in ("en", "de")
        ]
        parts.append(list(zip(*(side.splitlines() for side in sides), strict=True)))
    return parts[0], parts[1], parts[2]


def tatoeba(data: Path) -> Parts:
    """Sentences in English and Chinese, those with the same English on one side."""
    path = data / "parallel" / "tatoeba_en_zh.tsv"
    with path.open(encoding="utf-8") as file:
        pairs = [tuple(line.rstrip("\n").split("\t")[:2]) for line in file]
    sources = sorted({source for source, _ in pairs})
    random.Random(0).shuffle(sources)
    aside = {source: place // _ASIDE for place, source in enumerate(sources[: 2 * _ASIDE])}
    parts: Parts = ([], [], [])
    for source, target in pairs:
        parts[aside.get(source, -1) + 1].append((source, target))
    return parts


GOALS = {"multi30k": multi30k, "tatoeba": tatoeba}


def race(made: Any, test: Pairs, options: argparse.Namespace) -> None:
    """Let a translator write in turns with itself as CTranslate2 has it."""
    sources, targets = zip(*test, strict=True)
    tokenize = "zh" if options.goal == "tatoeba" else "13a"
    ways = {"as it is": made, "compiled": made.compile("ctranslate2-int8")}
    for beams in (5, 1):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _, (name, way) in itertools.product(range(options.rounds), ways.items()):
            began = time.perf_counter()
            written = way.translate(sources, beams=beams)
            rates[name].append(len(sources) / (time.perf_counter() - began))
            score = sacrebleu.corpus_bleu(written, [list(targets)], tokenize=tokenize).score
            print(f"{beams} beams, {name}: BLEU {score:.1f}, {rates[name][-1]:.0f} texts/s")
        ratios = [mine / plain for plain, mine in zip(*rates.values(), strict=True)]
        print(f"{beams} beams: compiled {statistics.median(ratios):.2f} times as fast", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=GOALS, default="multi30k")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--pieces", type=int, default=6_000)
    parser.add_argument("--separate-pieces", action="store_true")
    parser.add_argument("--epochs", type=int, default=100, help="the most")
    parser.add_argument("--batch", type=int, default=4_096)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--dropout", type=float, default=None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, default=None, help="learn from so many pairs only")
    parser.add_argument("--rounds", type=int, default=3, help="of writing")
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument(
        "--out", type=Path, default=Path(tempfile.gettempdir()) / "lexloom-translated"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    print(
        f"lexloom {lexloom.__version__}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}, sacrebleu {sacrebleu.__version__}"
    )
    train, dev, test = GOALS[options.goal](options.data)
    train = train[: options.rows]
    trainer = Translator(
        size=options.size, pieces=options.pieces, minutes=options.minutes, epochs=options.epochs,
        batch=options.batch, learning_rate=options.learning_rate, dropout=options.dropout,
        threads=options.threads, patience=options.epochs, separate_pieces=options.separate_pieces,
    )  # fmt: skip
    print(
        f"{options.goal}: {len(train):,} pairs, {len(dev):,} to choose by, {len(test):,} to judge"
    )
    print(trainer, flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with open("/dev/stderr", "a", encoding="utf-8") as stream:
        made = trainer.fit(
            train, dev, test=test, out=options.out / options.goal, resume=True,
            on_progress=Lines(stream),
        )  # fmt: skip
    seconds = time.perf_counter() - began
    metrics = made.metrics
    n_epochs = len(metrics["loss_per_epoch"])
    print(f"{made}: {seconds / 60:.0f} minutes in all, {n_epochs} epochs of "
          f"{metrics['seconds'] / n_epochs:.0f} s, {metrics['precision']}")  # fmt: skip
    print("epoch  loss   dev loss  dev BLEU (greedy)")
    for row in zip(
        range(1, n_epochs + 1), metrics["loss_per_epoch"], metrics["dev_loss_per_epoch"],
        metrics["dev_quality_per_epoch"], strict=True,
    ):  # fmt: skip
        print("{:5d}  {:.3f}  {:.3f}     {:.1f}".format(*row))
    print("\n".join(made.report.lines()))
    race(made, test, options)
    for source, target in test[: options.samples]:
        print(f"{source}\n  person  {target}\n  model   {made.translate([source])[0]}")


if __name__ == "__main__":
    main()
