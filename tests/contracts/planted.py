"""A made-up language with planted synonyms: a learner of vectors must find them."""

from __future__ import annotations

import functools

import numpy as np

from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors

N_PAIRS = 12


@functools.cache
def language(n_sentences: int = 2000, first_topic: int = 0) -> Corpus:
    """Sentences of a topic each: five of its seven words around one of its two synonyms.

    The synonyms of a topic never stand in one sentence, so only their contexts tell.
    """
    generator = np.random.default_rng(first_topic)
    sentences = []
    for _ in range(n_sentences):
        topic = first_topic + generator.integers(N_PAIRS)
        words = [f"word{topic}-{i}" for i in generator.permutation(7)[:5]]
        sentences.append([*words[:2], f"{'ab'[generator.integers(2)]}{topic}", *words[2:]])
    return Corpus.from_sentences(sentences, min_count=1)


def found_share(vectors: WordVectors) -> float:
    """The share of synonyms that are each other's nearest among all synonyms."""
    words = [f"{letter}{topic}" for topic in range(N_PAIRS) for letter in "ab"]
    matrix = vectors[words]
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    cosines = unit @ unit.T - 2 * np.eye(len(words))
    return float((cosines.argmax(axis=1) == np.arange(len(words)) ^ 1).mean())
