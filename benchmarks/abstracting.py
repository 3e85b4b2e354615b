"""Learn to sum up Chinese paragraphs in a title, from nothing, on a processor, and report.

    python benchmarks/abstracting.py --minutes 45 --threads 1

Paragraphs are the first ones of Chinese Wikipedia, titles those of their articles. Of those that
have at most as many characters as `--longest` says, 1,000 each are drawn to choose and to be judged
by. Most paragraphs begin with their title, which is what a model has to beat: beside it stand what
comes before the first 是 (is) or mark, and the usual number of first characters. A run that was
interrupted goes on by the same command.
"""

from __future__ import annotations

import argparse
import lzma
import os
import random
import re
import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers

import lexloom
from lexloom.evaluation.metrics.intervals import mean, proportion
from lexloom.evaluation.metrics.rouge import rouge_l, rouge_n
from lexloom.finetuning.rewriting.abstractive_summarizer import AbstractiveSummarizer
from lexloom.progress import Lines

HERE = Path(__file__).resolve().parent
Pairs = list[tuple[str, str]]
_ASIDE = 1_000
_END = re.compile("是|为|[，。（(、：:]")


def articles(data: Path, longest: int) -> Pairs:
    """Give paragraphs and their titles, in any order; each title once."""
    path = data / "generation" / "zhwiki_title_paragraph.tsv.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    by_title = {row[0]: row[1] for row in rows if len(row) == 2 and len(row[1]) <= longest}
    pairs = [(paragraph, title) for title, paragraph in sorted(by_title.items())]
    random.Random(0).shuffle(pairs)
    return pairs


def judged(written: list[str], wanted: list[str]) -> str:
    """Score titles, character by character."""
    pairs = list(zip(written, wanted, strict=True))
    figures = {
        "ROUGE-1": [rouge_n(list(one), list(other), 1).f1 for one, other in pairs],
        "ROUGE-2": [rouge_n(list(one), list(other), 2).f1 for one, other in pairs],
        "ROUGE-L": [rouge_l(list(one), list(other)).f1 for one, other in pairs],
    }
    alike = proportion(sum(one == other for one, other in pairs), len(pairs))
    return ", ".join(f"{n} {mean(values)}" for n, values in figures.items()) + f", same {alike}"


def beginnings(paragraphs: list[str], n: int) -> dict[str, list[str]]:
    """Give what anybody would take for a title."""
    return {
        "up to the first 是 or mark": [_END.split(text.lstrip("《「"))[0] for text in paragraphs],
        f"the first {n} characters": [text[:n] for text in paragraphs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--rows", type=int, default=20_000, help="learn from so many")
    parser.add_argument("--longest", type=int, default=100, help="characters of a paragraph")
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--pieces", type=int, default=8_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "lexloom-titles")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    pairs = articles(options.data, options.longest)
    test, dev, train = pairs[:_ASIDE], pairs[_ASIDE : 2 * _ASIDE], pairs[2 * _ASIDE :]
    train = train[: options.rows]
    print(
        f"lexloom {lexloom.__version__}, torch {torch.__version__}: {len(train):,} paragraphs of "
        f"{np.mean([len(source) for source, _ in train]):.0f} characters and their titles of "
        f"{np.mean([len(target) for _, target in train]):.1f}, {len(test):,} to judge by",
        flush=True,
    )
    trainer = AbstractiveSummarizer(
        pieces=options.pieces, minutes=options.minutes, epochs=100, patience=100,
        longest=options.longest + 2, threads=options.threads,
    )  # fmt: skip
    with open("/dev/stderr", "a", encoding="utf-8") as stream:
        made = trainer.fit(
            train, dev, test=test, out=options.out, resume=True, on_progress=Lines(stream)
        )
    metrics = made.metrics
    print(f"{made}: {len(metrics['loss_per_epoch'])} epochs, {metrics['seconds'] / 60:.0f} minutes")
    print("dev ROUGE-L:", [round(each, 1) for each in metrics["dev_quality_per_epoch"]])
    paragraphs, titles = [source for source, _ in test], [target for _, target in test]
    usual = round(statistics.median(len(target) for _, target in train))
    written = {"learned": made.write(paragraphs), **beginnings(paragraphs, usual)}
    print("\n".join(f"{name}: {judged(texts, titles)}" for name, texts in written.items()))
    starts = [not source.startswith(target) for source, target in test]
    print(f"of the {sum(starts):,} titles that do not begin their paragraph:")
    for name, texts in written.items():
        print(f"  {name}: {judged(*_chosen(starts, texts, titles))}")
    for (source, target), text in list(zip(test, written["learned"], strict=True))[
        : options.samples
    ]:
        print(f"{source}\n  person  {target}\n  model   {text}")


def _chosen(which: list[bool], *lists: list[str]) -> list[list[str]]:
    """Keep the chosen places of lists."""
    return [[text for text, kept in zip(each, which, strict=True) if kept] for each in lists]


if __name__ == "__main__":
    main()
