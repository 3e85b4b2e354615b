"""The matrices training begins with: random, or vectors that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bytes, Vectors
from lexloom.errors import DivergedError, SettingError, ShapeError
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.kernels.passages import Pieces

__all__ = ["Start", "begin", "check_finite"]


@dataclass(frozen=True)
class Start:
    """Where training begins.

    Attributes
    ----------
    vocabulary
        The words of the corpus and, behind them, those that only the given vectors have.
    inputs, outputs
        float32 (V, D).
    frozen
        uint8 (V), 1 for words that keep their vectors; empty when all are trained.
    pieces
        The rows of the inputs that each word is made of; None where each word is one.
    """

    vocabulary: Vocabulary
    inputs: Vectors
    outputs: Vectors
    frozen: Bytes
    pieces: Pieces | None = None

    def copy(self) -> Start:
        """Copy the matrices, which training goes on to change."""
        return replace(self, inputs=self.inputs.copy(), outputs=self.outputs.copy())


def check_finite(*matrices: Vectors) -> None:
    """Refuse to make vectors of numbers that are not finite.

    Raises
    ------
    DivergedError
        If there is one.
    """
    if not all(np.isfinite(matrix).all() for matrix in matrices):
        raise DivergedError("a vector is not finite at the end.", "Lower learning_rate.")


def begin(
    vocabulary: Vocabulary,
    width: int,
    seed: int,
    given: WordVectors | None = None,
    frozen: Sequence[str] = (),
    *,
    with_outputs: bool = True,
) -> Start:
    """Make the matrices to begin with.

    Input vectors are drawn evenly from ±1 / (2 D) and output vectors are zero, as in word2vec.

    Parameters
    ----------
    vocabulary
        The words of the corpus.
    width
        D.
    seed
        What the random numbers hang on.
    given
        Vectors to begin with; their words are all kept.
    frozen
        Words whose vectors stay as they are.
    with_outputs
        Take over the output matrix of the given vectors too, if they have one.

    Returns
    -------
    Start
        The words and the matrices.

    Raises
    ------
    ShapeError
        If the given vectors have another width.
    SettingError
        If `frozen` is a text, or words are frozen that have no given vector.
    MissingWordError
        If a frozen word has no vector.
    """
    words = vocabulary if given is None else _joined(vocabulary, given)
    generator = np.random.Generator(np.random.Philox(key=seed))
    inputs = generator.random((len(words), width), dtype=np.float32)
    inputs -= np.float32(0.5)
    inputs /= np.float32(width)
    outputs = np.zeros((len(words), width), dtype=np.float32)
    if given is not None:
        _check_width(given, width)
        rows = words.ids(given.words)
        inputs[rows] = given.matrix
        if with_outputs and given.output_matrix is not None:
            outputs[rows] = given.output_matrix
    return Start(words, inputs, outputs, _mark_frozen(words, given, frozen))


def _joined(vocabulary: Vocabulary, given: WordVectors) -> Vocabulary:
    """Put the words that only the given vectors have behind those of the corpus."""
    known = vocabulary.ids(given.words)
    extra = [given.words[i] for i in np.flatnonzero(known < 0).tolist()]
    counts = np.zeros(len(vocabulary) + len(extra), np.int64)
    if vocabulary.counts is not None:
        counts[: len(vocabulary)] = vocabulary.counts
    if given.counts is not None:
        counts[len(vocabulary) :] = given.counts[known < 0]
    return Vocabulary([*vocabulary.words, *extra], counts)


def _check_width(given: WordVectors, width: int) -> None:
    """Refuse vectors of another width."""
    if given.width != width:
        raise ShapeError(
            f"the given vectors have width {given.width}, training is set to {width}.",
            f"Pass width={given.width}.",
        )


def _mark_frozen(words: Vocabulary, given: WordVectors | None, frozen: Sequence[str]) -> Bytes:
    """Mark the words that keep their vectors."""
    if isinstance(frozen, str):
        raise SettingError("frozen must be words, got a text.", f"Pass frozen=[{frozen!r}].")
    if not frozen:
        return np.zeros(0, np.uint8)
    if given is None:
        raise SettingError(
            "frozen words need vectors to keep, got none.", "Pass start=vectors as well."
        )
    marks = np.zeros(len(words), np.uint8)
    for word in frozen:
        given.vocabulary.id(word)
        marks[words.id(word)] = 1
    return marks
