"""Measure learning from few texts: beside setfit at its defaults, and beside tf-idf.

    python benchmarks/few_shot.py                          # 8 texts a label, SST-2 and hotels
    python benchmarks/few_shot.py --set sst2 --texts 64    # more of them
    python benchmarks/few_shot.py --growth                 # time and memory at 1, 4 and 16 times

Both learn from the same texts, drawn anew for each seed, on the same threads, from the same folder,
in turns, and label the same texts. setfit runs at its defaults: pairs of every two texts, those
that are alike drawn as often as the others, one epoch, batches of 16 pairs, learning rate 2e-5,
logistic regression. Its vectors are made from the same beginning of each text, by the same prefix.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import finetuning
import torch
import transformers

import lexloom
from lexloom import TextClassifier
from lexloom.evaluation.metrics.intervals import mean_of_runs

HERE = Path(__file__).resolve().parent
MODELS = {"sst2": "minilm", "hotels": "e5", "agnews": "minilm", "thucnews": "e5"}
Pairs = list[tuple[str, str]]


def few(rows: Pairs, n: int, seed: int) -> Pairs:
    """Draw so many texts of each label."""
    rows = random.Random(seed).sample(rows, len(rows))
    labels = sorted({label for _, label in rows})
    return [pair for label in labels for pair in [row for row in rows if row[1] == label][:n]]


def ours(folder: Path, prefix: str, train: Pairs, test: Pairs, options: Any) -> dict[str, Any]:
    """Learn with ours."""
    began = time.perf_counter()
    made = TextClassifier(
        model=str(folder), prefix=prefix, method="few-shot", longest=options.longest,
        precision="float32", epochs=options.epochs, learning_rate=options.learning_rate,
        threads=options.threads,
    ).fit(train)  # fmt: skip
    seconds = time.perf_counter() - began
    given = made.predict([text for text, _ in test])
    return {"seconds": seconds, "right": _right(given, test)}


def theirs(folder: Path, prefix: str, train: Pairs, test: Pairs, options: Any) -> dict[str, Any]:
    """Learn with setfit at its defaults."""
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    began = time.perf_counter()
    labels = sorted({label for _, label in train})
    model = SetFitModel.from_pretrained(str(folder), labels=labels)
    model.model_body.max_seq_length = options.longest
    rows = Dataset.from_dict({
        "text": [prefix + text for text, _ in train], "label": [label for _, label in train]
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place, show_progress_bar=False, report_to="none", save_strategy="no"
        )
        Trainer(model=model, args=arguments, train_dataset=rows).train()
    seconds = time.perf_counter() - began
    given = model.predict([prefix + text for text, _ in test], show_progress_bar=False)
    return {"seconds": seconds, "right": _right(list(given), test)}


def _right(given: list[str], test: Pairs) -> float:
    """Give the share of right labels."""
    return sum(one == label for one, (_, label) in zip(given, test, strict=True)) / len(test)


def tf_idf(train: Pairs, test: Pairs) -> float:
    """Give what counts of words and pairs of words are worth."""
    from lexloom.finetuning.baseline import tf_idf_chances
    from lexloom.finetuning.examples import examples_of
    from lexloom.finetuning.labelled_parts import parted

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = parted(examples_of(train), None, examples_of(test), dev_share=0.0, seed=1)
    chances = tf_idf_chances(parts, balanced=False)
    return float((chances.argmax(1) == parts.judged[1].targets).mean())


def compare(which: str, options: argparse.Namespace) -> None:
    """Let both learn from the same texts, in turns, from several draws."""
    folder, prefix = finetuning.models(options.data)[MODELS[which]]
    train, test = finetuning.SETS[which](options.data)
    test = test[: options.test]
    print(
        f"{which}, {MODELS[which]}: {options.texts} texts a label, judged by {len(test):,}, at "
        f"most {options.longest} pieces, {torch.get_num_threads()} thread(s)"
    )
    found: dict[str, list[float]] = {"lexloom": [], "setfit": [], "tf-idf": [], "ratio": []}
    for seed in range(1, options.seeds + 1):
        some = few(train, options.texts, seed)
        mine = ours(folder, prefix, some, test, options)
        line = f"seed {seed}: lexloom {mine['seconds']:.1f} s, {mine['right']:.3f}"
        found["lexloom"].append(mine["right"])
        if not options.alone:
            other = theirs(folder, prefix, some, test, options)
            found["setfit"].append(other["right"])
            found["ratio"].append(other["seconds"] / mine["seconds"])
            line += f"; setfit {other['seconds']:.1f} s, {other['right']:.3f}"
            line += f"; ratio {found['ratio'][-1]:.2f}"
        found["tf-idf"].append(tf_idf(some, test))
        print(f"{line}; tf-idf {found['tf-idf'][-1]:.3f}", flush=True)
    pairs = zip(found["lexloom"], found["tf-idf"], strict=True)
    print(f"  mean lexloom {mean_of_runs(found['lexloom'])}, tf-idf {mean_of_runs(found['tf-idf'])}"
          f"; better by {mean_of_runs([a - b for a, b in pairs])}")  # fmt: skip
    if found["setfit"]:
        pairs = zip(found["lexloom"], found["setfit"], strict=True)
        print(f"  mean setfit {mean_of_runs(found['setfit'])}; lexloom better by "
              f"{mean_of_runs([a - b for a, b in pairs])}")  # fmt: skip
        print(f"  median ratio of seconds {statistics.median(found['ratio']):.2f}")


def grow(options: argparse.Namespace) -> None:
    """Learn from 1, 4 and 16 times as many texts, each in a process of its own."""
    print("texts a label  seconds  peak memory, MB")
    for times in (1, 4, 16):
        command = [
            sys.executable,
            __file__,
            "--one",
            str(8 * times),
            "--set",
            options.set or "sst2",
        ]
        asked = [*command, "--threads", str(options.threads)]
        print(subprocess.run(asked, check=True, capture_output=True, text=True).stdout, end="")


def one(options: argparse.Namespace) -> None:
    """Learn once, and say what it took."""
    which = options.set or "sst2"
    folder, prefix = finetuning.models(options.data)[MODELS[which]]
    train, test = finetuning.SETS[which](options.data)
    found = ours(folder, prefix, few(train, options.one, 1), test[:10], options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.one:13,}  {found['seconds']:7.1f}  {peak:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--set", choices=MODELS, help="one of the sets; else SST-2 and hotels")
    parser.add_argument("--texts", type=int, default=8, help="of each label")
    parser.add_argument("--test", type=int, default=None, help="judge by so many texts only")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--longest", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", action="store_true", help="without setfit")
    parser.add_argument("--growth", action="store_true", help="time and memory as texts grow")
    parser.add_argument("--one", type=int, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    if options.one:
        one(options)
        return
    print(
        f"lexloom {lexloom.__version__}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}"
    )
    if not options.alone:
        import setfit

        print(f"setfit {setfit.__version__}")
    if options.growth:
        grow(options)
        return
    for which in [options.set] if options.set else ["sst2", "hotels"]:
        compare(which, options)


if __name__ == "__main__":
    main()
