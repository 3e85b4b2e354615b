"""How surprised language models are by a text, one alone and two mixed."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Floats
from lexloom.errors import ShapeError

__all__ = ["best_weight", "mixed", "perplexity"]

_ENOUGH = 1e-9
_MOST_TURNS = 10_000


def perplexity(log_probabilities: Floats) -> float:
    """Give exp(-1/T · Σ ln P(w_t)), the number of equally likely tokens that surprises as much.

    Parameters
    ----------
    log_probabilities
        float64 (T), the natural logarithm of what a model gave each token of a text.

    Returns
    -------
    float
        From 1 up.

    Raises
    ------
    ShapeError
        If there are none.
    """
    if not len(log_probabilities):
        raise ShapeError("expected the probability of at least one token, got none.")
    return float(np.exp(-np.mean(log_probabilities, dtype=np.float64)))


def mixed(one: Floats, other: Floats, weight: float) -> Floats:
    """Give ln(weight · P_one + (1 - weight) · P_other) of each token: float64 (T).

    Parameters
    ----------
    one
        float64 (T), the natural logarithms of what a model gave each token of a text.
    other
        float64 (T), what another gave the same tokens.
    weight
        That of `one`, from 0 to 1.

    Returns
    -------
    Floats
        float64 (T).
    """
    with np.errstate(divide="ignore"):
        return np.logaddexp(one + np.log(weight), other + np.log1p(-weight))


def best_weight(one: Floats, other: Floats) -> float:
    """Find the weight of `one` with which the mixture of two models is least surprised.

    The expected share of `one` in each token is averaged until it stands still (Jelinek and Mercer
    1980); the likelihood has one summit only.

    Parameters
    ----------
    one
        float64 (T), the natural logarithms of what a model gave each token of a text that neither
        was trained on nor will be judged on.
    other
        float64 (T), what another gave the same tokens.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> sure, unsure = np.log([0.9, 0.1]), np.log([0.5, 0.5])
    >>> round(best_weight(sure, sure), 3), round(best_weight(unsure, sure), 3)
    (0.5, 1.0)
    """
    ratio = np.exp(np.clip(other - one, -700, 700))
    weight = 0.5
    for _ in range(_MOST_TURNS):
        before = weight
        weight = float(np.mean(weight / (weight + (1 - weight) * ratio)))
        if abs(weight - before) < _ENOUGH:
            break
    return weight
