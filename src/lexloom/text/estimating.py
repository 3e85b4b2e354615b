"""What training on a text will take: counted in a short text, estimated from a sample else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from lexloom.text.language import guess_language
from lexloom.text.segmenting import Segmentation

__all__ = ["Estimate", "Sample", "estimate_training"]

SAMPLE_BYTES_OF_BLOCK = 64 << 10
SAMPLE_BYTES = 1 << 20
DEFAULT_WIDTH, DEFAULT_EPOCHS, DEFAULT_MIN_COUNT = 100, 5, 5
WORDS_PER_SECOND = 1_500_000
BUILD_BYTES_PER_SECOND = {"zh": 15e6, "en": 50e6, "spaces": 80e6}
BASE_BYTES = 200 << 20


@dataclass(frozen=True)
class Estimate:
    """What building a corpus of the files and training Word2Vec at its defaults will take.

    Attributes
    ----------
    n_words, n_types
        Words, and different words.
    n_kept_types
        Different words that occur often enough to be kept at the default `min_count`.
    is_counted
        Whether these were counted in the whole text; otherwise they are scaled up from a sample.
    build_seconds, training_seconds
        Times on a machine like ours.
    training_bytes
        The memory of training.
    """

    n_words: int
    n_types: int
    n_kept_types: int
    is_counted: bool
    build_seconds: float
    training_seconds: float
    training_bytes: int

    def rows(self) -> list[tuple[str, str]]:
        """Give (what, value) for a table."""
        about = "" if self.is_counted else "about "
        often = f"of them at least {DEFAULT_MIN_COUNT} times"
        return [
            ("words", f"{about}{self.n_words:,}"),
            (
                "vocabulary",
                f"{about}{self.n_types:,} words, {about}{self.n_kept_types:,} {often}",
            ),
            ("building a corpus", f"about {self.build_seconds:,.0f} s"),
            (
                "training word2vec at its defaults",
                f"about {self.training_seconds:,.0f} s and {self.training_bytes >> 20:,} MiB",
            ),
        ]


class Sample:
    """The text of a file up to `SAMPLE_BYTES`; of a longer one the beginnings of its blocks."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self._pieces: list[bytes] = []

    @property
    def text(self) -> bytes:
        """What was kept."""
        return b"".join(self._pieces)

    def add(self, block: bytes) -> None:
        """Take in the next block of the file."""
        was_whole = self.n_bytes <= SAMPLE_BYTES
        self.n_bytes += len(block)
        if self.n_bytes <= SAMPLE_BYTES:
            self._pieces.append(block)
            return
        if was_whole:
            self._pieces = [piece[:SAMPLE_BYTES_OF_BLOCK] for piece in self._pieces]
        if sum(map(len, self._pieces)) < SAMPLE_BYTES:
            self._pieces.append(block[:SAMPLE_BYTES_OF_BLOCK])


def estimate_training(sample: str, n_bytes: int, *, is_whole: bool) -> Estimate:
    """Count a whole text, or scale a sample up: words in proportion, types by Heaps' law.

    Heaps' law is types = k words^b; of a longer text one type in `DEFAULT_MIN_COUNT` is kept.
    """
    language = guess_language(sample)
    words = Segmentation(language=language).words(sample)
    factor = 1.0 if is_whole else max(1.0, n_bytes / max(1, len(sample.encode())))
    n_words = round(len(words) * factor)
    half, whole = len(set(words[: len(words) // 2])), len(set(words))
    exponent = float(np.clip(np.log2(whole / half), 0.3, 0.9)) if half else 0.5
    n_types = round(whole * factor**exponent)
    n_kept = (
        sum(count >= DEFAULT_MIN_COUNT for count in Counter(words).values())
        if is_whole
        else round(n_types / DEFAULT_MIN_COUNT)
    )
    return Estimate(
        n_words=n_words,
        n_types=n_types,
        n_kept_types=n_kept,
        is_counted=is_whole,
        build_seconds=round(n_bytes / BUILD_BYTES_PER_SECOND[language], 1),
        training_seconds=round(n_words * DEFAULT_EPOCHS / WORDS_PER_SECOND, 1),
        training_bytes=2 * n_kept * DEFAULT_WIDTH * 4 + BASE_BYTES,
    )
