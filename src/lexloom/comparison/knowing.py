"""How much of what models are judged by is known to a corpus, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lexloom.errors import SettingError
from lexloom.evaluation.sets import AnalogyQuestions, EvaluationSet, WordPairs
from lexloom.text.corpus import Corpus
from lexloom.vectors.pooling import cutter_of, known_words

__all__ = ["Known", "known_rows", "known_texts", "refuse_the_unknown"]


@dataclass(frozen=True)
class Known:
    """How much of a set a corpus knows.

    Attributes
    ----------
    n_known
        Pairs, questions or words of which every word is in the vocabulary, in lower case at least;
        texts of which any word is.
    n_rows
        All of them.
    """

    n_known: int
    n_rows: int

    def __str__(self) -> str:
        return f"{self.n_known:,} of {self.n_rows:,} rows are known to the corpus"


class _Knows(Protocol):
    """Whatever tells how much of it a corpus knows."""

    name: str

    def known(self, corpus: Corpus) -> Known:
        """Count what a corpus knows."""
        ...


def known_rows(parts: Iterable[EvaluationSet], corpus: Corpus) -> Known:
    """Count the rows of sets all of whose words a corpus knows, as an evaluation looks them up.

    Parameters
    ----------
    parts
        The sets.
    corpus
        The corpus.

    Returns
    -------
    Known
        How many.
    """
    words = corpus.vocabulary
    rows = [row for part in parts for row in _words_of(part)]
    found = [all(word in words or word.lower() in words for word in row) for row in rows]
    return Known(sum(found), len(rows))


def known_texts(texts: Sequence[str], corpus: Corpus) -> Known:
    """Count the texts any of whose words a corpus knows, cut as the corpus was.

    Parameters
    ----------
    texts
        Raw texts.
    corpus
        The corpus.

    Returns
    -------
    Known
        How many.
    """
    cutter = cutter_of(corpus.segmentation, corpus.phrases)
    begins = known_words(corpus.vocabulary, texts, cutter)[1]
    return Known(int(np.count_nonzero(np.diff(begins))), len(texts))


def refuse_the_unknown(judge: _Knows, corpus: Corpus) -> Known:
    """Make sure that a corpus knows anything of what its models are to be judged by.

    Parameters
    ----------
    judge
        What judges.
    corpus
        What is learned from.

    Returns
    -------
    Known
        How much it knows.

    Raises
    ------
    SettingError
        If it knows nothing of it.
    """
    known = judge.known(corpus)
    if not known.n_known:
        raise SettingError(
            f"{judge.name} cannot judge: of its {known.n_rows:,} rows the corpus knows none.",
            "Give a set in the corpus's language, with words that the corpus has.",
        )
    return known


def _words_of(part: EvaluationSet) -> Iterable[Sequence[str]]:
    """Give the words of each row."""
    if isinstance(part, WordPairs):
        return part.pairs
    if isinstance(part, AnalogyQuestions):
        return part.questions
    return [(word,) for word in part.words]
