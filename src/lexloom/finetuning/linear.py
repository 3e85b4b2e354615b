"""Logistic regression on the vectors of texts, which stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from lexloom.arrays import Ids
from lexloom.errors import MissingExtraError
from lexloom.finetuning.head import Head

__all__ = ["learn_linear"]

_STRENGTHS = (0.03, 0.3, 3.0, 30.0)
"""One over the pull of weights towards 0; the one that surprises texts set aside least counts."""

_MOST_ITERATIONS = 2_000


def learn_linear(
    train: tuple[Any, Ids], dev: tuple[Any, Ids], *, n_labels: int, balanced: bool
) -> Head:
    """Learn labels from vectors.

    Each number of dense vectors is first brought to mean 0 and deviation 1, by which the weights
    that are given are divided again. Sparse ones are taken as they are.

    Parameters
    ----------
    train
        float32 (N, D) and int32 (N): vectors, dense or sparse, and the labels by number.
    dev
        The same of the texts that choose how strongly weights are pulled towards 0.
    n_labels
        How many labels there are; each is in `train`.
    balanced
        Let each label weigh the same, however many texts have it.

    Returns
    -------
    Head
        Of the least surprised one.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        fix = "pip install 'lexloom[finetune]'"
        raise MissingExtraError("linear classifiers need scikit-learn.", fix) from error
    mean, deviation = _spread_of(train[0])
    seen, unseen = ((vectors - mean) / deviation if _is_dense(vectors) else vectors
                    for vectors in (train[0], dev[0]))  # fmt: skip
    heads = []
    # One thread: sums keep their order, and small ones gain nothing from more.
    with threadpool_limits(1):
        for strength in _STRENGTHS:
            machine = LogisticRegression(
                C=strength, max_iter=_MOST_ITERATIONS,
                class_weight="balanced" if balanced else None,
            )  # fmt: skip
            machine.fit(seen, train[1])
            heads.append(Head(*_layer(machine, n_labels)))
    surprises = [_surprise(head, unseen, dev[1]) for head in heads]
    best = heads[int(np.argmin(surprises))]
    weights = best.weights / deviation
    return Head(weights.astype(np.float32), (best.bias - weights @ mean).astype(np.float32))


def _is_dense(vectors: Any) -> bool:
    """Tell arrays from sparse matrices."""
    return isinstance(vectors, np.ndarray)


def _spread_of(vectors: Any) -> tuple[Any, Any]:
    """Give the mean and deviation of each number of dense vectors: (D) each."""
    if not _is_dense(vectors):
        return np.zeros(vectors.shape[1]), np.ones(vectors.shape[1])
    deviation = vectors.std(0, dtype=np.float64)
    return vectors.mean(0, dtype=np.float64), np.where(deviation > 0, deviation, 1.0)


def _layer(machine: Any, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Give a row of weights for each label; of two, the first has the scores 0."""
    weights, bias = machine.coef_, machine.intercept_
    if n_labels == 2:
        weights, bias = np.vstack([0 * weights, weights]), np.append(0 * bias, bias)
    return weights, bias


def _surprise(head: Head, vectors: Any, targets: Ids) -> float:
    """Give the mean of -ln P of the labels."""
    probabilities = head.probabilities(head.scores(vectors))
    given = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(given, np.finfo(np.float32).tiny)).mean())
