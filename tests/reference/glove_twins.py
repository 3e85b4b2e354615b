"""GloVe again, slow and plain: float64, one pair after the other, from the paper."""

from __future__ import annotations

import numpy as np


def cooccurrences(sentences, n_words, window, *, symmetric, weighted):
    """X of the paper, section 3: row i counts the words near the word i; (V, V)."""
    counts = np.zeros((n_words, n_words))
    for sentence in sentences:
        for p, word in enumerate(sentence):
            for q in range(max(0, p - window), p):
                amount = 1 / (p - q) if weighted else 1.0
                counts[word, sentence[q]] += amount
                if symmetric:
                    counts[sentence[q], word] += amount
    return counts


def weight(count, x_max, alpha):
    """f of equation 9."""
    return (count / x_max) ** alpha if count < x_max else 1.0


def learn(pairs, words, contexts, biases, rate, x_max, alpha):
    """Learn (i, j, X) in turn, in place, with AdaGrad from sums of 1; give the cost of each.

    `words` and `contexts` are (vectors, sums of squares), `biases` the same of both: (V, 2).
    """
    costs = []
    for i, j, count in pairs:
        (w, w_squares), (c, c_squares), (b, b_squares) = words, contexts, biases
        miss = w[i] @ c[j] + b[i, 0] + b[j, 1] - np.log(count)
        costs.append(weight(count, x_max, alpha) * miss**2)
        slope = rate * weight(count, x_max, alpha) * miss
        for table, squares, place, gradient in [
            (w, w_squares, i, slope * c[j]),
            (c, c_squares, j, slope * w[i].copy()),
            (b, b_squares, (i, 0), slope),
            (b, b_squares, (j, 1), slope),
        ]:
            table[place] -= gradient / np.sqrt(squares[place])
            squares[place] += gradient**2
    return costs
