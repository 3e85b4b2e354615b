"""What a classifier has to beat: linear regression on tf-idf of words and pairs of words."""

from __future__ import annotations

import warnings

import numpy as np

from lexloom.arrays import Vectors
from lexloom.finetuning.examples import LabelledParts
from lexloom.finetuning.linear import learn_linear
from lexloom.static.bag_of_words import BagOfWords
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
    train, dev, (_, judged) = parts.train, parts.dev, parts.judged
    with warnings.catch_warnings():
        # Texts without known words are no news about the baseline.
        warnings.simplefilter("ignore", UserWarning)
        corpus = Corpus.from_texts(train.texts, min_count=1)
        if corpus.n_words == 0:
            return np.repeat(parts.target.simplest(train.targets), len(judged), axis=0)
        bag = BagOfWords(max_n=_LONGEST_RUN, sublinear=True).fit(corpus)
        seen, known, unseen = map(bag.embed_texts, (train.texts, dev.texts, judged.texts))
    head = learn_linear(
        (seen, train.targets), (known, dev.targets), parts.target, balanced=balanced
    )
    return parts.target.chances(head.scores(unseen))
