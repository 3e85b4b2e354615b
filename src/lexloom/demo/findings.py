"""What the demo's steps found, for the report to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lexloom.demo.material import Material
from lexloom.evaluation.downstream import ProbeResult
from lexloom.evaluation.intrinsic import Evaluation
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Findings", "Neighbors", "WordsOf"]

Neighbors = dict[str, tuple[tuple[str, float], ...]]
"""For each word the nearest ones and their cosines."""

WordsOf = Callable[[str], Sequence[str]]
"""Cuts a text into words, as the corpus was cut."""


@dataclass(frozen=True)
class Findings:
    """All that the report shows.

    Attributes
    ----------
    material
        What was read.
    train
        The labelled texts that were learnt from.
    corpus
        The corpus made of them.
    words_of
        Cuts a text as the corpus was cut.
    vectors
        The word vectors.
    neighbors
        The neighbours of the telling words.
    evaluation
        The self-check.
    probes
        The classifiers.
    """

    material: Material
    train: LabelledTexts
    corpus: Corpus
    words_of: WordsOf
    vectors: WordVectors
    neighbors: Neighbors
    evaluation: Evaluation
    probes: Sequence[ProbeResult]
