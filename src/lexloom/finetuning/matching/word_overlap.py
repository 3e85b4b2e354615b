"""What an encoder has to beat at telling what belongs together: which words texts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lexloom.finetuning.classifier import TextModel
from lexloom.finetuning.matching.text_pairs import TextPairs
from lexloom.static.bag_of_words import BagOfWords
from lexloom.text.corpus import Corpus

__all__ = ["word_overlap"]


def word_overlap(train: TextPairs) -> TextModel:
    """Count in how many texts each word stands: of those to learn from.

    Parameters
    ----------
    train
        Their pairs.

    Returns
    -------
    TextModel
        Gives texts tf-idf vectors, one long.
    """
    corpus = Corpus.from_texts(list(dict.fromkeys(train.texts + train.others)), min_count=1)
    return BagOfWords(sublinear=True).fit(corpus) if corpus.n_words else _Wordless()


class _Wordless:
    """Knows no word, so that all texts are alike."""

    kind = "nothing"

    def embed_texts(self, texts: Sequence[str]) -> Any:
        """Give float32 (N, 1), nothing but 0."""
        return np.zeros((len(texts), 1), np.float32)
