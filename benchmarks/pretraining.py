"""Measure pretraining beside transformers' Trainer, and pretrain models long enough to look at.

    python benchmarks/pretraining.py                              # pieces/s of both, some minutes
    python benchmarks/pretraining.py --goal chinese --minutes 60  # a Chinese BERT of 4 x 256
    python benchmarks/pretraining.py --goal tang --minutes 20     # a GPT that writes Tang poems
    python benchmarks/pretraining.py --goal shakespeare --minutes 20

Both learn the same model from the same text with the same tokenizer, in turns, on the same threads.
Ours takes full sequences of 128 pieces and projects the vectors of hidden pieces only; theirs runs
at the defaults of the Trainer and of DataCollatorForLanguageModeling: batches of 8 lines, each cut
at 128 pieces and padded to the longest, float32. A piece counts if it is no padding. Then both are
asked for the same hidden pieces of text that neither has seen.
"""

from __future__ import annotations

import argparse
import itertools
import lzma
import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

import lexloom
from lexloom import Corpus
from lexloom.contextual.language_models.architectures import build
from lexloom.contextual.language_models.beginning import begin
from lexloom.contextual.language_models.foretelling import masked_surprise
from lexloom.contextual.language_models.masked_model import masking_of
from lexloom.contextual.language_models.pretraining_model import PretrainingModel
from lexloom.contextual.pretraining import CausalPretraining, MaskedPretraining
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_training import TokenizerTraining
from lexloom.progress import Lines

HERE = Path(__file__).resolve().parent
LENGTH = 128
GAPS = ("中国的首都是[MASK]京。", "他在大学[MASK]习数学。", "长江是中国最[MASK]的河流。")
MARKS_TOO = r"[\w']+|[^\w\s]"


def chinese_lines(data: Path, n_lines: int | None) -> Iterator[str]:
    """Give paragraphs of Chinese Wikipedia."""
    with lzma.open(data / "corpora" / "zhwiki.txt.xz", "rt", encoding="utf-8") as file:
        yield from (line.strip() for line in itertools.islice(file, n_lines) if line.strip())


def words_and_marks(line: str) -> list[str]:
    """Cut a line into words as rjieba does, its marks among them."""
    import rjieba

    return [word for word in rjieba.cut(line) if not word.isspace()]


# The race


def theirs(config: Any, tokenizer: Tokenizer, lines: list[str], n_pieces: int) -> tuple[Any, dict]:
    """Train with transformers' Trainer at its defaults; give the model, pieces and seconds."""
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.engine, **tokenizer.roles
    )
    rows = fast(lines, truncation=True, max_length=LENGTH)["input_ids"]
    # As many steps as it takes to have seen about as many pieces, in batches of eight lines.
    n_steps = round(n_pieces / (8 * statistics.mean(map(len, rows))))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = build(config)
    collator = transformers.DataCollatorForLanguageModeling(fast)
    seen = {"pieces": 0, "seconds": 0.0, "padding": 0}

    def collate(examples: list[dict]) -> dict:
        batch = collator(examples)
        mask = batch["attention_mask"]
        seen["pieces"] += int(mask.sum())
        seen["padding"] += int(mask.numel() - mask.sum())
        return batch

    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model=module,
            args=transformers.TrainingArguments(
                folder, max_steps=n_steps, report_to=[], disable_tqdm=True, save_strategy="no",
                logging_strategy="no", use_cpu=True, dataloader_pin_memory=False,
            ),
            train_dataset=[{"input_ids": row} for row in rows],
            data_collator=collate,
        )  # fmt: skip
        began = time.perf_counter()
        trainer.train()
        seen["seconds"] = time.perf_counter() - began
    return module, seen


def ours(settings: MaskedPretraining, corpus: Corpus, tokenizer: Tokenizer) -> tuple[Any, dict]:
    """Train with ours; give the model that trained, pieces and seconds."""
    model = PretrainingModel(settings, corpus, begin(settings, tokenizer, None, None))
    model.settle({"steps": settings.steps, "precision": "float32"})
    began = time.perf_counter()
    for step in range(model.n_steps):
        model.train(0, step)
    seconds = time.perf_counter() - began
    return model, {"pieces": model.n_steps * model.step_tokens, "seconds": seconds}


def race(options: argparse.Namespace) -> None:
    """Let both learn from about as many pieces, in turns, and judge them on the same text."""
    lines = list(chinese_lines(options.data, options.lines))
    corpus = Corpus.from_texts(lines, language="zh", min_count=1)
    tokenizer = TokenizerTraining(size=options.pieces).fit(corpus)
    settings = MaskedPretraining(
        size=options.size, sequence=LENGTH, long_share=0.0, steps=options.steps, reports=1,
        threads=options.threads,
    )  # fmt: skip
    sentences = [" ".join(words) for words in corpus]
    print(
        f"{corpus.n_words:,} words, {len(tokenizer):,} pieces, {settings.size}: "
        f"{settings.sized}, {options.threads} thread(s)"
    )
    rates: dict[str, list[float]] = {"lexloom": [], "Trainer": []}
    for number in range(options.rounds):
        model, mine = ours(settings, corpus, tokenizer)
        config = model._module.config
        module, other = theirs(config, tokenizer, sentences, mine["pieces"])
        losses = [held_out(model, judged) for judged in (model._module, module)]
        rates["lexloom"].append(mine["pieces"] / mine["seconds"])
        rates["Trainer"].append(other["pieces"] / other["seconds"])
        padded = other["padding"] / (other["padding"] + other["pieces"])
        print(
            f"round {number + 1}: lexloom {rates['lexloom'][-1]:,.0f} pieces/s of "
            f"{mine['pieces']:,}, held out {losses[0]:.3f}; Trainer {rates['Trainer'][-1]:,.0f} "
            f"of {other['pieces']:,} ({padded:.0%} padding), held out {losses[1]:.3f}; ratio "
            f"{rates['lexloom'][-1] / rates['Trainer'][-1]:.2f}",
            flush=True,
        )
    middle = {name: statistics.median(found) for name, found in rates.items()}
    print(f"median ratio {middle['lexloom'] / middle['Trainer']:.2f}")


