"""BagOfWords: one sparse vector a text, of which words stand in it and how much each tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom.errors import FormatError, SettingError
from lexloom.progress import Listener
from lexloom.settings import settings
from lexloom.static.bag_of_words_model import BagOfWordsModel
from lexloom.static.fitting import Trainer
from lexloom.static.runs_of_words import RunBuckets, learn_table, spread_of
from lexloom.text.corpus import Corpus
from lexloom.text.estimating import BASE_BYTES

__all__ = ["BagOfWords"]

_WORDS_PER_SECOND = 4_000_000
_BYTES_OF_FEATURE = 64


@settings
class BagOfWords(Trainer):
    """Weigh the words of texts: counts, tf-idf (Spärck Jones 1972) or BM25 (Robertson 1994).

    The formulas stand in `lexloom.static.weighting`.

    Attributes
    ----------
    weighting
        ``counts`` of each word; ``binary`` for its presence; ``tf_idf`` and ``bm25`` weigh counts
        by how few documents have the word.
    sublinear
        With ``tf_idf``, take 1 + ln(count) for the count.
    k1
        With ``bm25``, how late further occurrences of a word stop to count.
    b
        With ``bm25``, how much long documents are marked down: 0 not at all, 1 in full.
    norm
        ``l2`` brings each vector to length 1, so that a product of two is their cosine.
    max_n
        The longest runs of words that are features too: 2 takes pairs. They go over the ends of
        sentences, and over words that are not in the vocabulary.
    min_documents
        Leave out what fewer documents have.
    max_share
        Leave out what a greater share of the documents has.
    buckets
        Take a hash of each run of words for its feature, so many in all: nothing is stored of the
        runs, and some share a feature. By default every run has its own.

    Examples
    --------
    >>> corpus = Corpus.from_texts(["a cat", "a dog", "a dog ran"], language="en", min_count=1)
    >>> bag = BagOfWords(norm="none").fit(corpus)
    >>> bag.words, bag.embed_texts(["a dog"]).toarray().round(3).tolist()
    (['a', 'dog', 'cat', 'ran'], [[1.0, 1.2879999876022339, 0.0, 0.0]])
    """

    family: ClassVar[str] = "bag_of_words"
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "weighting": ("binary", "tf_idf", "bm25"),
        "sublinear": (False, True),
        "max_n": (1, 2, 3),
        "min_documents": (1, 2, 5),
    }

    weighting: Literal["counts", "binary", "tf_idf", "bm25"] = "tf_idf"
    sublinear: bool = False
    k1: Annotated[float, Field(ge=0, le=100)] = 1.2
    b: Annotated[float, Field(ge=0, le=1)] = 0.75
    norm: Literal["l2", "none"] = "l2"
    max_n: Annotated[int, Field(ge=1, le=8)] = 1
    min_documents: Annotated[int, Field(ge=1)] = 1
    max_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    buckets: Annotated[int, Field(ge=1, lt=2**31)] | None = None

    def check(self) -> None:
        """Refuse settings that do not go together.

        Raises
        ------
        SettingError
            If buckets are to be chosen by documents, which nobody counts for runs that share one.
        """
        if self.buckets is not None and (self.min_documents > 1 or self.max_share < 1):
            raise SettingError(
                "min_documents and max_share choose among runs of words, and buckets holds none.",
                "Leave out buckets, or these two.",
            )

    def check_corpus(self, corpus: Corpus) -> None:
        """Refuse a corpus without words.

        Raises
        ------
        FormatError
            If it has none.
        """
        if corpus.n_words == 0:
            raise FormatError("the corpus has no words.", "Give more text, or a lower min_count.")

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of counting so many words, of so many types."""
        n_features = min(n_words, n_types * 10 ** (self.max_n - 1))
        return n_words * self.max_n / _WORDS_PER_SECOND, BASE_BYTES + n_features * _BYTES_OF_FEATURE

    def learn(
        self, corpus: Corpus, parts: dict[str, Any], listener: Listener | None
    ) -> BagOfWordsModel:
        """Find the features of a corpus and count in how many documents each stands.

        Raises
        ------
        FormatError
            If no feature is left.
        """
        if self.buckets is not None:
            features = RunBuckets(corpus.vocabulary, self.buckets, self.max_n)
            documents, occurrences = spread_of(features, corpus)
        else:
            features = learn_table(corpus, self.max_n, self.min_documents)
            documents, occurrences = spread_of(features, corpus)
            most = np.floor(self.max_share * corpus.n_documents)
            wanted = (documents >= self.min_documents) & (documents <= most)
            features = features.keep(wanted)
            documents, occurrences = documents[wanted], occurrences[wanted]
        if not occurrences.any():
            raise FormatError(
                f"no run of words stands in {self.min_documents:,} documents or more and in at "
                f"most {self.max_share:.0%} of the {corpus.n_documents:,}.",
                "Lower min_documents, or raise max_share.",
            )
        metrics = {
            "n_documents": corpus.n_documents,
            "n_features": features.width,
            "mean_length": float(occurrences.sum() / corpus.n_documents),
        }
        return BagOfWordsModel(corpus.vocabulary, features, documents, metrics=metrics, **parts)
