"""Slow, plain versions of the evaluation's fast ones, written from the papers."""

from __future__ import annotations

import numpy as np


def complete_analogies(unit, questions, method):
    """Answer each question by itself: Mikolov et al. 2013; Levy and Goldberg 2014, eq. 4."""
    answers = []
    for a, b, c in questions:
        cos_a, cos_b, cos_c = (unit.astype(np.float64) @ unit[word] for word in (a, b, c))
        if method == "3cosadd":
            scores = cos_b - cos_a + cos_c
        else:
            scores = (1 + cos_b) / 2 * ((1 + cos_c) / 2) / ((1 + cos_a) / 2 + 1e-6)
        scores[[a, b, c]] = -np.inf
        answers.append(int(np.argmax(scores)))
    return np.array(answers)


def spearman_of_repeated(x, y, weights):
    """Rank-correlate lists in which each pair is written out as often as it counts."""
    from scipy.stats import spearmanr

    return spearmanr(np.repeat(x, weights), np.repeat(y, weights)).statistic
