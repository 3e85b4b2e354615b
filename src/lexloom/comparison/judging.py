"""What a model is judged by: a set of words or labelled texts, in two parts.

The *development* part may be looked at as often as one likes; the *test* part is looked at once, at
the end, and its figure is the one to believe.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lexloom.catalog import in_words
from lexloom.comparison.knowing import Known, known_rows, known_texts
from lexloom.errors import EncodingError, FormatError, SettingError
from lexloom.evaluation.asking import ask
from lexloom.evaluation.downstream import ProbeResult, probe_embedder
from lexloom.evaluation.labelled import LABEL, TEXT, LabelledTexts, read_labelled
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.scoring import score_on
from lexloom.evaluation.sets import (
    AnalogyQuestions,
    EvaluationSet,
    WordCategories,
    WordPairs,
    read_set,
)
from lexloom.text.corpus import Corpus
from lexloom.text.reading import Reading, read_field
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Judge", "LabelsJudge", "WordsJudge", "judge_on"]

_MEASURES = {
    WordPairs: "Spearman's correlation",
    AnalogyQuestions: "share of right analogies",
    WordCategories: "purity of clusters",
}
_SHARES_OF_TEXTS = (0.6, 0.2)
"""Texts to learn the labels from, and to judge by while tuning; the rest is for the end."""


class Judge(Protocol):
    """Says how good a model is."""

    name: str
    measure: str
    n_development: int
    n_test: int

    @property
    def digest(self) -> str:
        """What it judges by, summed up, to know it again."""
        ...

    def known(self, corpus: Corpus) -> Known:
        """Count what a corpus knows of it."""
        ...

    def score(self, model: Any) -> float:
        """Judge by the development part: the higher the better."""
        ...

    def test(self, model: Any) -> Estimate:
        """Judge by the test part."""
        ...


class WordsJudge:
    """Judges word vectors by pairs, analogies or categories: one half to tune by, one for the end.

    Parameters
    ----------
    asked
        The set.
    seed
        Which of its rows are in which half.
    """

    def __init__(self, asked: EvaluationSet, seed: int) -> None:
        self._development, self._test = (_taken(asked, rows) for rows in _halves(asked, seed))
        self.name = asked.name
        self.measure = _MEASURES[type(asked)]
        self.n_development, self.n_test = len(self._development), len(self._test)

    @property
    def digest(self) -> str:
        """What it judges by, summed up, to know it again."""
        return _digest(self._development, self._test)

    def known(self, corpus: Corpus) -> Known:
        """Count the rows of both halves all of whose words a corpus has."""
        return known_rows((self._development, self._test), corpus)

    def score(self, model: Any) -> float:
        """Judge word vectors by the development half.

        Raises
        ------
        SettingError
            If the model has no vectors of words, or too few words of the set.
        """
        if not isinstance(model, WordVectors):
            raise SettingError(
                f"{self.name} asks for vectors of words, {in_words(model.kind)} has none.",
                "Judge it on texts with labels.",
            )
        return score_on(self._development)(model)

    def test(self, model: Any) -> Estimate:
        """Judge word vectors by the test half."""
        return ask(model, self._test).figure


class LabelsJudge:
    """Judges whatever embeds texts by how well logistic regression reads labels off its vectors.

    Parameters
    ----------
    texts
        Texts with labels: 60 % to learn from, 20 % to tune by and 20 % for the end. A text that
        comes again counts once, so that none is in two parts.
    name
        What to call them.
    seed
        Which of them are in which part.
    """

    measure = "accuracy"

    def __init__(self, texts: LabelledTexts, name: str, seed: int) -> None:
        place_of = {text: place for place, text in reversed(list(enumerate(texts.texts)))}
        texts = texts.take(np.sort(np.array(list(place_of.values()), np.int32)))
        order = np.random.default_rng(seed).permutation(len(texts)).astype(np.int32)
        first = round(_SHARES_OF_TEXTS[0] * len(texts))
        last = first + round(_SHARES_OF_TEXTS[1] * len(texts))
        self._train, self._development = texts.take(order[:first]), texts.take(order[first:last])
        self._known, self._test = texts.take(order[:last]), texts.take(order[last:])
        self.name = name
        self.n_development, self.n_test = len(self._development), len(self._test)

    @property
    def digest(self) -> str:
        """What it judges by, summed up, to know it again."""
        return _digest(self._known, self._test)

    def known(self, corpus: Corpus) -> Known:
        """Count the texts of all parts any of whose words a corpus has."""
        return known_texts(self._known.texts + self._test.texts, corpus)

    def score(self, model: Any) -> float:
        """Judge a model by the development part.

        Raises
        ------
        SettingError
            If there are fewer than two labels, or too few texts.
        MissingExtraError
            If scikit-learn is not installed.
        """
        return _probed(model, self._train, self._development).accuracy.value or 0.0

    def test(self, model: Any) -> Estimate:
        """Judge a model by the test part, with what it was tuned by to learn from too."""
        return self.probe(model).accuracy

    def probe(self, model: Any) -> ProbeResult:
        """Judge a model by the test part, text by text."""
        return _probed(model, self._known, self._test)


def judge_on(
    path: str | os.PathLike[str],
    *,
    seed: int,
    text: str | None = None,
    label: str | None = None,
    encoding: str = "utf-8",
) -> Judge:
    """Make a judge of a file of word pairs, analogies, categories or texts with labels.

    Parameters
    ----------
    path
        The file. Texts with labels are records (csv, tsv, jsonl, parquet): those of a file whose
        first line has a field ``label``, or of any if `text` or `label` is given.
    seed
        Which rows are for tuning and which for the end.
    text
        The field of the texts, by name or number from 1; by default ``text``.
    label
        The field of the labels; by default ``label``.
    encoding
        How a file of texts with labels is coded.

    Returns
    -------
    Judge
        What judges.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is nothing to judge by; the line is named.
    """
    path = Path(path)
    if text is None and label is None and not _has_labels(path, encoding):
        return WordsJudge(read_set(path), seed)
    texts = read_labelled(path, text or TEXT, label or LABEL, encoding=encoding)
    return LabelsJudge(texts, path.stem, seed)


def _has_labels(path: Path, encoding: str) -> bool:
    """Say whether the first line of a file names a field of labels."""
    endings = set(path.suffixes[-2:])
    if endings & {".jsonl", ".ndjson", ".parquet"}:
        return True
    if not endings & {".csv", ".tsv"}:
        return False
    try:
        next(read_field(path, Reading(field=LABEL, encoding=encoding)), None)
    except EncodingError:
        raise
    except FormatError:
        return False
    return True


def _halves(asked: EvaluationSet, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows of either half of a set.

    Questions about analogies are made of few pairs of words, each of which stands in many: pairs
    are parted, and a question with one of either side is in no half.
    """
    generator = np.random.default_rng(seed)
    if not isinstance(asked, AnalogyQuestions):
        order = generator.permutation(len(asked))
        return order[: len(asked) // 2], order[len(asked) // 2 :]
    pairs = sorted({pair for a, b, c, d in asked.questions for pair in ((a, b), (c, d))})
    is_first = dict(zip(pairs, generator.permutation(len(pairs)) < len(pairs) // 2, strict=True))
    sides = np.array([(is_first[a, b], is_first[c, d]) for a, b, c, d in asked.questions], np.bool_)
    sides = sides.reshape(-1, 2)
    return np.flatnonzero(sides.all(axis=1)), np.flatnonzero(~sides.any(axis=1))


def _taken(asked: Any, rows: np.ndarray) -> Any:
    """Give some rows of a set."""
    values = {
        field.name: tuple(value[row] for row in rows)
        for field in dataclasses.fields(asked)
        if isinstance(value := getattr(asked, field.name), tuple)
    }
    return dataclasses.replace(asked, **values)


def _probed(model: Any, train: LabelledTexts, test: LabelledTexts) -> ProbeResult:
    """Learn labels and try them; texts without known words are no news in each trial."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return probe_embedder(model, train, test)


def _digest(*parts: Any) -> str:
    """Sum parts up in a SHA-256."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
