"""Learn what texts are called: vectors of their features, and a layer on the mean of them."""

from __future__ import annotations

import numpy as np
from numba import njit

from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.rows import FAST

__all__ = ["EACH", "NUMBER", "ONE", "learn_labels"]

ONE, EACH, NUMBER = 0, 1, 2
"""One of K labels; each of K by itself; a number."""


@kernel(fastmath=FAST, error_model="numpy")
def learn_labels(
    offsets, columns, shares, wanted, importance, order, table, layer, bias, rates, kind
):
    """Go over texts once by gradient descent, a text at a time.

    The vector of a text is h = Σ shareᵢ tableᵢ over its features, its scores are W h + b, and what
    its scores say is to be what is wanted of it (Joulin et al. 2017).

    Parameters
    ----------
    offsets, columns, shares
        The features of N texts, a sparse matrix in rows: int32 or int64, int32 and float32.
    wanted
        float32 (N, K): what the K scores of each text should say.
    importance
        float32 (K): how much what has a label weighs.
    order
        int32 (M): the texts to learn from, one after the other.
    table
        float32 (V, D), changes in place.
    layer, bias
        W, float32 (K, D), and b, float32 (K); change in place.
    rates
        The learning rates of the first text and behind the last.
    kind
        `ONE`, `EACH` or `NUMBER`.

    Returns
    -------
    float
        The sum of the M losses.
    """
    n_labels, width = layer.shape
    vector, slope = np.empty(width, np.float32), np.empty(width, np.float32)
    missing = np.empty(n_labels, np.float32)
    loss = 0.0
    for place in range(order.shape[0]):
        rate = rates[0] + (rates[1] - rates[0]) * place / order.shape[0]
        row = order[place]
        for d in range(width):
            vector[d] = slope[d] = 0.0
        for i in range(offsets[row], offsets[row + 1]):
            for d in range(width):
                vector[d] += shares[i] * table[columns[i], d]
        for k in range(n_labels):
            score = bias[k]
            for d in range(width):
                score += layer[k, d] * vector[d]
            missing[k] = score
        loss += _miss(missing, wanted[row], importance, kind)
        for k in range(n_labels):
            step = np.float32(rate) * missing[k]
            bias[k] += step
            for d in range(width):
                slope[d] += step * layer[k, d]
                layer[k, d] += step * vector[d]
        for i in range(offsets[row], offsets[row + 1]):
            for d in range(width):
                table[columns[i], d] += shares[i] * slope[d]
    return loss


@njit(**PART, error_model="numpy")
def _miss(scores, wanted, importance, kind):
    """Put what scores lack in their place: minus the slope of the loss, which is returned."""
    loss = 0.0
    if kind == NUMBER:
        # No steeper than labels, so that a number far off throws nothing over (Huber 1964).
        for k in range(scores.shape[0]):
            error = wanted[k] - scores[k]
            scores[k] = min(max(error, np.float32(-1.0)), np.float32(1.0))
            loss += scores[k] * (2.0 * error - scores[k])
        return loss
    if kind == EACH:
        for k in range(scores.shape[0]):
            chance = 1.0 / (1.0 + np.exp(-np.float64(scores[k])))
            has, lacks = wanted[k] * importance[k], 1.0 - wanted[k]
            loss -= has * np.log(max(chance, 1e-12)) + lacks * np.log(max(1.0 - chance, 1e-12))
            scores[k] = has * (1.0 - chance) - lacks * chance
        return loss
    highest, total, weight = scores[0], 0.0, 0.0
    for k in range(scores.shape[0]):
        highest = max(highest, scores[k])
        weight += wanted[k] * importance[k]
    for k in range(scores.shape[0]):
        total += np.exp(np.float64(scores[k] - highest))
    for k in range(scores.shape[0]):
        chance = np.exp(np.float64(scores[k] - highest)) / total
        loss -= weight * wanted[k] * np.log(max(chance, 1e-12))
        scores[k] = weight * (wanted[k] - chance)
    return loss