def held_out(model: PretrainingModel, module: Any) -> float:
    """Give the loss of a module on what was set aside."""
    module.eval()
    masking = masking_of(model._begun.tokenizer, module.config.vocab_size)
    stream = model._held_out
    assert stream is not None
    return masked_surprise(module, stream, LENGTH, model._first, masking).mean


# The goals


def chinese_goal(options: argparse.Namespace, folder: Path) -> tuple[Corpus, Any]:
    """A BERT of 4 layers of 256 from Chinese Wikipedia, marks and all."""
    lines = chinese_lines(options.data, options.lines if options.lines_given else None)
    corpus = Corpus.from_texts(
        lines, language=words_and_marks, min_count=1, out=folder / "corpus", force=True
    )
    return corpus, MaskedPretraining(
        architecture=options.architecture or "modernbert", size="mini", pieces=options.pieces,
        minutes=options.minutes, threads=options.threads,
    )  # fmt: skip


def poems(path: Path, kind: str) -> Iterator[str]:
    """Give poems, a line for each of their lines."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for row in file:
            fields = row.rstrip("\n").split("\t")
            if fields[0] == kind and len(fields) == 4:
                yield fields[3].replace("|", "\n")


def tang_goal(options: argparse.Namespace, folder: Path) -> tuple[Corpus, Any]:
    """A GPT from Tang poems."""
    path = options.data / "generation" / "tang_song_poems.tsv.xz"
    corpus = Corpus.from_texts(
        poems(path, options.kind), pattern=r"\S", min_count=1, out=folder / "corpus", force=True
    )
    return corpus, CausalPretraining(
        architecture=options.architecture or "gpt2", size="mini", pieces=8_000, sequence=128,
        long_share=0.0, minutes=options.minutes,
        dropout=0.1, threads=options.threads, batch_tokens=2_048,
    )  # fmt: skip


def shakespeare_goal(options: argparse.Namespace, folder: Path) -> tuple[Corpus, Any]:
    """A GPT from plays of Shakespeare."""
    text = (options.data / "generation" / "tinyshakespeare.txt").read_text(encoding="utf-8")
    speeches = re.split(r"\n\s*\n", text)
    corpus = Corpus.from_texts(
        speeches, pattern=MARKS_TOO, min_count=1, out=folder / "corpus", force=True
    )
    return corpus, CausalPretraining(
        architecture=options.architecture or "gpt2", size="mini", pieces=4_000, sequence=128,
        long_share=0.0, minutes=options.minutes,
        dropout=0.2, threads=options.threads, batch_tokens=2_048,
    )  # fmt: skip


GOALS = {"chinese": chinese_goal, "tang": tang_goal, "shakespeare": shakespeare_goal}


def reach(options: argparse.Namespace) -> None:
    """Pretrain a model long enough to look at it."""
    options.out.mkdir(parents=True, exist_ok=True)
    corpus, settings = GOALS[options.goal](options, options.out)
    print(f"{options.goal}: {corpus}, {settings}")
    with open(os.devnull if options.quiet else "/dev/stderr", "a", encoding="utf-8") as stream:
        model = settings.fit(
            corpus, out=options.out / "model", resume=True, on_progress=Lines(stream),
            start=None if options.start is None else lexloom.load(options.start),
        )  # fmt: skip
    metrics = model.metrics
    print(f"{model}: {metrics['pieces_per_second']:,.0f} pieces/s, {metrics['steps']:,} steps")
    print("held out " + " ".join(f"{loss:.3f}" for loss in metrics["held_out_loss_per_report"]))
    print(
        f"perplexity {metrics['held_out_perplexity']:.1f}, "
        f"bits a byte {metrics['held_out_bits_per_byte']:.3f}"
        + (" (pseudo: hidden pieces only)" if model.kind == "masked_model" else "")
    )
    if model.kind == "masked_model":
        for text in (
            "中国的首都是[MASK]京。",
            "他在大学[MASK]习数学。",
            "长江是中国最[MASK]的河流。",
        ):
            print(text, " ".join(f"{piece} {chance:.2f}" for piece, chance in model.fill(text)[0]))
        return
    for sample in model.samples[:: max(1, len(model.samples) // 9)]:
        print(f"step {sample['step']:,}: {sample['text']!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("LEXLOOM_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data")
    parser.add_argument("--goal", choices=GOALS, help="pretrain this instead of racing")
    parser.add_argument("--out", type=Path, default=None, help="the folder of the goal")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--kind", default="唐诗", help="which poems")
    parser.add_argument("--size", default="mini")
    parser.add_argument("--start", type=Path, default=None, help="word vectors to begin with")
    parser.add_argument("--architecture", default=None, help="of the goal's model")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=None, help="lines of Wikipedia to read")
    parser.add_argument("--pieces", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    options.lines_given = options.lines is not None
    options.lines = options.lines or 20_000
    options.out = options.out or Path(tempfile.gettempdir()) / f"lexloom-{options.goal}"
    torch.set_num_threads(options.threads)
    transformers.utils.logging.set_verbosity_error()
    print(
        f"lexloom {lexloom.__version__}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}, numpy {np.__version__}"
    )
    if options.goal:
        reach(options)
    else:
        race(options)


if __name__ == "__main__":
    main()
