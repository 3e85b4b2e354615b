"""A word in its context: the lines of a corpus where it stands, its neighbours left and right."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from lexloom.arrays import Offsets
from lexloom.errors import SettingError

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["Concordance", "InContext", "find_in_context"]

_WORDS_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class InContext:
    """One place where a word stands.

    Attributes
    ----------
    sentence
        The sentence it stands in, counted from 0.
    left, right
        The words before and behind it, within the sentence.
    word
        The word itself.
    """

    sentence: int
    left: tuple[str, ...]
    word: str
    right: tuple[str, ...]


class Concordance(Sequence[InContext]):
    """The places where a word stands; printed, the word stands in one column.

    Parameters
    ----------
    lines
        The places.
    n_in_corpus
        How often the word stands in the corpus in all.
    """

    def __init__(self, lines: Sequence[InContext], n_in_corpus: int) -> None:
        self._lines = tuple(lines)
        self.n_in_corpus = n_in_corpus

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> InContext: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[InContext, ...]: ...
    def __getitem__(self, index: int | slice) -> InContext | tuple[InContext, ...]:
        return self._lines[index]

    def __str__(self) -> str:
        lefts = [" ".join(line.left) for line in self._lines]
        widest = max(map(_columns, lefts), default=0)
        return "\n".join(
            f"{' ' * (widest - _columns(left))}{left}  {line.word}  {' '.join(line.right)}"
            for left, line in zip(lefts, self._lines, strict=True)
        )

    def __repr__(self) -> str:
        return f"{self}\n({len(self)} of {self.n_in_corpus:,} places)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:right">{html.escape(" ".join(line.left))}</td>'
            f"<td><b>{html.escape(line.word)}</b></td>"
            f'<td style="text-align:left">{html.escape(" ".join(line.right))}</td></tr>'
            for line in self._lines
        )
        return f"<table>{rows}</table><p>{len(self)} of {self.n_in_corpus:,} places</p>"


def find_in_context(corpus: Corpus, word: str, n: int, window: int) -> Concordance:
    """Find the first `n` places where a word stands, with `window` words left and right.

    Raises
    ------
    MissingWordError
        If the word is not in the vocabulary.
    SettingError
        If a number is negative.
    """
    if n < 0 or window < 0:
        raise SettingError(f"n and window must be 0 or more, got n={n}, window={window}.")
    word_id = corpus.vocabulary.id(word)
    places, n_in_corpus = _places(corpus, word_id, n)
    sentences = np.searchsorted(corpus.sentence_offsets, places, "right") - 1
    lines = []
    for place, sentence in zip(places.tolist(), sentences.tolist(), strict=True):
        begin, end = corpus.sentence_offsets[sentence : sentence + 2].tolist()
        left = corpus.words_between(max(place - window, begin), place)
        right = corpus.words_between(place + 1, min(place + 1 + window, end))
        lines.append(InContext(sentence, tuple(left), word, tuple(right)))
    return Concordance(lines, n_in_corpus)


def _places(corpus: Corpus, word_id: int, n: int) -> tuple[Offsets, int]:
    """Give the first `n` places of a word, and how many there are in all."""
    found, n_found = [np.zeros(0, np.int64)], 0
    for start in range(0, corpus.n_words, _WORDS_AT_ONCE):
        here = np.flatnonzero(corpus.ids[start : start + _WORDS_AT_ONCE] == word_id)
        if n_found < n:
            found.append(start + here[: n - n_found])
        n_found += len(here)
    return np.concatenate(found), n_found


def _columns(text: str) -> int:
    """Give the columns a text takes on a terminal, where wide characters take two."""
    return sum(
        0
        if unicodedata.combining(character)
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
