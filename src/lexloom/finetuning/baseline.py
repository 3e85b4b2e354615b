"""What a classifier has to beat: linear regression on tf-idf of words and pairs of words."""

from __future__ import annotations

import warnings

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import FormatError
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import LabelledParts
from lexloom.finetuning.linear import learn_linear
from lexloom.static.bag_of_words import BagOfWords
from lexloom.static.bag_vectors import BagVectors
from lexloom.text.corpus import Corpus

__all__ = ["tf_idf_chances"]

_LONGEST_RUN = 2


def tf_idf_chances(parts: LabelledParts, *, balanced: bool) -> Vectors:
    """Answer about the texts kept for the end by their words.

    Parameters
    ----------
    parts
        All texts and labels.
    balanced
        As the classifier weighs labels.

    Returns
    -------
    Vectors
        float32 (N, K), as `Target.chances`, for the texts of ``parts.judged``; where no text has a
        word, the simplest answer for each.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """
    _, judged = parts.judged
    with warnings.catch_warnings():
        # Texts without known words are no news about the baseline.
        warnings.simplefilter("ignore", UserWarning)
        if balanced not in parts.baselines:
            parts.baselines[balanced] = _learned(parts, balanced=balanced)
        if parts.baselines[balanced] is None:
            return np.repeat(parts.target.simplest(parts.train.targets), len(judged), axis=0)
        bag, head = parts.baselines[balanced]
        return parts.target.chances(head.scores(bag.embed_texts(judged.texts)))


def _learned(parts: LabelledParts, *, balanced: bool) -> tuple[BagVectors, Head] | None:
    """Learn a bag of words and a layer on it; nothing if no text has a word."""
    try:
        corpus = Corpus.from_texts(parts.train.texts, min_count=1)
    except FormatError:
        return None
    bag = BagOfWords(max_n=_LONGEST_RUN, sublinear=True).fit(corpus)
    seen, known = ((bag.embed_texts(part.texts), part.targets) for part in (parts.train, parts.dev))
    return bag, learn_linear(seen, known, parts.target, balanced=balanced)
