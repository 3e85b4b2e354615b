"""Learn to tag real sentences, and report.

    python benchmarks/tagging.py --goal msra --model e5           # names in Chinese, by character
    python benchmarks/tagging.py --goal conll2000 --model minilm  # English chunks, by word

The Chinese sentences are shuffled: 10,000 to learn from, another 3,000 to be judged by. The
English ones come as they were parted, 8,936 and 2,012. A run that was interrupted goes on by the
same command.
"""

from __future__ import annotations

import argparse
import lzma
import os
import random
import tempfile
from pathlib import Path

import finetuning
import torch
import transformers

import lexloom
from lexloom.finetuning.tagging.tagger import Tagger

HERE = Path(__file__).resolve().parent
Sentences = list[tuple[list[str], list[str]]]


def sentences(text: str) -> Sentences:
    """Read lines of a unit and its tag, with an empty line behind each sentence."""
    blocks = (
        [line.split() for line in block.splitlines() if line.strip()]
        for block in text.split("\n\n")
    )
    return [([row[0] for row in block], [row[-1] for row in block]) for block in blocks if block]


def msra(data: Path) -> tuple[Sentences, Sentences]:
    """Chinese news, with the names of people, places and organisations."""
    path = data / "tagging" / "msra_ner_zh.bio.txt.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = sentences(file.read())
    random.Random(0).shuffle(rows)
    return rows[:10_000], rows[10_000:13_000]


def conll2000(data: Path) -> tuple[Sentences, Sentences]:
    """English news, cut into phrases."""
    train, test = (
        sentences((data / "tagging" / f"conll2000_{part}.txt").read_text(encoding="utf-8"))
        for part in ("train", "test")
    )
    return train, test


GOALS = {"msra": msra, "conll2000": conll2000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=GOALS, default="msra")
    parser.add_argument("--model", choices=["e5", "minilm"], default="e5")
    parser.add_argument("--method", default="full")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "lexloom-tuned")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    print(
        f"lexloom {lexloom.__version__}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}"
    )
    folder, prefix = finetuning.models(options.data)[options.model]
    train, test = GOALS[options.goal](options.data)
    print(f"{options.goal}: {len(train):,} sentences, {len(test):,} to judge", flush=True)
    for seed in range(1, options.seeds + 1):
        trainer = Tagger(
            model=str(folder), prefix=prefix, method=options.method, seed=seed,
            epochs=options.epochs, learning_rate=options.learning_rate, threads=options.threads,
        )  # fmt: skip
        name = f"{options.goal}-{options.model}-{options.method}-{seed}"
        finetuning.reach(name, trainer, train, test, options.out)


if __name__ == "__main__":
    main()
