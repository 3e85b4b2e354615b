"""Small corpora, tokenizers and settings that tests of contextual models share."""

from __future__ import annotations

import functools
import random
from typing import Any

import numpy as np

from lexloom import Corpus
from lexloom.contextual.alignment import Alignment
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_training import TokenizerTraining

WORDS = [
    "今天", "天气", "很", "好", "good", "days", "are", "naïve", "we", "go", "to", "公园", "today",
    "and", "back", "again", "质量", "价格",
]  # fmt: skip
SMALL: dict[str, Any] = {
    "size": "tiny", "width": 16, "layers": 1, "pieces": 320, "steps": 30, "reports": 3,
    "sequence": 16, "positions": 32, "batch_tokens": 64, "threads": 1, "precision": "float32",
}  # fmt: skip


@functools.cache
def corpus(n_sentences: int = 400) -> Corpus:
    """Sentences of words drawn at random, eight each."""
    draw = random.Random(1)
    sentences = [draw.choices(WORDS, k=8) for _ in range(n_sentences)]
    return Corpus.from_sentences(sentences, min_count=1)


@functools.cache
def tokenizer(method: Any = "wordpiece") -> Tokenizer:
    """A tokenizer that cuts the words of the corpus into several pieces."""
    return TokenizerTraining(method=method, size=300 if method == "byte_bpe" else 90).fit(corpus())


def aligned(has_pieces: np.ndarray) -> Alignment:
    """Words of which each has one piece or none."""
    offsets = np.concatenate([[0], np.cumsum(has_pieces)]).astype(np.int64)
    return Alignment(np.arange(offsets[-1], dtype=np.int32), offsets)
