"""The report's map: the most frequent telling words, near where used alike, coloured by label."""

from __future__ import annotations

import math
from collections import Counter
from typing import Literal, cast

import numpy as np

from lexloom.arrays import Counts, Floats
from lexloom.demo.findings import Findings
from lexloom.reporting.page import Markup, paragraph
from lexloom.reporting.projecting import project
from lexloom.reporting.word_map import GROUPS, MapWord, draw_map, tone_step

__all__ = ["map_of_words"]

METHODS = {"pca": "PCA", "t-sne": "t-SNE"}
MAP_WORDS = 600
MAP_NEIGHBORS = 5
COMMON = 0.2
"""A word in more than this share of the texts (the, 的) says little on a map."""

STRONG_TONE = 2.0
"""Log odds between the labels at which a word gets the full colour: about 7 to 1."""

LIFT = 1.5
"""How much more often than others a label's texts must use a word for it to take their colour."""

SMOOTHING = 0.5
"""Added to every count, so that a word one label never uses has finite odds."""


def map_of_words(findings: Findings) -> list[Markup]:
    """Lay words out; near words are near, colour tells which label's texts use them.

    Parameters
    ----------
    findings
        The vectors, and the texts they come from.

    Returns
    -------
    list of Markup
        What it is, the map, and what was left out of it.
    """
    usage = _Usage(findings)
    words = findings.vectors.vocabulary.words
    ids = [i for i in range(len(words)) if usage.is_telling(words[i])][:MAP_WORDS]
    if not ids:
        return [paragraph("There are no words to show.")]
    flat = project(findings.vectors.index.unit[ids])
    placed = _placed(findings, usage, [ids[row] for row in flat.rows], flat.positions)
    drawn = draw_map(
        placed,
        palette=usage.palette,
        legend=usage.legend,
        label=f"{len(placed)} words, laid out by {METHODS[flat.method]}",
        find="找一个词" if usage.is_chinese else "find a word",
    )
    told = (
        f"The {len(placed):,} most frequent telling words, laid out by {METHODS[flat.method]}: "
        "words that are used alike lie together. Point at one; drag and scroll to look closer."
    )
    return [paragraph(told), drawn, *(paragraph(note, is_note=True) for note in flat.notes)]


def _placed(
    findings: Findings, usage: _Usage, ids: list[int], positions: np.ndarray
) -> list[MapWord]:
    """Give each word its place, its size, its colour and what hovering tells."""
    vectors, vocabulary = findings.vectors, findings.vectors.vocabulary
    near = vectors.nearest(vectors.matrix[ids], MAP_NEIGHBORS + 1).ids
    counts = cast("Counts", findings.corpus.vocabulary.counts)
    most = math.log1p(int(counts[ids].max()))
    placed = []
    for word_id, (x, y), row in zip(ids, positions.tolist(), near.tolist(), strict=True):
        word, count = vocabulary.word(word_id), int(counts[word_id])
        alike = [vocabulary.word(i) for i in row if i >= 0 and i != word_id][:MAP_NEIGHBORS]
        details = (f"{count:,} × · {usage.describe(word)}", f"≈ {' · '.join(alike)}")
        weight = math.log1p(count) / most
        placed.append(MapWord(word, x, y, weight, usage.color(word), details))
    return placed


class _Usage:
    """Which label's texts use a word, and how much more than the others'."""

    def __init__(self, findings: Findings) -> None:
        train = findings.train
        self.labels = sorted(set(train.labels), reverse=True)
        self.sizes = Counter(train.labels)
        self.texts: dict[str, Counter[str]] = {label: Counter() for label in self.labels}
        for text, label in zip(train.texts, train.labels, strict=True):
            self.texts[label].update(set(findings.words_of(text)))
        self.is_chinese = findings.material.language == "zh"
        has_poles = self.labels == ["positive", "negative"]
        self.palette: Literal["tone", "group"] = "tone" if has_poles else "group"

    @property
    def legend(self) -> list[tuple[int, str]]:
        """Steps of the palette and what they mean."""
        if self.palette == "tone":
            return [(0, "差评 negative"), (3, "both"), (6, "好评 positive")]
        return [*enumerate(self.labels), (GROUPS - 1, "no one's own")]

    def is_telling(self, word: str) -> bool:
        """Say whether a word is worth a place: no sign or single letter, not in every text."""
        n_texts = sum(counts[word] for counts in self.texts.values())
        is_long = len(word) >= (2 if self.is_chinese else 3)
        return is_long and word.isalpha() and n_texts <= COMMON * self.sizes.total()

    def rates(self, word: str) -> Floats:
        """Give for each label the share of its texts that have the word, float64."""
        found = [self.texts[label][word] + SMOOTHING for label in self.labels]
        return np.array(found) / [self.sizes[label] + 2 * SMOOTHING for label in self.labels]

    def color(self, word: str) -> int:
        """Choose the step of the palette."""
        rates = self.rates(word)
        if self.palette == "tone":
            return tone_step(math.log(rates[0] / rates[1]) / STRONG_TONE)
        first = int(rates.argmax())
        others = np.delete(rates, first).max()
        return first if rates[first] >= LIFT * others else GROUPS - 1

    def describe(self, word: str) -> str:
        """Say which label uses it most."""
        rates = self.rates(word)
        first = int(rates.argmax())
        return f"{self.labels[first]} {rates[first] / rates.sum():.0%}"
