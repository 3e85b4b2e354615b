"""Measure extractive summaries of English news against sentences that people chose.

    python benchmarks/summarizing.py                            # bag of words, no training
    python benchmarks/summarizing.py --model FOLDER --texts 200 # any model that embeds texts

Each summary has as many sentences as the chosen one. Leads, which newspapers write to be read
first, are what the methods have to beat; sentences drawn by chance are what anybody beats. ROUGE
counts words in lower case (runs of one and two, longest common run), F1.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import lexloom
from lexloom import BagOfWords, Corpus
from lexloom.evaluation.metrics.intervals import mean
from lexloom.evaluation.metrics.rouge import rouge_l, rouge_n
from lexloom.finetuning.summarizer import FittedSummarizer, Summarizer
from lexloom.text.sentence_spans import sentence_spans

HERE = Path(__file__).resolve().parent


def stories(data: Path, n: int) -> list[tuple[str, str]]:
    """Give texts of news and the sentences that people chose, put in the order of the text."""
    with lzma.open(data / "generation" / "bbc_news_summary.jsonl.xz", "rt", encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    random.Random(1).shuffle(rows)
    found = []
    for row in rows[:n]:
        said = row["summary"].replace(" ", "")
        sentences = [row["text"][start:end] for start, end in sentence_spans(row["text"])]
        chosen = [s for s in sentences if s.replace(" ", "").replace("\n", "") in said]
        if 0 < len(chosen) < len(sentences):
            found.append((row["text"], "\n".join(chosen)))
    return found


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def judged(made: list[str], wanted: list[str]) -> str:
    """Score summaries."""
    pairs = [(words(text), words(other)) for text, other in zip(made, wanted, strict=True)]
    figures: dict[str, list[float]] = {
        "ROUGE-1": [rouge_n(*pair, 1).f1 for pair in pairs],
        "ROUGE-2": [rouge_n(*pair, 2).f1 for pair in pairs],
        "ROUGE-L": [rouge_l(*pair).f1 for pair in pairs],
    }
    return ", ".join(f"{name} {mean(values)}" for name, values in figures.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--model", default=None, help="by default a bag of words of these texts")
    parser.add_argument("--prefix", default=None)
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--novelty", type=float, nargs="+", default=[0.0, 0.3])
    options = parser.parse_args()
    found = stories(options.data, options.texts)
    texts, wanted = [text for text, _ in found], [summary for _, summary in found]
    lengths = [summary.count("\n") + 1 for summary in wanted]
    print(
        f"lexloom {lexloom.__version__}: {len(texts):,} texts of news, {np.mean(lengths):.1f} of "
        f"{np.mean([len(sentence_spans(text)) for text in texts]):.1f} sentences"
    )
    with tempfile.TemporaryDirectory() as folder:
        model: Any = options.model
        if model is None:
            model = f"{folder}/bag"
            BagOfWords(sublinear=True).fit(Corpus.from_texts(texts, min_count=1), out=model)
        draw = random.Random(1)
        spans = [sentence_spans(text) for text in texts]
        drawn = [
            "\n".join(text[a:b] for a, b in sorted(draw.sample(cut, n)))
            for text, cut, n in zip(texts, spans, lengths, strict=True)
        ]
        print(f"by chance: {judged(drawn, wanted)}")
        opened = Summarizer(model=model, prefix=options.prefix).prepare().model
        for method in ("lead", "centroid", "textrank"):
            for novelty in options.novelty if method != "lead" else [0.0]:
                began, made = time.perf_counter(), []
                for text, n in zip(texts, lengths, strict=True):
                    how = Summarizer(model=model, method=method, novelty=novelty, sentences=n)
                    made.append(FittedSummarizer(opened, how).summarize(text).text)
                seconds = time.perf_counter() - began
                print(
                    f"{method}, novelty {novelty}: {judged(made, wanted)}; "
                    f"{len(texts) / seconds:.0f} texts/s", flush=True,
                )  # fmt: skip


if __name__ == "__main__":
    main()
