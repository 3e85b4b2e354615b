"""Linear regression, logistic or ridge, on the vectors of texts, which stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from lexloom.errors import MissingExtraError
from lexloom.finetuning.head import Head
from lexloom.finetuning.targets.target import Target

__all__ = ["learn_linear"]

_STRENGTHS = (0.03, 0.3, 3.0, 30.0)
"""One over the pull of weights towards 0; the one that surprises texts set aside least counts."""

_USUAL_STRENGTH = 1.0
_MOST_ITERATIONS = 2_000
_ALL_BUT_SURE = 5.0
_LEAST_SPREAD = 1e-6


def learn_linear(
    train: tuple[Any, np.ndarray],
    dev: tuple[Any, np.ndarray],
    target: Target,
    *,
    balanced: bool,
    strength: float = _USUAL_STRENGTH,
) -> Head:
    """Learn labels, or numbers, from vectors.

    Labels by logistic regression, of several labels each by itself; numbers by ridge regression.
    Each number of dense vectors is first brought to mean 0 and deviation 1, by which the weights
    that are given are divided again. Sparse ones are taken as they are.

    Parameters
    ----------
    train
        float32 (N, D), vectors, dense or sparse, and what is wanted of them.
    dev
        The same of the texts that choose how strongly weights are pulled towards 0; where there
        are none, `strength` is used.
    target
        What is wanted.
    balanced
        Let each label weigh the same, however many texts have it.
    strength
        One over that pull; by default as scikit-learn has it.

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
        import sklearn.linear_model  # noqa: F401  # what needs it comes later
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        fix = "pip install 'lexloom[finetune]'"
        raise MissingExtraError("linear classifiers need scikit-learn.", fix) from error
    mean, deviation = _spread_of(train[0])
    seen, unseen = ((vectors - mean) / deviation if _is_dense(vectors) else vectors
                    for vectors in (train[0], dev[0]))  # fmt: skip
    learn = _LAYERS[target.name]
    strengths = _STRENGTHS if len(dev[1]) else (strength,)
    # One thread: sums keep their order, and small ones gain nothing from more.
    with threadpool_limits(1):
        layers = [learn(seen, train[1], strength, balanced) for strength in strengths]
    heads = [Head(weights.astype("f4"), bias.astype("f4")) for weights, bias in layers]
    best = (
        heads[0]
        if len(heads) == 1
        else min(
            heads, key=lambda head: target.surprise(head.scores(unseen).astype(np.float64), dev[1])
        )
    )
    weights = best.weights / deviation
    return Head(weights.astype(np.float32), (best.bias - weights @ mean).astype(np.float32))


def _one_label(
    vectors: Any, numbers: np.ndarray, strength: float, balanced: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Learn one of K labels; of two, the first has the scores 0."""
    from sklearn.linear_model import LogisticRegression

    machine = LogisticRegression(
        C=strength, max_iter=_MOST_ITERATIONS, class_weight="balanced" if balanced else None
    ).fit(vectors, numbers)
    weights, bias = machine.coef_, machine.intercept_
    if len(weights) == 1:
        weights, bias = np.vstack([0 * weights, weights]), np.append(0 * bias, bias)
    return weights, bias


def _several_labels(
    vectors: Any, numbers: np.ndarray, strength: float, balanced: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Learn each of K labels by itself; one that all texts have needs no words."""
    weights = np.zeros((numbers.shape[1], vectors.shape[1]))
    bias = np.full(numbers.shape[1], _ALL_BUT_SURE)
    for place, column in enumerate(numbers.T):
        if not column.all():
            both, own = _one_label(vectors, column.astype(np.int32), strength, balanced)
            weights[place], bias[place] = both[1], own[1]
    return weights, bias


def _number(
    vectors: Any, numbers: np.ndarray, strength: float, balanced: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Learn a number."""
    from sklearn.linear_model import Ridge

    machine = Ridge(alpha=1 / strength).fit(vectors, numbers)
    return machine.coef_.reshape(1, -1), np.array([machine.intercept_])


_LAYERS = {"label": _one_label, "labels": _several_labels, "number": _number}


def _is_dense(vectors: Any) -> bool:
    """Tell arrays from sparse matrices."""
    return isinstance(vectors, np.ndarray)


def _spread_of(vectors: Any) -> tuple[Any, Any]:
    """Give the mean and deviation of each number of dense vectors: (D) each."""
    if not _is_dense(vectors):
        return np.zeros(vectors.shape[1]), np.ones(vectors.shape[1])
    deviation = vectors.std(0, dtype=np.float64)
    # What hardly differs is rounding: blown up, it would be all that counts.
    is_wide = deviation > _LEAST_SPREAD * deviation.max()
    return vectors.mean(0, dtype=np.float64), np.where(is_wide, deviation, 1.0)
