"""What is read of words, step by step: passages of a corpus, or each word as a text of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Ids, Offsets, Vectors
from lexloom.contextual.gathering import Step
from lexloom.contextual.tokenizing.rejoining import Rejoiner

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.text.corpus import Corpus
    from lexloom.text.vocabulary import Vocabulary

__all__ = ["steps_of_passages", "steps_of_words"]

WORDS_OF_STEP = 1 << 13
ALONE_OF_STEP = 1 << 11


def steps_of_passages(
    encoder: Encoder, corpus: Corpus, starts: Offsets, lengths: Offsets
) -> list[Step]:
    """Make the steps that read passages of a corpus.

    Parameters
    ----------
    encoder
        What reads.
    corpus
        The text.
    starts
        int64 (N), the first word of each passage.
    lengths
        int64 (N), its words.

    Returns
    -------
    list of Step
        Of about as many words each.
    """
    reader = _PassageReader(encoder, corpus)
    step_of = (np.cumsum(lengths) - lengths) // WORDS_OF_STEP
    parts = np.split(np.arange(len(lengths)), np.flatnonzero(np.diff(step_of)) + 1)
    return [
        Step(int(lengths[part].sum()), reader.reading(starts[part], lengths[part]))
        for part in parts
        if len(part)
    ]


def steps_of_words(encoder: Encoder, vocabulary: Vocabulary) -> list[Step]:
    """Make the steps that read each word as a text of its own.

    Parameters
    ----------
    encoder
        What reads.
    vocabulary
        The words.

    Returns
    -------
    list of Step
        In the order of the words.
    """

    def reading(start: int, stop: int) -> Callable[[], tuple[Ids, Vectors]]:
        words = vocabulary.words[start:stop]
        return lambda: (np.arange(start, stop, dtype=np.int32), encoder.embed_texts(words))

    n = len(vocabulary)
    bounds = [(start, min(start + ALONE_OF_STEP, n)) for start in range(0, n, ALONE_OF_STEP)]
    return [Step(stop - start, reading(start, stop)) for start, stop in bounds]


class _PassageReader:
    """Reads passages of a corpus, given as ranges of its words."""

    def __init__(self, encoder: Encoder, corpus: Corpus) -> None:
        self._encoder = encoder
        self._corpus = corpus
        self._rejoiner = Rejoiner(corpus)
        self._lengths = np.array([len(word) for word in corpus.vocabulary], np.int64)

    def reading(self, starts: Offsets, lengths: Offsets) -> Callable[[], tuple[Ids, Vectors]]:
        """Make what reads some passages when it is called."""
        return lambda: self._read(starts, lengths)

    def _read(self, starts: Offsets, lengths: Offsets) -> tuple[Ids, Vectors]:
        """Give the words of some passages that have a vector, and their vectors."""
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        ids = np.asarray(self._corpus.ids[np.repeat(starts, lengths) + within])
        rejoined = self._rejoiner.join(0, ids, offsets)
        text_starts = np.cumsum([0, *map(len, rejoined.texts)])[:-1]
        ends = rejoined.ends - np.repeat(text_starts, lengths)
        spans = np.stack([ends - self._lengths[ids], ends], axis=1)
        read = self._encoder.embed_spans(rejoined.texts, np.split(spans, offsets[1:-1]))
        vectors, aligned = zip(*read, strict=True)
        has_pieces = np.concatenate([each.has_pieces for each in aligned])
        return ids[has_pieces], np.concatenate(vectors)
