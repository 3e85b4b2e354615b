"""The slow twin of the kernel that learns what texts are called."""

from __future__ import annotations

import numpy as np


def learn_labels(shares, wanted, importance, order, model, rates, kind) -> float:
    """Go over texts once, a text at a time, by dense matrices in float64: changes `model`."""
    loss = 0.0
    for place, row in enumerate(order):
        rate = rates[0] + (rates[1] - rates[0]) * place / len(order)
        x, y = shares[row], wanted[row]
        vector = x @ model["table"]
        scores = model["layer"] @ vector + model["bias"]
        if kind == "number":
            error = np.abs(y - scores)
            missing = np.clip(y - scores, -1, 1)
            loss += np.where(error <= 1, error**2, 2 * error - 1).sum()
        elif kind == "labels":
            chance = 1 / (1 + np.exp(-scores))
            loss -= (importance * y * np.log(chance) + (1 - y) * np.log(1 - chance)).sum()
            missing = importance * y * (1 - chance) - (1 - y) * chance
        else:
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            weight = (y * importance).sum()
            loss -= weight * (y * np.log(chance)).sum()
            missing = weight * (y - chance)
        slope = missing @ model["layer"]
        model["bias"] += rate * missing
        model["layer"] += rate * np.outer(missing, vector)
        model["table"] += rate * np.outer(x, slope)
    return loss
