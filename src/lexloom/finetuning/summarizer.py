"""Extractive summaries: the sentences of a text that say most of it, found without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lexloom.arrays import Floats
from lexloom.embedder import TextEmbedder
from lexloom.errors import SettingError
from lexloom.finetuning.learning_settings import ModelPath
from lexloom.opening import open_text_embedder
from lexloom.settings import settings
from lexloom.text.sentence_spans import sentence_spans

__all__ = ["FittedSummarizer", "Summarizer", "Summary"]

_DAMPING, _CLOSE_ENOUGH, _MOST_ROUNDS = 0.85, 1e-10, 1_000
_MOST_SENTENCES = 5_000


@dataclass(frozen=True)
class Summary:
    """Some sentences of a text.

    Attributes
    ----------
    text
        They, in the order of the text, a line each.
    spans
        For each the first character and the one behind its last, in the text.
    weights
        How much each says of the text; only their order counts.
    n_sentences
        How many sentences the text has.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]
    n_sentences: int


@settings
class Summarizer:
    """Choose the sentences of a text that say most of it.

    Nothing is learned: `prepare` gives what chooses. `AbstractiveSummarizer` learns to write
    summaries, by its `fit`, from those that people wrote.

    Attributes
    ----------
    model
        The folder of an encoder, of word vectors or of a bag of words, or a file of vectors of
        another program.
    method
        ``textrank``: sentences that are like many others, which are so too (Mihalcea and Tarau
        2004). ``centroid``: those that are like the mean of all (Radev et al. 2004). ``lead``: the
        first ones, what the others have to beat.
    sentences
        How many sentences to choose.
    share
        The share of the sentences to choose, in place of their number.
    novelty
        How much a sentence loses by being like one that was chosen already, 0 to 1 (Carbonell and
        Goldstein 1998).
    prefix
        What an encoder is given before each sentence; by default what its folder says.

    Examples
    --------
    >>> from lexloom import BagOfWords, Corpus
    >>> text = "The cat sat. The dog barked at the cat. Rain fell. The dog saw the cat."
    >>> BagOfWords().fit(
    ...     Corpus.from_texts([text], language="en", min_count=1), out="cats.bag", force=True
    ... ).width
    9
    >>> Summarizer(model="cats.bag", sentences=1).prepare().summarize(text).text
    'The dog saw the cat.'
    """

    model: ModelPath
    method: Literal["textrank", "centroid", "lead"] = "textrank"
    sentences: Annotated[int, Field(ge=1)] = 3
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    novelty: Annotated[float, Field(ge=0, le=1)] = 0.3
    prefix: str | None = None

    def prepare(self) -> FittedSummarizer:
        """Open the model; nothing is trained.

        Returns
        -------
        FittedSummarizer
            What chooses sentences.

        Raises
        ------
        StorageError
            If there is no such model or it cannot be read.
        FormatError
            If it is something else.
        MissingExtraError
            If what it needs is not installed.
        """
        asked = {} if self.prefix is None else {"prefix": self.prefix}
        return FittedSummarizer(open_text_embedder(Path(self.model), **asked), self)


class FittedSummarizer:
    """Chooses sentences by the vectors of a model.

    Parameters
    ----------
    model
        Gives each sentence a vector.
    settings
        How to choose.
    """

    def __init__(self, model: TextEmbedder, settings: Summarizer) -> None:
        self.model = model
        self.settings = settings

    def summarize(self, text: str) -> Summary:
        """Choose the sentences of a text that say most of it.

        Parameters
        ----------
        text
            The text.

        Returns
        -------
        Summary
            All sentences of a text that has no more than are to be chosen.

        Raises
        ------
        SettingError
            If it is no text, or has more than 5,000 sentences.
        """
        if not isinstance(text, str):
            raise SettingError(f"text must be a str, got {type(text).__name__}.")
        spans = sentence_spans(text)
        if len(spans) > _MOST_SENTENCES:
            raise SettingError(
                f"text must have at most {_MOST_SENTENCES:,} sentences, it has {len(spans):,}.",
                "Summarize its parts.",
            )
        wanted = self.settings.sentences
        if self.settings.share is not None:
            wanted = max(1, round(self.settings.share * len(spans)))
        weights, alike = self._weighed([text[start:end] for start, end in spans])
        chosen = sorted(_choose(weights, alike, wanted, self.settings.novelty))
        return Summary(
            text="\n".join(text[slice(*spans[place])] for place in chosen),
            spans=tuple(spans[place] for place in chosen),
            weights=tuple(float(weights[place]) for place in chosen),
            n_sentences=len(spans),
        )

    def _weighed(self, sentences: Sequence[str]) -> tuple[Floats, Floats]:
        """Give what each sentence says of the text, and how alike each two are."""
        n = len(sentences)
        if self.settings.method == "lead" or n <= 1:
            return -np.arange(n, dtype=np.float64), np.zeros((n, n))
        vectors = _unit_rows(self.model.embed_texts(sentences))
        alike = np.clip(_dense(vectors @ vectors.T), 0, 1)
        if self.settings.method == "centroid":
            centre = np.asarray(vectors.mean(0), np.float64).reshape(-1)
            weights = np.asarray(vectors @ centre, np.float64).reshape(-1)
            return weights / max(np.abs(weights).max(), np.finfo(np.float64).tiny), alike
        return _rank(alike), alike


def _unit_rows(vectors: Any) -> Any:
    """Make each row of a dense or sparse matrix one long; rows of no length stay."""
    if isinstance(vectors, np.ndarray):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1)
    from scipy.sparse import diags

    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(1)).reshape(-1))
    return diags(1 / np.where(lengths > 0, lengths, 1)) @ vectors


def _dense(matrix: Any) -> Floats:
    """Give a matrix as an array of float64."""
    return np.asarray(matrix if isinstance(matrix, np.ndarray) else matrix.toarray(), np.float64)


def _rank(alike: Floats) -> Floats:
    """Let each sentence pass its weight on to those it is like, until nothing changes.

    w = (1 - d) / N + d Σ_s w_s alike(s, ·) / Σ_t alike(s, t), as PageRank (Brin and Page 1998) with
    the damping d; the largest is 1.
    """
    links = alike.copy()
    np.fill_diagonal(links, 0)
    sums = links.sum(1, keepdims=True)
    n = len(links)
    links = np.where(sums > 0, links / np.where(sums > 0, sums, 1), 1 / n)
    weights = np.full(n, 1 / n)
    for _ in range(_MOST_ROUNDS):
        passed = (1 - _DAMPING) / n + _DAMPING * (weights @ links)
        if np.abs(passed - weights).sum() < _CLOSE_ENOUGH:
            break
        weights = passed
    return weights / weights.max()


def _choose(weights: Floats, alike: Floats, n: int, novelty: float) -> list[int]:
    """Choose one after the other: much weight, and little likeness to what was chosen."""
    nearest = np.zeros(len(weights))
    is_left = np.ones(len(weights), np.bool_)
    chosen: list[int] = []
    for _ in range(min(n, len(weights))):
        worth = np.where(is_left, weights - novelty * nearest, -np.inf)
        best = int(worth.argmax())
        chosen.append(best)
        is_left[best] = False
        nearest = np.maximum(nearest, alike[best])
    return chosen
