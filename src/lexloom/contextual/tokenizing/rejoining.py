"""The sentences of a corpus as text again, and where in that text each word stands."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.text.sentences import Sentences

__all__ = ["Rejoined", "Rejoiner"]

_CLOSING = frozenset(",.;:!?%)]}")
_OPENING = frozenset("([{")
_WIDE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
_FULL_WIDTH = frozenset("WF")
_HANGUL = "HANGUL"
_WORDS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Rejoined:
    """Some sentences as text.

    Attributes
    ----------
    first
        The number of the first of them in the corpus.
    texts
        The N sentences.
    ends
        int64 (T), where each word ends, counted in characters of all texts one after the other;
        the blank before a word belongs to it.
    counts
        int64 (N), the words of each sentence.
    """

    first: int
    texts: list[str]
    ends: Offsets
    counts: Offsets

    def only(self, chosen: Bools) -> Rejoined:
        """Keep some of the sentences: bool (N) says which."""
        lengths = np.diff(self.ends, prepend=0)[np.repeat(chosen, self.counts)]
        texts = list(itertools.compress(self.texts, chosen))
        return Rejoined(self.first, texts, np.cumsum(lengths), self.counts[chosen])


class Rejoiner:
    """Puts the words of a corpus together: with blanks between words of spaced scripts only.

    Chinese words join as they are; so do marks that follow or precede a word closely.

    Parameters
    ----------
    sentences
        The corpus.

    Examples
    --------
    >>> from lexloom import Corpus
    >>> words = [["今天", "天气", "good", "day", "!"]]
    >>> corpus = Corpus.from_sentences(words, min_count=1)
    >>> [rejoined.texts for rejoined in Rejoiner(corpus).portions()]
    [['今天天气good day!']]
    """

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    @cached_property
    def _words(self) -> np.ndarray:
        """The V words, and behind them the V words with a blank before each."""
        words = self._sentences.vocabulary.array.to_pylist()
        return np.array([*words, *(f" {word}" for word in words)], dtype=object)

    @cached_property
    def _lengths(self) -> Offsets:
        return np.array([len(word) for word in self._words], np.int64)

    @cached_property
    def _sides(self) -> tuple[Bools, Bools]:
        """Whether each word wants a blank before it, and behind it: bool (V) each."""
        words = self._sentences.vocabulary.array.to_pylist()
        before = np.array([_is_spaced(word[0]) and word[0] not in _CLOSING for word in words])
        behind = np.array([_is_spaced(word[-1]) and word[-1] not in _OPENING for word in words])
        return before, behind

    def portions(self, n_words: int = _WORDS_AT_ONCE) -> Iterator[Rejoined]:
        """Give all sentences, some at a time.

        Parameters
        ----------
        n_words
            About so many words at a time.

        Yields
        ------
        Rejoined
            Sentences in the order of the corpus.
        """
        for first, ids, offsets in self._sentences.portions(n_words):
            yield self.join(first, ids, offsets - offsets[0])

    def texts(self, chosen: Bools | None = None) -> Iterator[str]:
        """Give the sentences one by one.

        Parameters
        ----------
        chosen
            bool (N), which of them; None gives all.

        Yields
        ------
        str
            A sentence.
        """
        for portion in self.portions():
            if chosen is None:
                yield from portion.texts
            else:
                here = chosen[portion.first : portion.first + len(portion.texts)]
                yield from itertools.compress(portion.texts, here)

    def join(self, first: int, ids: Ids, offsets: Offsets) -> Rejoined:
        """Join the words of some sentences.

        Parameters
        ----------
        first
            The number of the first of them in the corpus.
        ids
            int32 (T), their words.
        offsets
            int64 (N + 1), where each begins in `ids`, and the end of the last.

        Returns
        -------
        Rejoined
            Their texts.
        """
        before, behind = self._sides
        blank = np.zeros(len(ids), np.bool_)
        blank[1:] = before[ids[1:]] & behind[ids[:-1]]
        blank[offsets[:-1]] = False
        places = ids + len(before) * blank
        pieces = self._words[places].tolist()
        texts = ["".join(pieces[a:b]) for a, b in itertools.pairwise(offsets.tolist())]
        return Rejoined(first, texts, np.cumsum(self._lengths[places]), np.diff(offsets))


def _is_spaced(character: str) -> bool:
    """Tell whether a character's script puts blanks between words."""
    if character.isascii():
        return True
    name = unicodedata.name(character, "")
    if name.startswith(_HANGUL):
        return True
    return not (
        name.startswith(_WIDE_SCRIPTS)
        or unicodedata.east_asian_width(character) in _FULL_WIDTH
        or unicodedata.category(character).startswith("P")
    )
