"""Measure the neural language model beside Kneser-Ney on about a million words: perplexity, speed.

    python benchmarks/nplm.py                      # an hour on two cores
    python benchmarks/nplm.py --corpus chinese --epochs 2

As in the paper of Bengio et al. (2003): the first 80 % of a text is learned, the next 10 % chooses
the weight of a mixture, the last 10 % is judged. Words that come less than four times in what is
learned are one word to both models, and every perplexity is over the same tokens: all words, known
or not, and the ends of sentences. The English text is the stretch of the mixed corpus with the
Brown corpus in it, the Chinese one a month of the People's Daily, both cut into words already.
"""

from __future__ import annotations

import argparse
import itertools
import lzma
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

import lexloom
from lexloom import Corpus
from lexloom.evaluation.metrics.perplexity import best_weight, mixed, perplexity
from lexloom.progress import Lines
from lexloom.static.kneser_ney import KneserNey
from lexloom.static.nplm import NPLM

HERE = Path(__file__).resolve().parent
BROWN_LINES = slice(31_971, 89_311)
TAGGED = re.compile(r"\[?(\S+?)/[A-Za-z]+(?:\][A-Za-z]*)?")
SHARES = (0.8, 0.9, 1.0)


def english(data: Path) -> Iterator[list[str]]:
    """Give the sentences of the Brown corpus."""
    with lzma.open(data / "corpora" / "en_modern.txt.xz", "rt", encoding="utf-8") as file:
        for line in itertools.islice(file, BROWN_LINES.start, BROWN_LINES.stop):
            yield line.split()


def chinese(data: Path) -> Iterator[list[str]]:
    """Give the lines of the People's Daily, words without their tags."""
    path = data / "corpora" / "peoples_daily_199801.tagged.txt.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield TAGGED.findall(line)


CORPORA = {"english": english, "chinese": chinese}


def three_parts(sentences: list[list[str]]) -> list[Corpus]:
    """Part a text, in its order, into what is learned, what chooses and what is judged."""
    n_words = np.cumsum([len(words) for words in sentences])
    ends = [0, *(1 + np.searchsorted(n_words, np.array(SHARES) * n_words[-1])).tolist()]
    return [
        Corpus.from_sentences(sentences[first:end], min_count=1)
        for first, end in itertools.pairwise(ends)
    ]


def compare(name: str, options: argparse.Namespace) -> None:
    """Train both models on one text and print what they and their mixture come to."""
    sentences = [words for words in CORPORA[name](options.data) if words]
    learned, chooses, judged = three_parts(sentences)
    trainer = NPLM(
        width=options.width, hidden=options.hidden, epochs=options.epochs, output=options.output,
        batch_size=options.batch_size, dropout=options.dropout, threads=options.threads,
        learning_rate=options.learning_rate,
    )  # fmt: skip
    with open(os.devnull if options.quiet else "/dev/stderr", "a", encoding="utf-8") as stream:
        model = trainer.fit(learned, on_progress=Lines(stream))
    print(
        f"\n{name}: {learned.n_words:,} words learned, {len(model):,} known; order "
        f"{trainer.order}, width {trainer.width}, hidden {trainer.hidden}, output "
        f"{trainer.output}, dropout {trainer.dropout}, batches of {trainer.batch_size}, rate "
        f"{trainer.learning_rate:g}, "
        f"{trainer.epochs} epochs, {options.threads} thread(s)"
    )
    print(
        f"  NPLM {model.metrics['words_per_second']:,.0f} words/s, held out "
        + " ".join(f"{np.exp(x):.1f}" for x in model.metrics["held_out_loss_per_epoch"])
    )
    began = time.perf_counter()
    peer = KneserNey(order=trainer.order).fit(learned, model.vocabulary)
    seconds = time.perf_counter() - began
    print(f"  modified Kneser-Ney {learned.n_words / seconds:,.0f} words/s")
    on_chooses = model.log_probabilities(chooses), peer.log_probabilities(chooses)
    on_judged = model.log_probabilities(judged), peer.log_probabilities(judged)
    weight = best_weight(*on_chooses)
    both = perplexity(mixed(*on_judged, weight))
    alone, others = (perplexity(found) for found in on_judged)
    print(
        f"  judged {len(on_judged[0]):,} tokens: NPLM {alone:.1f}, Kneser-Ney {others:.1f}, "
        f"mixture {both:.1f} (weight of NPLM {weight:.2f}); ratio to Kneser-Ney "
        f"{alone / others:.3f} alone, {both / others:.3f} mixed; "
        f"the part that chooses: {perplexity(on_chooses[0]):.1f}, "
        f"{perplexity(on_chooses[1]):.1f}, {perplexity(mixed(*on_chooses, weight)):.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--corpus", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--width", type=int, default=60)
    parser.add_argument("--hidden", type=int, default=120)
    parser.add_argument("--output", default="auto")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--batch-size", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    print(f"lexloom {lexloom.__version__}, torch {torch.__version__}")
    for name in options.corpus:
        compare(name, options)


if __name__ == "__main__":
    main()
