"""Probes: how much of a label logistic regression alone reads off an embedding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexloom.arrays import Ids
from lexloom.embedder import TextEmbedder
from lexloom.errors import MissingExtraError, SettingError
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.evaluation.metrics.intervals import Estimate, proportion

__all__ = [
    "ProbeResult",
    "majority_share",
    "probe_embedder",
    "split_in_runs",
]

MOST_ITERATIONS = 2_000
FEWEST_CLASSES = 2


@dataclass(frozen=True)
class ProbeResult:
    """How well a classifier reads the labels of texts it has not seen.

    Attributes
    ----------
    name
        What the classifier saw of a text.
    classes
        The labels.
    n_train, n_test
        Texts to learn from, and texts held out.
    is_right
        Whether each held-out text was labelled right.
    accuracy
        The share of them, 0 to 1, with its 95 % interval.
    majority
        The same share for always giving the most frequent label of the training texts.
    """

    name: str
    classes: tuple[str, ...]
    n_train: int
    n_test: int
    is_right: tuple[bool, ...]
    accuracy: Estimate
    majority: float

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "name": self.name,
            "classes": list(self.classes),
            "n_train": self.n_train,
            "n_test": self.n_test,
            "accuracy": self.accuracy.as_dict(),
            "majority": self.majority,
        }


def probe_embedder(
    embedder: TextEmbedder, train: LabelledTexts, test: LabelledTexts, *, name: str = "mean vectors"
) -> ProbeResult:
    """Learn labels from one vector a text.

    Each number of dense vectors is first brought to mean 0 and deviation 1. Sparse ones, of a bag
    of words, are taken as they are.

    Parameters
    ----------
    embedder
        Gives one vector a text.
    train
        Texts to learn from.
    test
        Texts held out.
    name
        What to call the classifier.

    Returns
    -------
    ProbeResult
        Accuracy on the held-out texts.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    SettingError
        If the training texts have fewer than two labels, or nothing is held out.
    """
    return _probe(embedder.embed_texts, train, test, name)


def majority_share(train: LabelledTexts, test: LabelledTexts) -> float:
    """Measure how often the most frequent label of the training texts is right.

    Parameters
    ----------
    train
        Texts to learn from, at least one.
    test
        Texts held out, at least one.

    Returns
    -------
    float
        0 to 1.
    """
    majority = Counter(train.labels).most_common(1)[0][0]
    return test.labels.count(majority) / len(test)


def split_in_runs(n: int, *, share: float, run: int, seed: int) -> tuple[Ids, Ids]:
    """Hold some of n rows out, in runs of neighbours, which often are pieces of one text.

    Parameters
    ----------
    n
        How many rows there are.
    share
        How many to hold out, between 0 and 1.
    run
        Rows that stay together, at least 1.
    seed
        Which to hold out.

    Returns
    -------
    tuple of Ids
        int32: the rows that stay and the rows held out, both in order.

    Raises
    ------
    SettingError
        If `share` is not between 0 and 1, or `run` is below 1.
    """
    if not 0 < share < 1 or run < 1:
        raise SettingError(
            f"share must be between 0 and 1 and run at least 1, got {share} and {run}."
        )
    n_runs = -(-n // run)
    held_out = np.zeros(n_runs, np.bool_)
    held_out[np.random.default_rng(seed).permutation(n_runs)[: round(share * n_runs)]] = True
    is_test = np.repeat(held_out, run)[:n]
    return np.flatnonzero(~is_test).astype(np.int32), np.flatnonzero(is_test).astype(np.int32)


def _check(train: LabelledTexts, test: LabelledTexts) -> None:
    """Refuse what cannot be learnt or measured."""
    n_classes = len(set(train.labels))
    if n_classes < FEWEST_CLASSES or len(test) == 0:
        raise SettingError(
            f"a probe needs at least {FEWEST_CLASSES} labels to learn and one text held out, "
            f"got {n_classes} and {len(test)}."
        )


def _probe(
    features_of: Callable[[tuple[str, ...]], Any],
    train: LabelledTexts,
    test: LabelledTexts,
    name: str,
) -> ProbeResult:
    """Fit the one classifier all probes use on the features of texts, and ask it."""
    _check(train, test)
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        fix = "pip install 'lexloom[demo]'"
        raise MissingExtraError("probes need scikit-learn.", fix) from error

    seen, unseen = features_of(train.texts), features_of(test.texts)
    scaling = [StandardScaler()] if isinstance(seen, np.ndarray) else []
    classifier = make_pipeline(*scaling, LogisticRegression(max_iter=MOST_ITERATIONS))
    # One thread: sums keep their order, and small ones gain nothing from more.
    with threadpool_limits(1):
        return _result(name, train, test, classifier.fit(seen, train.labels).predict(unseen))


def _result(
    name: str, train: LabelledTexts, test: LabelledTexts, given: Sequence[str]
) -> ProbeResult:
    """Count the right labels."""
    is_right = tuple(bool(one == other) for one, other in zip(given, test.labels, strict=True))
    return ProbeResult(
        name=name,
        classes=tuple(sorted(set(train.labels))),
        n_train=len(train),
        n_test=len(test),
        is_right=is_right,
        accuracy=proportion(sum(is_right), len(test)),
        majority=majority_share(train, test),
    )
