"""Counts of neighbours and what is made of them, slow and plain, from the papers."""

from __future__ import annotations

import numpy as np


def cooccurrences(sentences, n_words, weights):
    """How often words stand near each other: each pair of places of a sentence, by its distance."""
    counts = np.zeros((n_words, n_words))
    for sentence in sentences:
        for i, word in enumerate(sentence):
            for j, other in enumerate(sentence):
                if i != j and abs(i - j) <= len(weights):
                    counts[word, other] += weights[abs(i - j) - 1]
    return counts


def positive_pmi(counts, context_exponent, shift):
    """Levy, Goldberg and Dagan 2015, equations 3 and 4."""
    with np.errstate(divide="ignore", invalid="ignore"):
        joint = counts / counts.sum()
        words = joint.sum(axis=1, keepdims=True)
        contexts = counts.sum(axis=0) ** context_exponent
        contexts /= contexts.sum()
        association = np.log(joint / (words * contexts)) - np.log(shift)
    return np.where(counts > 0, np.maximum(association, 0), 0)
