"""What a classifier has to beat: logistic regression on tf-idf of words and pairs of words."""

from __future__ import annotations

import warnings

import numpy as np

from lexloom.arrays import Ids
from lexloom.finetuning.examples import Parts
from lexloom.finetuning.linear import learn_linear
from lexloom.static.bag_of_words import BagOfWords
from lexloom.text.corpus import Corpus

__all__ = ["tf_idf_answers"]

_LONGEST_RUN = 2


def tf_idf_answers(parts: Parts, *, balanced: bool) -> Ids:
    """Label the texts kept for the end by their words.

    Parameters
    ----------
    parts
        All texts and labels.
    balanced
        As the classifier weighs labels.

    Returns
    -------
    Ids
        int32 (N), the label of each text of ``parts.judged`` by number; the most frequent one for
        each where no text has a word.

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
            frequent = np.bincount(train.targets).argmax()
            return np.full(len(judged), frequent, np.int32)
        bag = BagOfWords(max_n=_LONGEST_RUN, sublinear=True).fit(corpus)
        seen, known, unseen = map(bag.embed_texts, (train.texts, dev.texts, judged.texts))
    head = learn_linear(
        (seen, train.targets), (known, dev.targets), n_labels=len(parts.labels), balanced=balanced
    )
    return head.scores(unseen).argmax(1).astype(np.int32)
