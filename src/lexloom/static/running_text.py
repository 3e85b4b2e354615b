"""Running text as a language model reads it: tokens, and the tokens before each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lexloom.arrays import Ids, Offsets
from lexloom.text.sentences import Sentences
from lexloom.text.vocabulary import Vocabulary

__all__ = ["BOUNDARY", "FIRST_WORD", "UNKNOWN", "RunningText"]

BOUNDARY, UNKNOWN, FIRST_WORD = 0, 1, 2
"""Tokens that are no words, so that no text can spell them; word i is token FIRST_WORD + i."""


@dataclass(frozen=True)
class RunningText:
    """Sentences, one after the other, each ended by a boundary.

    A boundary is foretold like a word, where it ends a sentence, and stands before the first word
    of the next. Words that are not in the vocabulary are one token, `UNKNOWN`.

    Attributes
    ----------
    tokens
        int32 (T + 1), a boundary and behind it the T tokens that can be foretold.
    starts
        int64 (N + 1), the place of the first word of each sentence, and the end of the text.

    Examples
    --------
    >>> text = RunningText.of_words([["a", "b"], ["c"]], Vocabulary(["a", "b"]))
    >>> text.tokens.tolist(), text.starts.tolist()
    ([0, 2, 3, 0, 1, 0], [1, 4, 6])
    >>> text.contexts(np.array([1, 3, 4]), 2).tolist()
    [[0, 0], [3, 2], [0, 0]]
    """

    tokens: Ids
    starts: Offsets

    @classmethod
    def of_sentences(cls, sentences: Sentences, vocabulary: Vocabulary) -> RunningText:
        """Read a corpus in the words of a vocabulary, which need not be its own."""
        token_of = vocabulary.ids(sentences.vocabulary.words) + np.int32(FIRST_WORD)
        return cls._bounded(token_of[sentences.ids], sentences.sentence_offsets)

    @classmethod
    def of_words(cls, sentences: Iterable[Sequence[str]], vocabulary: Vocabulary) -> RunningText:
        """Read sentences that are lists of words; one without words is passed over."""
        kept = [words for words in sentences if len(words)]
        ids = vocabulary.ids(word for words in kept for word in words)
        offsets = np.cumsum([0, *map(len, kept)], dtype=np.int64)
        return cls._bounded(ids + np.int32(FIRST_WORD), offsets)

    @classmethod
    def _bounded(cls, words: Ids, offsets: Offsets) -> RunningText:
        """Put the boundaries between sentences: an id of -1 has become `UNKNOWN`."""
        starts = offsets + np.arange(1, len(offsets) + 1)
        is_word = np.ones(len(words) + len(offsets), np.bool_)
        is_word[starts - 1] = False
        tokens = np.full(len(is_word), BOUNDARY, np.int32)
        tokens[is_word] = words
        return cls(tokens, starts)

    @property
    def places(self) -> Offsets:
        """The places of the T tokens that can be foretold: int64."""
        return np.arange(1, len(self.tokens))

    def sentence_of(self, places: Offsets) -> Offsets:
        """Give the sentence that each place is in."""
        return np.searchsorted(self.starts, places, "right") - 1

    def contexts(self, places: Offsets, n_tokens: int) -> Ids:
        """Give the tokens before some places.

        Parameters
        ----------
        places
            int64 (B), from 1 to T.
        n_tokens
            How many tokens before each place; before a sentence there are only boundaries.

        Returns
        -------
        Ids
            int32 (B, n_tokens), the nearest first.
        """
        starts = self.starts[self.sentence_of(places)]
        back = places[:, None] - np.arange(1, n_tokens + 1)
        found = self.tokens[np.maximum(back, 0)]
        return np.where(back < starts[:, None], np.int32(BOUNDARY), found)
