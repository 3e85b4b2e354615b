"""The neural probabilistic language model as equation 1 of its paper says it, a token at a time."""

from __future__ import annotations

import numpy as np


def probabilities(weights: dict[str, np.ndarray], context: list[int]) -> np.ndarray:
    """P(w | context) for all tokens w; y = b + W x + U tanh(d + H x), a softmax over y."""
    x = np.concatenate([weights["words.weight"][token] for token in context]).astype(np.float64)
    hidden = np.tanh(weights["hidden.bias"] + weights["hidden.weight"] @ x)
    of_hidden = weights["output.weight"][:, : len(hidden)]
    y = weights["output.bias"] + of_hidden @ hidden
    if weights["output.weight"].shape[1] > len(hidden):
        y = y + weights["output.weight"][:, len(hidden) :] @ x
    return np.exp(y) / np.exp(y).sum()


def clustered(weights: dict[str, np.ndarray], context: list[int], cutoffs: list[int]) -> np.ndarray:
    """The same with an adaptive softmax: a rare token's chance is its cluster's times its own."""
    of_head = {name: weights[name] for name in ("words.weight", "hidden.weight", "hidden.bias")} | {
        f"output.{part}": weights[f"output.head.{part}"] for part in ("weight", "bias")
    }
    head = probabilities(of_head, context)
    x = np.concatenate([weights["words.weight"][token] for token in context]).astype(np.float64)
    hidden = np.tanh(weights["hidden.bias"] + weights["hidden.weight"] @ x)
    parts = [head[: cutoffs[0]]]
    for place in range(len(cutoffs) - 1):
        narrow = weights[f"output.tail.{place}.0.weight"] @ hidden
        y = weights[f"output.tail.{place}.1.weight"] @ narrow
        parts.append(head[cutoffs[0] + place] * np.exp(y) / np.exp(y).sum())
    return np.concatenate(parts)
